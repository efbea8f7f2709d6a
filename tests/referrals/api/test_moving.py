"""POST /referrals/{id}/moves/, contacts, risk and claimed acceptances."""

from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from agencies.acting import acting_for
from referrals.domain.referral import TRANSITIONS, Side, State
from referrals.models import Referral
from referrals.models.keys import instant
from tests.factories.agencies import MembershipFactory
from tests.factories.world import decide_anew, move, referral_at
from tests.referrals.api.conftest import AMY, PAT

# What each action needs, as a partner sends it.
NEEDED = {
    "acknowledge": {"by": AMY},
    "request_info": {"by": AMY, "reason": "Which floor?"},
    "answer_info": {"reason": "The third."},
    "accept": {"by": AMY},
    "decline": {"by": AMY, "reason_code": "not_our_area", "reason": "North.", "belongs_to": "unknown"},
    "start": {"by": AMY, "contact": {"channel": "phone"}},
    "fail": {"reason_code": "could_not_contact", "reason": "Three calls."},
    "complete": {"outcome": "Seen at home, safe."},
    "close": {"caller_told": "She is safe."},
    "resend": {"to_team": "other-trust-desk"},
    "no_further_action": {"by": PAT, "reason": "With family."},
    "redirect": {"to_team": "other-trust-desk", "reason": "They know her."},
    "cancel": {"reason": "Found safe."},
    "request_cancel": {"reason": "Found safe."},
    "refuse_cancel": {"reason": "We are at the door."},
    "enter_in_error": {"by": PAT, "reason": "Wrong person."},
    "reopen": {"reason": "It is not over."},
}


@pytest.fixture
def step(world):
    """Make a move over HTTP; the answer."""

    def make(who, referral, action, headers=None, **said):
        path = f"/referrals/{getattr(referral, 'pk', referral)}/moves/"
        return who.post(path, {"action": action, **NEEDED.get(action, {}), **said}, **(headers or {}))

    return make


@pytest.mark.parametrize("action", TRANSITIONS)
def test_every_action_of_the_table_is_made_over_http(world, police, trust, step, action):
    row = TRANSITIONS[action]
    state = sorted(row.sources)[0]
    referral = referral_at(state, world)
    who = police if Side.SENDER in row.by else trust
    said = {}
    if row.cancel_asked:
        move(world.police, referral, "request_cancel")
    if action == "police_reassess":
        said["threshold_decision"] = str(decide_anew(world, referral).pk)
    offered = who.get(f"/referrals/{referral.pk}/").json()["allowed_actions"]
    answer = step(who, referral, action, **said)
    assert answer.status_code == 200, answer.json()
    assert answer.json()["state"] == (row.to or state)
    assert answer["ETag"] == f'"{answer.json()["version"]}"'
    assert action in offered


def test_a_named_nurse_accepts_and_then_the_case_is_the_trusts(world, police, trust, step):
    referral = referral_at(State.SENT, world)
    told = step(trust, referral, "accept").json()
    assert told["state"] == "accepted"
    assert told["accountable_agency"]["code"] == "trust"
    assert told["held_by"] == {"name": AMY["name"], "role": AMY["role"]}
    assert police.get(f"/referrals/{referral.pk}/").json()["accountable_agency"]["code"] == "trust"


def test_no_system_accepts_by_itself(world, trust, step):
    referral = referral_at(State.SENT, world)
    answer = step(trust, referral, "accept", by=None)
    assert answer.status_code == 422
    assert set(answer.json()["errors"]) == {"/by"}


def test_the_person_signed_in_acts_whoever_the_body_names(world, step, signed_in_to_api):
    member = MembershipFactory(team=world.teams["trust"])
    browser = signed_in_to_api(member)
    referral = referral_at(State.SENT, world)
    assert step(browser, referral, "accept").json()["held_by"]["name"] == member.user.shown_name


