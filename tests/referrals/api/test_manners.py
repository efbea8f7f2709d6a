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
