"""A threshold decision: computed by the policy in force, kept in a case, and nothing undecided unwatched."""

from datetime import timedelta

import pytest

from agencies.acting import acting_for
from referrals.domain.errors import Invalid, MoveNotAllowed, NotThere, NotYourMove, ReasonNeeded
from referrals.domain.referral import State
from referrals.models import Content, Referral
from referrals.models.keys import instant
from referrals.services import case
from referrals.services import referral as referrals
from tests.factories.world import PERSON, act, decide_anew, move, referral_at
from tests.referrals.services.deciding import MET, NO, UNSURE, case_of, decide, last_event, person_of, seen
from tests.referrals.services.reading import running, told


def test_a_decision_without_a_case_opens_one_that_is_the_polices(world):
    made = decide(world.police)
    opened = case_of(made)
    assert opened.accountable_agency_id == world.police.agency_id
    assert person_of(made).description == "Not yet described"
    assert set(running(world.police, case=opened)) == {"case_review", "refer_on"}


def test_its_texts_are_contents_of_the_case_and_not_in_the_row(world):
    made = decide(world.police)
    assert (made.rationale, made.already_tried, made.caller_told) == ("", "", "")
    assert dict(seen(world.police, made).texts) == {
        "rationale": "Seen by a neighbour an hour ago.",
        "already_tried": "Rang her twice.",
        "caller_told": "Police are not coming; the crisis team will ring.",
    }
    event = last_event(world.police, made)
    assert {each["kind"] for each in event.data["content"]} == {"rationale", "already_tried", "caller_told"}
    assert "neighbour" not in str(event.data)


@pytest.mark.parametrize(
    ("answers", "clocks", "attending"),
    [
        (NO, {"refer_on"}, False),
        (MET, set(), True),
        (UNSURE, {"undetermined"}, False),
        ({}, {"undetermined"}, False),
    ],
)
def test_each_outcome_has_its_own_promise(world, answers, clocks, attending):
    made = decide(world.police, answers=answers)
    assert set(running(world.police, case=case_of(made))) == {"case_review", *clocks}
    assert last_event(world.police, made).data["attending"] is attending


def test_the_supervisor_is_told_at_once_of_what_is_undetermined(world):
    decide(world.police, answers=UNSURE)
    assert told(world, "police") == ["threshold.undetermined"]


def test_undetermined_is_kept_by_the_police_until_it_is_decided(world):
    first = decide(world.police, answers=UNSURE, priority="P2")
    clock = running(world.police, case=case_of(first))["undetermined"]
    assert clock.team_id == world.teams["police"].pk
    assert clock.target_at - clock.started_at == timedelta(minutes=30)
    again = decide(world.police, answers=UNSURE, case=first.case.reference)
    assert running(world.police, case=case_of(first))["undetermined"].pk == clock.pk, "it goes on running"
    decide(world.police, answers=MET, case=first.case.reference)
    assert "undetermined" not in running(world.police, case=case_of(again))


def test_a_case_is_not_closed_while_it_is_undetermined(world):
    made = decide(world.police, answers=UNSURE)
    words = {"reference": made.case.reference, "action": "close", "reason": "nothing more to do"}
    with pytest.raises(MoveNotAllowed, match="undetermined"):
        act(world.police, case.move, **words)
    decide(world.police, case=made.case.reference)
    assert act(world.police, case.move, **words).state == "closed"
    assert running(world.police, case=case_of(made)) == {}


def test_a_case_in_which_nobody_was_asked_is_reviewed_and_reopened(world):
    made = decide(world.police, answers=MET)
    words = {"reference": made.case.reference, "reason": "it is over"}
    for action in ("review", "close", "reopen"):
        act(world.police, case.move, action=action, **words)
    assert set(running(world.police, case=case_of(made))) == {"case_review"}


