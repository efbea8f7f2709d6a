"""POST /referrals/ names other open cases of perhaps the same person: the caller's own, and nobody else's."""

import pytest

from referrals.services import case as cases
from referrals.services import referral as referrals
from tests.factories.world import act, move
from tests.referrals.api.conftest import AMY, PAT

ANOTHER = "999 000 0026"
UNKNOWN = {"description": "a man in a red coat"}


@pytest.fixture
def refer(police, ask):
    """Refers somebody; what is answered."""

    def make(caller=police, **changes):
        answer = caller.post("/referrals/", ask(by=PAT, **changes))
        assert answer.status_code == 201, answer.content
        return answer.json()

    return make


def of(made):
    return made["case"]["reference"]


def test_the_same_nhs_number_is_named_by_its_case_and_nothing_else_is_told(refer):
    first = refer()
    assert first["possible_duplicates"] == []
    second = refer(person={"family_name": "OTHER", "nhs_number": "9990000018"})
    assert second["possible_duplicates"] == [of(first)]
    assert refer()["possible_duplicates"] == [of(second), of(first)]


def test_the_same_incident_number_is_too(refer):
    first = refer(person=UNKNOWN, source_incident_number="GTC-1")
    assert refer(person=UNKNOWN, source_incident_number="GTC-1")["possible_duplicates"] == [of(first)]
    assert refer(person=UNKNOWN, source_incident_number="GTC-2")["possible_duplicates"] == []


def test_who_has_no_number_is_like_nobody(refer):
    assert [refer(person=UNKNOWN)["possible_duplicates"] for _ in range(2)] == [[], []]


def test_one_case_is_no_duplicate_of_itself(refer):
    first = refer()
    assert refer(case=of(first), lead=False)["possible_duplicates"] == []


def test_a_closed_case_is_not_named(refer, world):
    made = act(world.police, referrals.create, asked=world.asked())
    move(world.police, move(world.trust, made, "decline"), "no_further_action")
    act(world.police, cases.move, reference=made.case_reference, action="close", reason="with family")
    assert refer()["possible_duplicates"] == []


def test_cases_of_others_are_not_named_whatever_is_sent(refer, caller, world):
    refer(source_incident_number="GTC-1")
    stranger = caller(world.stranger)
    theirs = refer(stranger, source_incident_number="GTC-1")
    assert theirs["possible_duplicates"] == []


def test_whoever_has_left_a_case_is_not_told_of_it(world, trust, ask, as_superuser):
    """Its own referral stays in sight; the case does not."""
    made = act(world.police, referrals.create, asked=world.asked())
    left = "update referrals_party set until = clock_timestamp() where case_id = %s and agency_id = %s"
    assert as_superuser.execute(left, [made.case_id, world.trust.agency_id]).rowcount == 1
    as_superuser.commit()
    assert trust.get("/cases/").json()["results"] == []
    assert trust.get(f"/referrals/{made.pk}/").status_code == 200
    answer = trust.post("/referrals/", ask(by=AMY, to_team="ambulance-desk"))
    assert answer.json()["possible_duplicates"] == []


def test_an_answer_that_is_given_again_says_the_same(police, refer, ask):
    refer()
    first, again = (police.post("/referrals/", ask(by=PAT), idempotency_key="one").json() for _ in range(2))
    assert first["possible_duplicates"] == again["possible_duplicates"]


def test_it_is_in_no_other_answer(police, refer):
    made = refer()
    assert "possible_duplicates" not in police.get(f"/referrals/{made['id']}/").json()
    assert "possible_duplicates" not in police.get("/referrals/").json()["results"][0]
