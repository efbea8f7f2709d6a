"""Threshold decisions and policies over HTTP: is a police response required?"""

import time
from datetime import timedelta

import pytest

from agencies.acting import NamedPerson
from referrals.domain.referral import State
from referrals.domain.threshold import POLICY_VERSION, Question, questions_for
from referrals.models.keys import instant
from referrals.services import threshold_policy
from referrals.services.threshold_policy import Declared
from tests.factories.world import act, referral_at
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


TO_COME = "2999-01-01T00:00:00+00:00"


def test_what_is_entered_afterwards_says_when_it_was_and_whom_they_told_when(world, police, decision):
    said = {
        "occurred_at": "2026-11-20T21:40:00+00:00",
        "agency_told": world.teams["trust"].agency.code,
        "agency_told_at": "2026-11-20T21:45:00+00:00",
    }
    told = police.post("/threshold-decisions/", decision(**said)).json()
    assert told["agency_told"]["code"] == said["agency_told"]
    assert (told["occurred_at"], told["agency_told_at"]) == (said["occurred_at"], said["agency_told_at"])
    assert told["recorded_at"] > told["agency_told_at"]
    event = police.get(f"/cases/{told['case']}/timeline/").json()["results"][-1]
    assert (event["type"], event["occurred_at"]) == ("threshold.decided", said["occurred_at"])
    assert (event["data"]["told"], event["data"]["told_at"]) == (said["agency_told"], said["agency_told_at"])


def test_when_they_were_told_is_when_it_was_decided_unless_it_is_said(world, police, decision):
    said = {"occurred_at": "2026-11-20T21:40:00+00:00", "agency_told": world.teams["trust"].agency.code}
    told = police.post("/threshold-decisions/", decision(**said)).json()
    assert told["agency_told_at"] == said["occurred_at"]


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"occurred_at": TO_COME}, "/occurred_at"),
        ({"agency_told": "trust", "agency_told_at": TO_COME}, "/agency_told_at"),
        ({"agency_told_at": "2026-11-20T21:40:00+00:00"}, "/agency_told"),
    ],
)
def test_nothing_that_is_recorded_is_still_to_come(world, police, decision, change, where):
    answer = police.post("/threshold-decisions/", decision(**change))
    assert (answer.status_code, set(answer.json()["errors"])) == (400, {where})


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


BOSS = {"name": "Sam Example", "role": "duty inspector", "contact": "020 7946 0110"}
CHIEF = {"name": "Dee Example", "role": "chief superintendent", "contact": "020 7946 0111"}
AT = "/threshold-decisions/{}/"


@pytest.fixture
def shared(police, decision, ask):
    """A decision not met, and the trust asked."""
    made = police.post("/threshold-decisions/", decision(already_tried="Rang her twice.")).json()
    assert police.post("/referrals/", ask(threshold_decision=made["id"])).status_code == 201
    return made


def test_a_forces_own_question_is_answered_too(world, police, decision):
    bridge = Question("on_a_bridge", "Are they on a bridge?", "force policy 7", decisive=True)
    director = world.police.asserting(NamedPerson("Dee Example", "chief superintendent", "020 7946 0109"))
    asked, live_from = [*questions_for("concern_for_welfare"), bridge], instant() + timedelta(seconds=1)
    declared = Declared("concern_for_welfare", live_from, "agreed", questions=asked)
    act(director, threshold_policy.declare, declared=declared)
    while instant() <= live_from:  # the database's clock, which no test sets
        time.sleep(0.1)
    made = police.post("/threshold-decisions/", decision(answers={**NO, "on_a_bridge": "yes"}))
    assert (made.status_code, made.json()["outcome"]) == (201, "police_response")
    assert made.json()["answers"]["on_a_bridge"] == "yes"
    for code, said in (("on_a_bridge", "perhaps"), ("on_a_bridge", ["yes"]), ("on_a_roof", "no")):
        refused = police.post("/threshold-decisions/", decision(answers={**NO, code: said}))
        assert (refused.status_code, list(refused.json()["errors"])) == (400, [f"/answers/{code}"])


