"""POST /threshold-decisions/: is a police response required?"""

import pytest

from referrals.domain.referral import State
from referrals.domain.threshold import POLICY_VERSION
from tests.factories.world import referral_at
from tests.referrals.api.conftest import AMY, PAT

NO = {"crime": "no", "risk_to_life": "no", "serious_harm": "no"}


@pytest.fixture
def decision():
    def body(**changes):
        plain = {
            "category": "concern_for_welfare",
            "answers": NO,
            "rationale": "Seen by a neighbour.",
            "decided_by": PAT,
            "caller_told": "The council will call.",
        }
        return {name: value for name, value in {**plain, **changes}.items() if value is not None}

    return body


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        (NO, "no_police_response"),
        ({**NO, "crime": "yes"}, "police_response"),
        ({**NO, "risk_to_life": "unknown"}, "undetermined"),
        ({}, "undetermined"),
    ],
)
def test_the_outcome_is_computed_and_says_why(police, decision, answers, outcome):
    answer = police.post("/threshold-decisions/", decision(answers=answers))
    assert answer.status_code == 201
    told = answer.json()
    assert told["outcome"] == told["computed"] == outcome
    assert told["clauses"]
    assert told["policy_version"] == POLICY_VERSION
    assert told["overridden"] is False
    assert told["decided_by"]["name"] == PAT["name"]


def test_somebody_may_decide_otherwise_and_it_shows(police, decision):
    told = police.post("/threshold-decisions/", decision(agrees=False)).json()
    assert (told["computed"], told["outcome"], told["overridden"]) == (
        "no_police_response", "police_response", True,
    )  # fmt: skip


def test_a_decision_of_a_case_is_in_its_timeline(world, police, decision):
    referral = referral_at(State.SENT, world)
    told = police.post("/threshold-decisions/", decision(case=referral.case_reference)).json()
    assert told["case"] == referral.case_reference
    events = police.get(f"/cases/{referral.case_reference}/timeline/").json()["results"]
    assert events[-1]["type"] == "threshold.decided"
    assert events[-1]["data"]["decision"] == told["id"]


def test_a_referral_is_asked_on_a_decision_made_before_it(police, trust, decision, ask):
    decided = police.post("/threshold-decisions/", decision()).json()["id"]
    told = police.post("/referrals/", ask(threshold_decision=decided)).json()
    assert told["threshold_decision"] == decided


WRONG = {
    "no category": ({"category": None}, "/category"),
    "a question that there is not": ({"answers": {"weather": "yes"}}, "/answers/weather"),
    "an answer that there is not": ({"answers": {"crime": "maybe"}}, "/answers/crime"),
    "answers that are a list": ({"answers": ["yes"]}, "/answers"),
    "no rationale": ({"rationale": None}, "/rationale"),
    "a blank rationale": ({"rationale": "  "}, "/rationale"),
    "nothing told to the caller": ({"caller_told": None}, "/caller_told"),
    "a policy that there is not": ({"policy": "ours"}, "/policy"),
    "a field that there is not": ({"outcome": "police_response"}, "/outcome"),
    "agreement in text": ({"agrees": "no"}, "/agrees"),
    "a case that is no reference": ({"case": "X"}, "/case"),
    "somebody without a contact": ({"decided_by": {"name": "P", "role": "r"}}, "/decided_by/contact"),
}


def test_what_is_wrong_is_named(police, decision):
    for what, (change, where) in WRONG.items():
        answer = police.post("/threshold-decisions/", decision(**change))
        assert answer.status_code == 400, what
        assert where in answer.json()["errors"], what


def test_the_police_decide_and_a_named_person_does(police, trust, decision):
    assert trust.post("/threshold-decisions/", decision(decided_by=AMY)).status_code == 403
    answer = police.post("/threshold-decisions/", decision(decided_by=None))
    assert answer.status_code == 422
    assert set(answer.json()["errors"]) == {"/decided_by"}


def test_a_decision_of_a_case_of_others_is_refused(world, police, decision, caller):
    referral = referral_at(State.SENT, world)
    stranger = caller(world.stranger)
    agency = world.teams["stranger"].agency
    agency.kind = "police"
    agency.save()
    answer = stranger.post("/threshold-decisions/", decision(case=referral.case_reference))
    assert answer.status_code == 404