def test_a_junior_person_cannot_do_what_a_supervisor_must(world, police, step):
    referral = referral_at(State.DECLINED, world)
    constable = {"name": "Cam Example", "role": "call handler", "contact": "020 7946 0103"}
    refused = step(police, referral, "no_further_action", by=constable)
    assert refused.status_code == 403
    assert "sgt" in refused.json()["errors"]["/by/role"]
    assert step(police, referral, "no_further_action", by=None).status_code == 422


@pytest.mark.parametrize(("state", "link"), [(State.DECLINED, "resend"), (State.ACKNOWLEDGED, "redirect")])
def test_the_answer_says_what_was_made_of_it(world, police, trust, caller, step, state, link):
    referral = referral_at(state, world)
    told = step(police if link == "resend" else trust, referral, link).json()
    (child,) = told["children"]
    assert (child["link"], child["state"]) == (link, "sent")
    path = f"/referrals/{child['id']}/"
    for who in (police, trust, caller(world.other_trust)):
        made = who.get(path).json()
        assert (made["reference"], made["parent"], made["children"]) == (child["reference"], told["id"], [])
    case = police.get(f"/cases/{referral.case_reference}/").json()
    assert {each["id"]: each["parent"] for each in case["referrals"]} == {
        told["id"]: None,
        child["id"]: told["id"],
    }
    for who in (police, trust):
        assert who.get(f"/referrals/{referral.pk}/").json()["children"] == [child]
        assert {row["id"]: row["children"] for row in who.get("/referrals/").json()["results"]} == {
            told["id"]: [child], child["id"]: [],
        }  # fmt: skip


def test_a_left_party_reads_what_became_of_its_own_and_no_further(world, police, trust, step):
    first = referral_at(State.DECLINED, world)
    (second,) = step(police, first, "resend").json()["children"]
    with acting_for(world.other_trust.agency_id):
        made = Referral.objects.get(pk=second["id"])
    move(world.other_trust, made, "decline")
    (third,) = step(police, made, "resend", to_team="ambulance-desk").json()["children"]
    assert trust.get(f"/referrals/{third['id']}/").status_code == 404
    rows = {row["id"]: row["children"] for row in trust.get("/referrals/").json()["results"]}
    assert [each["id"] for each in rows[str(first.pk)]] == [second["id"]]
    assert rows[second["id"]] == []


NO_CONTACT = {
    "nothing is said of contact": ({"contact": None}, "/contact"),
    "neither contact nor a person is named": ({"contact": None, "by": None}, "/contact"),
    "a message is no contact": ({"contact": {"channel": "message"}}, "/contact"),
    "an attempt is no contact": ({"contact": {"channel": "phone", "outcome": "no_answer"}}, "/contact"),
    "a system reaches nobody": ({"by": None}, "/by"),
}


@pytest.mark.parametrize(("said", "where"), NO_CONTACT.values(), ids=NO_CONTACT)
def test_work_starts_only_with_real_contact_by_somebody_named(world, trust, step, said, where):
    referral = referral_at(State.ACCEPTED, world)
    answer = step(trust, referral, "start", **said)
    assert answer.status_code == 422
    assert set(answer.json()["errors"]) == {where}
    told = trust.get(f"/referrals/{referral.pk}/").json()
    assert told["state"] == "accepted"
    assert not [each for each in told["clocks"] if each["kind"] == "first_contact" and each["met_at"]]


@pytest.mark.parametrize("tag", ['"{}"', 'W/"{}"', '"1", "{}"', "*"])
def test_a_move_of_what_one_read_is_made(world, trust, step, tag):
    referral = referral_at(State.SENT, world)
    seen = trust.get(f"/referrals/{referral.pk}/")
    assert (
        step(trust, referral, "accept", {"if_match": tag.format(seen.json()["version"])}).status_code == 200
    )


@pytest.mark.parametrize("tag", ['"1"', '"99"', '"abc"', '""', '"1", "2"'])
def test_a_move_of_what_has_moved_on_is_refused(world, trust, step, tag):
    referral = referral_at(State.ACKNOWLEDGED, world)
    answer = step(trust, referral, "accept", {"if_match": tag})
    assert answer.status_code == 412
    assert trust.get(f"/referrals/{referral.pk}/").json()["state"] == "acknowledged"