class TestOneStepToAReferral:
    """Not met: the person is referred, in the same case, with everything carried over."""

    def test_the_referral_joins_the_decisions_case(self, world):
        made = decide(world.police, person={"description": "a man in a red coat"})
        asked = world.asked(threshold_decision=made.pk, person=PERSON)
        sent = act(world.police, referrals.create, asked=asked)
        assert (sent.case_id, sent.threshold_decision_id) == (made.case_id, made.pk)
        assert "refer_on" not in running(world.police, case=case_of(made))
        carried = seen(world.trust, made)
        assert carried.texts["already_tried"] == "Rang her twice."
        assert carried.texts["caller_told"].startswith("Police are not coming")

    def test_who_was_not_yet_described_is_described_by_what_is_stated_first(self, world):
        made = decide(world.police)
        act(world.police, referrals.create, asked=world.asked(threshold_decision=made.pk))
        person = person_of(made)
        assert (person.family_name, person.description) == ("EXAMPLE", "")

    def test_who_was_described_before_stays_so(self, world):
        made = decide(world.police, person={"description": "a man in a red coat"})
        act(world.police, referrals.create, asked=world.asked(threshold_decision=made.pk))
        assert person_of(made).description == "a man in a red coat"

    def test_a_draft_that_is_discarded_leaves_the_case_open_and_watched(self, world):
        made = decide(world.police)
        asked = world.asked(threshold_decision=made.pk, draft=True)
        draft = act(world.police, referrals.create, asked=asked)
        move(world.police, draft, "discard")
        assert case_of(made).state == "open"
        assert {"case_review", "refer_on"} <= set(running(world.police, case=case_of(made)))

    def test_no_promise_to_refer_is_made_where_somebody_is_asked(self, world):
        referral = referral_at(State.SENT, world)
        decide_anew(world, referral)
        with acting_for(world.police.agency_id):
            of_case = Referral.objects.get(pk=referral.pk).case
        assert "refer_on" not in running(world.police, case=of_case)


class TestWhatIsRefused:
    """Only a named police officer decides, on the prompt in force, in a case of theirs."""

    def test_another_kind_of_agency(self, world):
        with pytest.raises(NotYourMove):
            decide(world.trust)

    def test_a_question_that_this_category_does_not_ask(self, world):
        with pytest.raises(Invalid) as refused:
            decide(world.police, answers={"warrant": "yes"})
        assert set(refused.value.errors) == {"/answers/warrant"}
        assert decide(world.police, answers={"warrant": "yes"}, category="s135_support").outcome == (
            "police_response"
        )

    def test_a_policy_that_is_not_in_force(self, world):
        with pytest.raises(Invalid) as refused:
            decide(world.police, policy="yesterday's")
        assert set(refused.value.errors) == {"/policy"}

    def test_an_agency_told_without_its_name(self, world):
        with pytest.raises(Invalid) as refused:
            decide(world.police, told_at=instant())
        assert set(refused.value.errors) == {"/agency_told"}

    def test_what_is_still_to_come(self, world):
        later, trust = instant() + timedelta(minutes=5), world.teams["trust"].agency
        with pytest.raises(Invalid) as refused:
            decide(world.police, told_agency=trust, told_at=later)
        assert set(refused.value.errors) == {"/agency_told_at"}
        with pytest.raises(Invalid) as refused:
            decide(world.police, occurred_at=later)
        assert set(refused.value.errors) == {"/occurred_at"}

    def test_a_case_of_others_and_a_closed_one(self, world):
        with pytest.raises(NotThere):
            decide(world.police, case="C-7KD4-HNWT")
        made = decide(world.police)
        act(world.police, case.move, reference=made.case.reference, action="close", reason="safe at home")
        with pytest.raises(MoveNotAllowed):
            decide(world.police, case=made.case.reference)

    def test_nobody_in_particular(self, world):
        from dataclasses import replace

        with pytest.raises(ReasonNeeded):
            decide(replace(world.police, person=None))


def test_which_agency_was_told_and_when_is_kept(world):
    before = instant() - timedelta(minutes=3)
    trust = world.teams["trust"].agency
    made = decide(world.police, told_agency=trust, told_at=before)
    assert (made.told_agency, made.told_at) == (trust, before)
    assert decide(world.police, told_agency=trust).told_at is not None


def test_nobody_but_the_parties_reads_its_texts(world):
    made = decide(world.police)
    assert seen(world.trust, made) is None
    with acting_for(world.trust.agency_id):
        assert not Content.objects.filter(case=made.case_id).exists()


def test_an_override_waits_for_a_supervisor(world):
    made = decide(world.police, answers=MET, agrees=False)
    assert (made.computed, made.outcome, made.overridden) == ("police_response", "no_police_response", True)
    assert {"threshold_review", "refer_on"} <= set(running(world.police, case=case_of(made)))