class TestReading:
    """One decision, and lists of them: its agency's own, and those of a case."""

    def test_a_party_reads_it_as_it_stands(self, trust, stranger, shared):
        told = trust.get(AT.format(shared["id"])).json()
        assert (told["stand"], told["outcome_now"], told["already_tried"]) == (
            "decided", "no_police_response", "Rang her twice.",
        )  # fmt: skip
        assert told["allowed_actions"] == ["disagree", "reopen"]
        assert stranger.get(AT.format(shared["id"])).status_code == 404

    def test_the_list_is_ones_own_and_a_cases_is_everybodys(self, police, trust, decision, shared):
        other = police.post("/threshold-decisions/", decision(answers={})).json()
        ids = [each["id"] for each in police.get("/threshold-decisions/").json()["results"]]
        assert ids == [other["id"], shared["id"]]
        assert trust.get("/threshold-decisions/").json()["results"] == []
        of_case = trust.get("/threshold-decisions/", case=shared["case"].lower()).json()["results"]
        assert [each["id"] for each in of_case] == [shared["id"]]
        found = police.get("/threshold-decisions/", outcome="undetermined").json()["results"]
        assert [each["id"] for each in found] == [other["id"]]

    def test_what_is_no_filter_is_refused(self, police):
        assert police.get("/threshold-decisions/", colour="red").status_code == 400
        assert police.get("/threshold-decisions/", case="X").status_code == 400

    @pytest.mark.parametrize("many", [1, 4])
    def test_a_list_costs_the_same_however_long(
        self, police, trust, decision, shared, many, django_assert_num_queries
    ):
        for _ in range(many):
            words = {"case": shared["case"], "answers": {**NO, "crime": "unknown"}}
            made = police.post("/threshold-decisions/", decision(**words)).json()
            trust.post(AT.format(made["id"]) + "disagreement/", {"reason": "not so", "by": AMY})
        with django_assert_num_queries(9):
            assert len(police.get("/threshold-decisions/").json()["results"]) == many + 1


class TestWhatBecomesOfIt:
    """Disagreement and news from any party; the force's supervisor has the last word."""

    def test_a_disagreement_is_answered_by_a_supervisor(self, police, trust, shared):
        said = {"reason": "She has a knife.", "by": AMY}
        told = trust.post(AT.format(shared["id"]) + "disagreement/", said).json()
        assert told["stand"] == "disagreed"
        verdict = {"verdict": "overturned", "rationale": "A knife was seen.", "by": BOSS}
        told = police.post(AT.format(shared["id"]) + "review/", verdict).json()
        assert (told["stand"], told["outcome"], told["outcome_now"]) == (
            "overturned", "no_police_response", "police_response",
        )  # fmt: skip
        assert [(each["kind"], each["text"], each["by"]["name"]) for each in told["steps"]] == [
            ("disagreed", "She has a knife.", AMY["name"]),
            ("overturned", "A knife was seen.", BOSS["name"]),
        ]
        events = trust.get(f"/cases/{shared['case']}/timeline/").json()["results"]
        assert [each["type"] for each in events][-2:] == ["threshold.disagreed", "threshold.reviewed"]

    def test_news_reopens_it_and_a_new_decision_supersedes_it(self, police, trust, decision, shared):
        told = trust.post(AT.format(shared["id"]) + "reopen/", {"reason": "He rang.", "by": AMY}).json()
        assert told["stand"] == "reopened"
        again = decision(case=shared["case"], answers={**NO, "risk_to_life": "yes"})
        assert police.post("/threshold-decisions/", again).status_code == 201
        told = police.get(AT.format(shared["id"])).json()
        assert (told["stand"], told["allowed_actions"]) == ("superseded", [])

    def test_refusals_say_what_to_do(self, police, trust, stranger, decision, shared):
        address = AT.format(shared["id"])
        verdict = {"verdict": "ratified", "rationale": "so it is", "by": BOSS}
        assert police.post(address + "review/", {**verdict, "by": PAT}).status_code == 403, "the decider"
        assert police.post(address + "review/", {**verdict, "by": None}).status_code == 422
        assert trust.post(address + "review/", verdict).status_code == 403
        assert stranger.post(address + "disagreement/", {"reason": "no", "by": AMY}).status_code == 404
        assert trust.post(address + "disagreement/", {"by": AMY}).status_code == 400
        assert trust.post(address + "reopen/", {"reason": "he rang"}).status_code == 422
        unsure = police.post("/threshold-decisions/", decision(answers={})).json()
        answer = police.post(AT.format(unsure["id"]) + "review/", verdict)
        assert (answer.status_code, answer.json()["allowed_actions"]) == (409, ["overturned"])