def test_a_clock_that_runs_a_little_ahead_is_taken_as_ours(world, trust, step):
    referral = referral_at(State.SENT, world)
    ahead = (instant() + timedelta(seconds=90)).isoformat()
    assert step(trust, referral, "acknowledge", occurred_at=ahead).status_code == 200
    told = trust.get(f"/referrals/{referral.pk}/timeline/").json()["results"][-1]
    assert told["type"] == "referral.acknowledged"
    assert datetime.fromisoformat(told["occurred_at"]) <= datetime.fromisoformat(told["recorded_at"])


def test_of_two_who_read_the_same_the_second_is_told_so(world, trust, police, step):
    referral = referral_at(State.SENT, world)
    tag = trust.get(f"/referrals/{referral.pk}/")["ETag"]
    assert step(trust, referral, "acknowledge", {"if_match": tag}).status_code == 200
    assert step(police, referral, "cancel", {"if_match": tag}).status_code == 412


def test_two_at_the_same_moment_have_one_winner(world, race, trust, step):
    referral = referral_at(State.SENT, world)
    outcomes = race(*[lambda: step(trust, referral, "acknowledge").status_code] * 2)
    assert sorted(outcome.value for outcome in outcomes) == [200, 409]


WRONG = {
    "an action that there is not": ({"action": "dance"}, "/action"),
    "no action": ({"action": None}, "/action"),
    "a field that there is not": ({"colour": "red"}, "/colour"),
    "a team that there is not": ({"action": "redirect", "to_team": "nowhere"}, "/to_team"),
    "a decision that is no UUID": ({"threshold_decision": "one"}, "/threshold_decision"),
    "an owner that there is not": (
        {"action": "decline", "reason_code": "other", "reason": "x", "belongs_to": "the moon"}, "/belongs_to",
    ),
    "a code that there is not": (
        {"action": "decline", "reason_code": "tea", "reason": "x", "belongs_to": "police"}, "/reason_code",
    ),
    "a channel that there is not": ({"contact": {"channel": "pigeon"}}, "/contact/channel"),
    "a time to come": ({"occurred_at": "2199-01-01T00:00:00Z"}, "/occurred_at"),
    "a naive time": ({"occurred_at": "2026-01-01T00:00:00"}, "/occurred_at"),
    "an agency that the team does not serve": ({"action": "accept", "for_agency": "police"}, "/for_agency"),
}  # fmt: skip


def test_what_is_wrong_with_a_move_is_named_and_nothing_moves(world, trust):
    referral = referral_at(State.ACKNOWLEDGED, world)
    path = f"/referrals/{referral.pk}/"
    before = trust.get(path).content
    for what, (said, where) in WRONG.items():
        answer = trust.post(f"{path}moves/", {"action": "accept", "by": AMY, **said})
        assert answer.status_code == 400, what
        assert where in answer.json()["errors"], what
    assert trust.get(path).content == before


def test_a_decline_says_whose_it_is(world, police, trust, step):
    referral = referral_at(State.SENT, world)
    told = step(trust, referral, "decline", belongs_to="ambulance").json()
    assert told["state"] == "declined"
    events = police.get(f"/referrals/{referral.pk}/timeline/").json()["results"]
    declined = events[-1]
    assert declined["type"] == "referral.declined"
    assert declined["data"]["belongs_to"] == "ambulance"
    assert declined["contents"][0]["body"] == "North."


def test_who_declined_still_sees_its_referral_and_may_do_nothing_with_it(world, trust, step):
    referral = referral_at(State.SENT, world)
    step(trust, referral, "decline")
    move(world.police, referral, "no_further_action")
    told = trust.get(f"/referrals/{referral.pk}/").json()
    assert told["state"] == "closed"
    assert told["case"] == {"reference": referral.case_reference, "accountable_agency": None}
    assert told["person"] is None
    assert told["allowed_actions"] == []
    assert trust.get(f"/cases/{referral.case_reference}/").status_code == 404


