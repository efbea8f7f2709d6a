"""Every refusal is a problem document, whoever refuses."""

import json

import pytest
from django.db import OperationalError
from django.test import Client

from agencies import services
from referrals.api import errors
from referrals.services import referral as referrals
from tests.factories.agencies import AccessTokenFactory, MembershipFactory, UserFactory
from tests.factories.world import referral_at
from tests.referrals.api.conftest import AMY, BASE


def told(answer, status, slug):
    """What the problem document says, once it has been checked to be one."""
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    said = json.loads(answer.content)
    assert said["status"] == status
    assert said["type"] == f"/api/v1/problems/{slug}/"
    assert said["title"]
    assert said["detail"]
    assert said["request_id"] == answer["X-Request-ID"]
    return said


def raw(caller, path, body, content_type="application/json"):
    return caller.http.post(BASE + path, body, content_type=content_type)


@pytest.mark.parametrize("method", ["get", "post", "put", "delete"])
def test_an_address_that_leads_nowhere(police, method):
    told(getattr(police.http, method)(f"{BASE}/nowhere/"), 404, "not-there")


def test_an_address_outside_the_api_is_a_page(police):
    assert police.http.get("/nowhere/")["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("key", ["1", "R-WMA9-GVNN", "../x", "01a200a3-4b23-7451-9664-6a8f0eccb340"])
def test_a_referral_that_there_is_not(police, key):
    told(police.get(f"/referrals/{key}/"), 404, "not-there")


def test_a_referral_of_others_is_told_like_one_that_there_is_not(world, stranger):
    referral = referral_at("sent", world)
    path = f"/referrals/{referral.pk}/"
    seen = told(stranger.get(path), 404, "not-there")["detail"]
    assert (
        seen
        == told(stranger.get("/referrals/01a200a3-4b23-7451-9664-6a8f0eccb340/"), 404, "not-there")["detail"]
    )
    for below in ("moves", "risk", "contacts", "claimed-acceptance"):
        told(stranger.post(f"{path}{below}/", {}), 404, "not-there")
    told(stranger.get(f"{path}timeline/"), 404, "not-there")


def test_nobody_signed_in(db, world):
    answer = Client().get(f"{BASE}/referrals/")
    told(answer, 401, "not-signed-in")
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_token_that_is_not_ours(db):
    answer = Client(headers={"authorization": "Bearer guess"}).get(f"{BASE}/referrals/")
    told(answer, 401, "not-signed-in")
    assert "invalid_token" in answer["WWW-Authenticate"]


PATHS_AND_SCOPES = [
    ("get", "/referrals/", "referrals:read"),
    ("post", "/referrals/", "referrals:write"),
    ("get", "/cases/", "cases:read"),
    ("post", "/cases/C-VPJN-TDEY/moves/", "cases:write"),
    ("post", "/threshold-decisions/", "thresholds:write"),
    ("get", "/events/", "events:read"),
]


@pytest.mark.parametrize(("method", "path", "scope"), PATHS_AND_SCOPES)
def test_a_scope_that_is_missing_is_named(world, caller, method, path, scope):
    without = caller(world.police, scope="webhooks:manage")
    assert scope in told(getattr(without, method)(path), 403, "forbidden")["detail"]


def test_somebody_who_acts_for_no_agency(db):
    browser = Client()
    browser.force_login(UserFactory(), "django.contrib.auth.backends.ModelBackend")
    assert "agency" in told(browser.get(f"{BASE}/referrals/"), 403, "forbidden")["detail"]


def test_a_browser_without_the_csrf_token(world, signed_in_to_api, ask):
    browser = signed_in_to_api(MembershipFactory(team=world.teams["police"]))
    del browser.http.cookies["csrftoken"]
    assert "CSRF" in told(browser.post("/referrals/", ask()), 403, "forbidden")["detail"]


def test_a_session_that_has_ended(world, signed_in_to_api, ask):
    browser = signed_in_to_api(MembershipFactory(team=world.teams["police"]))
    session = browser.http.session
    session["began_at"] = session["used_at"] = 0
    session.save()
    told(browser.get("/referrals/"), 401, "not-signed-in")


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options"])
def test_a_method_that_there_is_not(police, method):
    answer = getattr(police.http, method)(f"{BASE}/referrals/")
    told(answer, 405, "method-not-allowed")
    assert "POST" in answer["Allow"]


def test_a_representation_that_there_is_not(police):
    told(police.get("/referrals/", headers={"accept": "text/csv"}), 406, "not-acceptable")


@pytest.mark.parametrize(
    "media", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_a_body_that_is_no_json(police, media):
    told(raw(police, "/referrals/", "a=b", media), 415, "unsupported-media-type")


UNREADABLE = {
    "cut off": '{"category": ',
    "not a number": '{"age": NaN}',
    "a member twice": '{"category": "x", "category": "y"}',
    "endless": "[" * 100_000,
    "deep": "[" * 20 + "]" * 20,
    "half a character": '{"summary": "\\ud800"}',
    "half a character in a name": '{"\\ud800": 1}',
    "another encoding": '{"summary": "é"}'.encode("latin-1"),
    "a number of many digits": '{"category": ' + "9" * 5000 + "}",
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
def test_json_that_cannot_be_read(police, body):
    assert "JSON" in told(raw(police, "/referrals/", body), 400, "invalid")["detail"]


@pytest.mark.parametrize("body", ["[]", '"text"', "null", "1", "[{}]"])
def test_json_that_is_no_object(police, body):
    told(raw(police, "/referrals/", body), 400, "invalid")


def test_a_body_that_is_too_large(police):
    told(raw(police, "/referrals/", '{"summary": "' + "x" * 3_000_000 + '"}'), 413, "too-large")
    answer = police.http.post(
        f"{BASE}/referrals/",
        "x" * 3_000_000,
        content_type="application/json",
        headers={"idempotency-key": "one"},
    )
    told(answer, 413, "too-large")


def test_an_infinite_number(police, ask):
    body = json.dumps(ask()).replace('"text": "12 Example Street"', '"latitude": 1e999, "longitude": 0')
    assert "/location/latitude" in told(raw(police, "/referrals/", body), 400, "invalid")["errors"]


def test_a_query_parameter_that_there_is_not(police):
    for path in ("/referrals/", "/cases/", "/events/", "/agencies/", "/teams/"):
        assert "/colour" in told(police.get(path, colour="red"), 400, "invalid")["errors"]


def test_a_move_from_another_state_lists_those_that_there_are(world, trust):
    referral = referral_at("accepted", world)
    said = told(
        trust.post(f"/referrals/{referral.pk}/moves/", {"action": "acknowledge", "by": AMY}),
        409,
        "not-from-this-state",
    )
    assert said["allowed_actions"] == ["enter_in_error", "fail", "redirect", "start"]


def test_a_move_of_the_other_side(world, police):
    referral = referral_at("sent", world)
    told(police.post(f"/referrals/{referral.pk}/moves/", {"action": "accept", "by": AMY}), 403, "forbidden")


def test_a_move_that_needs_more_names_what(world, trust):
    referral = referral_at("sent", world)
    said = told(
        trust.post(f"/referrals/{referral.pk}/moves/", {"action": "decline", "by": AMY}), 422, "reason-needed"
    )
    assert set(said["errors"]) == {"/reason", "/reason_code", "/belongs_to"}


def test_a_database_that_is_busy_is_no_fault_of_the_caller(police, ask, monkeypatch):
    def busy(**_):
        raise OperationalError("canceling statement due to lock timeout")

    monkeypatch.setattr(referrals, "create", busy)
    answer = police.post("/referrals/", ask())
    told(answer, 503, "unavailable")
    assert answer["Retry-After"]


def test_a_database_that_is_away(police, monkeypatch):
    def away(*_):
        raise OperationalError("connection refused")

    police.http.raise_request_exception = False
    monkeypatch.setattr("agencies.acting.resolve", away)
    answer = police.get("/referrals/")
    told(answer, 503, "unavailable")
    assert answer["Retry-After"]


def test_a_fault_of_ours_says_nothing_of_itself(police, monkeypatch):
    def breaks(*_, **__):
        raise ZeroDivisionError("secret")

    police.http.raise_request_exception = False
    monkeypatch.setattr("referrals.api.rows.read", breaks)
    answer = police.get("/referrals/")
    told(answer, 500, "internal")
    assert "secret" not in answer.content.decode()


def test_every_kind_of_problem_has_an_address_that_explains_it(db):
    for slug, problem in errors.PROBLEMS.items():
        answer = Client().get(f"{BASE}/problems/{slug}/")
        assert answer.status_code == 200
        assert answer.json()["title"] == problem.title
    told(Client().get(f"{BASE}/problems/nonsense/"), 404, "not-there")


def test_the_callers_own_request_id_comes_back_in_the_document(police):
    answer = police.get("/referrals/", headers={"x-request-id": "cad-4711"}, colour="red")
    assert told(answer, 400, "invalid")["request_id"] == "cad-4711"


def test_a_revoked_client_has_no_more_rights(world, in_role):
    token = AccessTokenFactory(application_id=world.police.client_id)
    http = Client(headers={"authorization": f"Bearer {token.token}"})
    assert http.get(f"{BASE}/referrals/").status_code == 200
    with in_role("worker"):
        services.revoke_client(client_id=world.police.client_id, by=None)
    told(http.get(f"{BASE}/referrals/"), 401, "not-signed-in")


def test_answers_are_kept_by_nobody_on_the_way(police):
    assert police.get("/referrals/")["Cache-Control"] == "no-store"
