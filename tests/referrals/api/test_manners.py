"""What the API tells whoever calls it: limits, versions, what will end, and what each problem means."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from agencies import allowance
from agencies.acting import acting_for
from agencies.models import Allowance
from agencies.roles import Role
from referrals.api import errors
from referrals.api.deprecations import DEPRECATED, Deprecation
from tests.factories.agencies import MembershipFactory
from tests.referrals.api.conftest import BASE


@pytest.fixture
def three_a_minute(settings, monkeypatch):
    """A short allowance, in a minute that does not end while the test runs."""
    settings.API_REQUESTS_A_MINUTE = 3
    monkeypatch.setattr(
        allowance, "SPEND", allowance.SPEND.replace("floor(extract(epoch", "1 + 0 * floor(extract(epoch", 1)
    )


def left(answer):
    return {name: answer[f"RateLimit-{name}"] for name in ("Limit", "Remaining")}


def test_every_answer_tells_what_is_left_and_the_next_request_is_refused(three_a_minute, police, trust, ask):
    said = [left(police.get(path)) for path in ("/teams/", "/nowhere/", "/events/")]
    assert said == [{"Limit": "3", "Remaining": str(n)} for n in (2, 1, 0)]
    refused = police.post("/referrals/", ask(), idempotency_key="one")
    assert refused.status_code == 429
    assert refused.json()["type"] == f"{errors.CATALOGUE}too-many-requests/"
    assert 0 < int(refused["Retry-After"]) <= 61
    assert int(refused["Retry-After"]) >= int(refused["RateLimit-Reset"])
    assert refused["RateLimit-Policy"] == "3;w=60"
    assert left(trust.get("/referrals/")) == {"Limit": "3", "Remaining": "2"}
    assert trust.get("/referrals/").json()["results"] == [], "nothing was made"


def test_what_was_refused_for_its_number_may_be_sent_again_under_its_key(
    three_a_minute, police, ask, settings
):
    for _ in range(3):
        police.get("/teams/")
    assert police.post("/referrals/", ask(), idempotency_key="one").status_code == 429
    settings.API_REQUESTS_A_MINUTE = 100
    assert police.post("/referrals/", ask(), idempotency_key="one").status_code == 201


def test_the_count_begins_anew_with_the_minute(police, settings):
    settings.API_REQUESTS_A_MINUTE = 1
    police.get("/teams/")
    Allowance.objects.update(minute=0)
    assert police.get("/teams/").status_code == 200


def test_many_processes_count_together(world, race, settings):
    outcomes = race(*[lambda: allowance.spend(world.police)] * 16)
    assert [each.error for each in outcomes] == [None] * 16
    used = sorted(each.value.used for each in outcomes)
    assert used[-1] + Allowance.objects.count() - 1 >= 15  # a minute may have ended in between


def test_people_are_counted_and_whoever_is_nobody_is_not(world, signed_in_to_api):
    person = signed_in_to_api(MembershipFactory(team=world.teams["trust"], role=Role.WORKER))
    assert "RateLimit-Remaining" in person.get("/teams/")
    assert Allowance.objects.get().key == f"user:{person.actor.user_id}"
    nobody = Client().get(f"{BASE}/teams/")
    assert (nobody.status_code, "RateLimit-Limit" in nobody) == (401, False)


def test_waiting_for_events_counts_once(police):
    police.get("/events/", wait=1)
    assert Allowance.objects.get().used == 1


def test_every_answer_says_which_version_gave_it(police):
    for answer in (police.get("/teams/"), police.get("/nowhere/"), Client().get(f"{BASE}/teams/")):
        assert answer["API-Version"] == "1.0.0"
    assert "API-Version" not in Client().get("/health/live/")


def test_what_is_on_its_way_out_says_so_in_answers_and_in_the_document(police, monkeypatch):
    since, until = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
    ending = Deprecation(since, until, "/api/v1/cases/")
    monkeypatch.setitem(DEPRECATED, ("GET", "/api/v1/cases/{reference}/"), ending)
    answer = police.get("/cases/C-7KD4-HNWT/")
    assert answer["Deprecation"] == "@1767225600"
    assert answer["Sunset"] == "Fri, 01 Jan 2027 00:00:00 GMT"
    assert answer["Link"] == '</api/v1/cases/>; rel="successor-version"'
    assert "Deprecation" not in police.get("/cases/")
    document = Client().get(f"{BASE}/schema/", headers={"accept": "application/json"}).json()
    assert document["paths"]["/api/v1/cases/{reference}/"]["get"]["deprecated"] is True
    assert "deprecated" not in document["paths"]["/api/v1/cases/"]["get"]


def test_each_type_of_problem_leads_to_what_it_means(db):
    listed = Client().get(errors.CATALOGUE).json()["results"]
    assert len(listed) == len(errors.PROBLEMS)
    for each in listed:
        assert Client().get(each["type"]).json() == each
    assert {each["status"] for each in listed} >= {400, 401, 403, 404, 409, 412, 422, 429}


def test_a_revoked_client_ends_at_once(world, police):
    from agencies import services

    assert police.get("/teams/").status_code == 200
    with acting_for(world.police.agency_id):
        services.revoke_client(client_id=world.police.client_id, by=None)
    assert police.get("/teams/").status_code == 401


def test_a_forgotten_slash_is_sent_on_with_its_method_and_its_body(police, ask):
    """At a 301 a program asks for the list instead, and takes it for the referral."""
    sent_on = police.post("/referrals", ask())
    assert (sent_on.status_code, sent_on["Location"]) == (308, f"{BASE}/referrals/")


def test_what_is_too_large_is_read_off_so_that_the_line_can_go_on(rf):
    request = rf.post("/", b"x" * 3_000_000, "application/json")
    errors._read_off(request)
    assert request.read() == b""


def test_a_packed_body_is_no_format_that_is_read(police):
    answer = police.post("/referrals/", b"\x1f\x8b\x08", Content_Encoding="gzip")
    assert answer.status_code == 415
    assert "no Content-Encoding is read" in answer.json()["detail"]


def test_a_version_without_its_quotes_is_no_entity_tag(police, ask):
    made = police.post("/referrals/", ask()).json()
    answer = police.post(f"/referrals/{made['id']}/moves/", {"action": "cancel"}, if_match="1")
    assert answer.status_code == 400
    assert "with its quotes" in answer.json()["errors"]["/If-Match"]


def test_a_team_is_found_by_its_id_and_its_code_in_one_request(police, ask, world):
    own = world.teams["police"]
    answer = police.post("/referrals/", ask(from_team=str(own.pk), to_team=own.code))
    assert answer.status_code == 400
    assert "no team has" not in answer.text


def test_a_type_of_event_that_there_is_not_is_named_with_what_was_meant(police):
    answer = police.get("/events/?type=referal.sent")
    assert answer.status_code == 400
    assert "did you mean referral.sent?" in answer.json()["errors"]["/type"]
    answer = police.post("/webhooks/", {"url": "https://example.org/", "types": ["referral.snt"]})
    assert answer.status_code == 400
    assert "did you mean referral.sent?" in answer.text


@pytest.mark.parametrize("path", ["/referrals/", "/teams/", "/reports/", "/problems/", "/schema/"])
def test_options_is_not_among_the_methods_that_there_are(police, path):
    assert police.get(path)["Allow"].startswith("GET")
    assert "OPTIONS" not in police.get(path)["Allow"]
    assert police.http.options(f"{BASE}{path}").status_code == 405