class TestContacts:
    """POST /referrals/{id}/contacts/"""

    REACHED = {"channel": "phone", "with_whom": "person", "outcome": "reached", "by": AMY}

    def test_reaching_the_person_meets_the_first_contact_clock(self, world, trust):
        referral = referral_at(State.ACCEPTED, world)
        answer = trust.post(f"/referrals/{referral.pk}/contacts/", {**self.REACHED, "note": "She answered."})
        assert answer.status_code == 201
        assert answer.json()["is_contact"] is True
        clocks = trust.get(f"/referrals/{referral.pk}/").json()["clocks"]
        assert next(c for c in clocks if c["kind"] == "first_contact")["met_at"]
        events = trust.get(f"/referrals/{referral.pk}/timeline/").json()["results"]
        assert events[-1]["contents"][0]["body"] == "She answered."

    def test_an_attempt_is_not_contact(self, world, trust):
        referral = referral_at(State.ACCEPTED, world)
        answer = trust.post(f"/referrals/{referral.pk}/contacts/", {**self.REACHED, "outcome": "no_answer"})
        assert answer.json()["is_contact"] is False

    @pytest.mark.parametrize("lost", ["channel", "with_whom", "outcome"])
    def test_each_part_is_required(self, world, trust, lost):
        referral = referral_at(State.ACCEPTED, world)
        said = {name: value for name, value in self.REACHED.items() if name != lost}
        answer = trust.post(f"/referrals/{referral.pk}/contacts/", said)
        assert answer.status_code == 400
        assert f"/{lost}" in answer.json()["errors"]

    def test_a_system_reaches_nobody(self, world, trust):
        referral = referral_at(State.ACCEPTED, world)
        answer = trust.post(f"/referrals/{referral.pk}/contacts/", {**self.REACHED, "by": None})
        assert answer.status_code == 422

    def test_of_what_has_moved_on_is_refused(self, world, trust):
        referral = referral_at(State.ACCEPTED, world)
        answer = trust.post(f"/referrals/{referral.pk}/contacts/", self.REACHED, if_match='"1"')
        assert answer.status_code == 412


class TestInformation:
    """POST /referrals/{id}/information/"""

    MORE = {"text": "He rang again.", "phone": "07700 900777", "by": PAT}

    def test_it_is_told_and_the_risk_stands(self, world, police, trust):
        referral = referral_at(State.SENT, world)
        before = police.get(f"/referrals/{referral.pk}/").json()
        answer = trust.post(f"/referrals/{referral.pk}/information/", self.MORE)
        assert answer.status_code == 200, answer.content
        told = answer.json()
        assert told["person"]["phone"] == "07700 900777"
        assert (told["priority"], told["risk_raised_at"]) == (before["priority"], None)
        assert told["version"] == before["version"] + 1
        events = police.get(f"/cases/{told['case']['reference']}/timeline/").json()["results"]
        assert [each["type"] for each in events][-2:] == [
            "referral.information_added",
            "case.contact_changed",
        ]
        assert [each["body"] for each in events[-2]["contents"]] == ["He rang again."]

    def test_nothing_in_it_is_refused_and_what_is_known_changes_nothing(self, world, police):
        referral = referral_at(State.SENT, world)
        path = f"/referrals/{referral.pk}/information/"
        answer = police.post(path, {"text": "", "by": PAT})
        assert answer.status_code == 422
        assert set(answer.json()["errors"]) == {"/text", "/phone"}
        once = police.post(path, {"phone": "07700 900777"}).json()
        assert police.post(path, {"phone": "07700 900777"}).json()["version"] == once["version"]

    def test_a_stale_version_is_refused(self, world, police):
        referral = referral_at(State.ACCEPTED, world)
        path = f"/referrals/{referral.pk}/information/"
        assert police.post(path, self.MORE, if_match='"1"').status_code == 412