def test_a_decision_before_a_case_opens_one_for_the_person(police, decision):
    person = {"description": "a man in a red coat on the bridge"}
    told = police.post("/threshold-decisions/", decision(answers={}, person=person, priority="P2")).json()
    case = police.get(f"/cases/{told['case']}/").json()
    assert case["person"]["description"] == person["description"]
    assert case["accountable_agency"]["code"] == "police"
    assert {clock["kind"] for clock in case["clocks"]} == {"case_review", "undetermined"}


def test_which_agency_was_told_is_recorded(police, decision):
    said = decision(agency_told="trust", agency_told_at="2026-01-02T03:04:05+00:00")
    told = police.post("/threshold-decisions/", said).json()
    assert told["agency_told"]["code"] == "trust"
    assert told["agency_told_at"].startswith("2026-01-02T03:04:05")
    answer = police.post("/threshold-decisions/", decision(agency_told="nobody"))
    assert set(answer.json()["errors"]) == {"/agency_told"}


class TestPolicies:
    """What is asked, in which version, since when; and a force's own dates."""

    DECLARED = {
        "category": "conveyance",
        "live_from": "2099-01-01T00:00:00+00:00",
        "reason": "agreed",
        "by": CHIEF,
    }

    def test_everybody_reads_what_is_asked_and_where_it_is_from(self, trust):
        found = trust.get("/threshold-policies/", category="s135_support").json()["results"]
        [policy] = found
        assert (policy["agency"], policy["category"]) == (None, "s135_support")
        [version] = policy["versions"]
        assert (version["code"], version["live"]) == (POLICY_VERSION, True)
        asked = {each["code"]: each for each in version["questions"]}
        assert asked["warrant"]["source"] == "Mental Health Act 1983, s.135"
        assert asked["crime"]["decisive"] is True

    def test_a_force_declares_its_own_and_moves_the_date(self, police, decision):
        made = police.post("/threshold-policies/", self.DECLARED)
        assert made.status_code == 201
        later = {"live_from": "2099-06-01T00:00:00+00:00", "reason": "the trusts ask", "by": CHIEF}
        told = police.post(f"/threshold-policies/{made.json()['id']}/go-live/", later).json()
        assert [each["reason"] for each in told["go_lives"]] == ["agreed", "the trusts ask"]
        assert (told["live"], told["live_from"][:10]) == (False, "2099-06-01")
        found = police.get("/threshold-policies/", agency="police", category="conveyance").json()["results"]
        assert [each["agency"] and each["agency"]["code"] for each in found] == [None, "police"]
        told = police.post("/threshold-decisions/", decision(category="conveyance")).json()
        assert told["outcome"] == "police_response"
        assert told["clauses"][0].endswith("police attend as before")

    def test_who_may_not(self, police, trust):
        assert police.post("/threshold-policies/", {**self.DECLARED, "by": PAT}).status_code == 403
        assert trust.post("/threshold-policies/", self.DECLARED).status_code == 403
        past = {**self.DECLARED, "live_from": "2020-01-01T00:00:00+00:00"}
        assert set(police.post("/threshold-policies/", past).json()["errors"]) == {"/live_from"}
        assert police.post("/threshold-policies/0/go-live/", {**past, "category": None}).status_code == 400
        assert police.get("/threshold-policies/", category="weather").status_code == 400

    def test_the_list_costs_the_same_however_many(self, police, django_assert_num_queries):
        for _ in range(3):
            police.post("/threshold-policies/", self.DECLARED)
        with django_assert_num_queries(9):
            police.get("/threshold-policies/")