class TestRisk:
    """POST /referrals/{id}/risk/"""

    def test_raising_it_shortens_the_clocks(self, world, police):
        referral = referral_at(State.SENT, world)
        before = police.get(f"/referrals/{referral.pk}/").json()
        said = {"direction": "raise", "reason": "She has a knife.", "priority": "P1"}
        told = police.post(f"/referrals/{referral.pk}/risk/", said).json()
        assert told["priority"] == "P1"
        assert told["breach_at"] < before["breach_at"]
        assert told["risk_raised_at"]
        assert told["version"] == before["version"] + 1

    def test_lowering_it_needs_somebody_senior(self, world, police):
        referral = referral_at(State.SENT, world)
        said = {"direction": "lower", "reason": "With family.", "priority": "P3"}
        path = f"/referrals/{referral.pk}/risk/"
        assert police.post(path, said).status_code == 422
        assert police.post(path, {**said, "by": {**PAT, "role": "call handler"}}).status_code == 403
        assert police.post(path, {**said, "by": PAT}).json()["priority"] == "P3"

    def test_it_needs_a_reason(self, world, police):
        referral = referral_at(State.SENT, world)
        answer = police.post(f"/referrals/{referral.pk}/risk/", {"direction": "raise"})
        assert answer.status_code == 422
        assert "/reason" in answer.json()["errors"]

    def test_raising_cannot_make_it_less_urgent(self, world, police):
        referral = referral_at(State.SENT, world)
        said = {"direction": "raise", "reason": "x", "priority": "P4"}
        answer = police.post(f"/referrals/{referral.pk}/risk/", said)
        assert answer.status_code == 400
        assert "/priority" in answer.json()["errors"]


class TestClaimedAcceptance:
    """POST /referrals/{id}/claimed-acceptance/"""

    def test_it_is_recorded_moves_nothing_and_is_confirmed_by_accepting(self, world, police, trust, step):
        referral = referral_at(State.SENT, world)
        path = f"/referrals/{referral.pk}/"
        answer = police.post(f"{path}claimed-acceptance/", {"accepted_by": AMY, "by": PAT})
        assert answer.status_code == 201
        assert answer.json()["accepted_by"] == AMY
        assert answer.json()["state"] == "open"
        told = police.get(path).json()
        assert told["state"] == "sent"
        assert told["accountable_agency"]["code"] == "police"
        again = police.post(f"{path}claimed-acceptance/", {"accepted_by": AMY, "by": PAT})
        assert (again.status_code, again.json()["allowed_actions"]) == (409, sorted(told["allowed_actions"]))
        assert "cancel" in again.json()["allowed_actions"]
        assert "claimed_acceptance" in {c["kind"] for c in told["clocks"]}
        accepted = step(trust, referral, "accept").json()
        assert next(c for c in accepted["clocks"] if c["kind"] == "claimed_acceptance")["met_at"]

    def test_only_one_waits_at_a_time(self, world, police):
        referral = referral_at(State.SENT, world)
        said = {"accepted_by": AMY, "by": PAT}
        police.post(f"/referrals/{referral.pk}/claimed-acceptance/", said)
        assert police.post(f"/referrals/{referral.pk}/claimed-acceptance/", said).status_code == 409

    def test_the_receiver_cannot_claim(self, world, trust):
        referral = referral_at(State.SENT, world)
        answer = trust.post(f"/referrals/{referral.pk}/claimed-acceptance/", {"accepted_by": AMY, "by": AMY})
        assert answer.status_code == 403

    def test_who_accepted_is_named_in_full(self, world, police):
        referral = referral_at(State.SENT, world)
        said = {"accepted_by": {"name": "Amy"}, "by": PAT}
        answer = police.post(f"/referrals/{referral.pk}/claimed-acceptance/", said)
        assert set(answer.json()["errors"]) == {"/accepted_by/role", "/accepted_by/contact"}


def test_a_referral_that_there_is_not_cannot_be_moved(police, step):
    assert step(police, uuid4(), "cancel").status_code == 404
