"""What becomes of a decision: ratified, overturned, disagreed with, reopened; each answered on a clock."""

from datetime import timedelta

import pytest

from agencies.acting import NamedPerson
from referrals.domain.errors import Invalid, MoveNotAllowed, NotThere, NotYourMove, ReasonNeeded
from referrals.domain.referral import State
from referrals.services import case, engine, risk, threshold_review
from referrals.services import referral as referrals
from referrals.services.threshold_review import Review
from tests.factories.world import act, decide_anew, move, referral_at
from tests.referrals.services.deciding import (
    MET,
    UNSURE,
    case_of,
    decide,
    is_party,
    last_event,
    seen,
    supervisor,
)
from tests.referrals.services.reading import running, told

STRANGE = ["undetermined", "threshold_review", "threshold_disagreed", "threshold_reopened", "refer_on"]


def review(by, decision, verdict="ratified", outcome="", rationale="As the log has it."):
    said = Review(verdict, rationale, outcome)
    return act(by, threshold_review.review, decision_id=decision.pk, said=said)


def disagree(by, decision, reason="She told us today that she has a knife."):
    return act(by, threshold_review.disagree, decision_id=decision.pk, reason=reason)


def reopen(by, decision, reason="He has rung again: he has taken tablets."):
    return act(by, threshold_review.reopen, decision_id=decision.pk, reason=reason)


def clocks(world, decision):
    return {kind for kind in running(world.police, case=case_of(decision)) if kind in STRANGE}


@pytest.fixture
def shared(world):
    """A decision not met, after which the trust was asked."""
    made = decide(world.police)
    act(world.police, referrals.create, asked=world.asked(threshold_decision=made.pk))
    return made


class TestReview:
    """A supervisor of the deciding force, not the decider, ratifies or overturns."""

    def test_ratified_it_stands(self, world):
        made = decide(world.police, answers=MET, agrees=False)
        review(supervisor(world.police), made)
        now = seen(world.police, made)
        assert (now.stand, now.outcome) == ("ratified", "no_police_response")
        assert now.steps[0].text == "As the log has it."
        assert clocks(world, made) == {"refer_on"}

    def test_overturned_the_police_attend_and_everybody_hears(self, world, shared):
        disagree(world.trust, shared)
        review(supervisor(world.police), shared, "overturned")
        now = seen(world.trust, shared)
        assert (now.stand, now.outcome, now.row.outcome) == (
            "overturned", "police_response", "no_police_response",
        )  # fmt: skip
        event = last_event(world.police, shared)
        assert (event.type, event.data["attending"], event.data["before"]) == (
            "threshold.reviewed", True, "no_police_response",
        )  # fmt: skip
        assert "threshold.reviewed" in told(world, "trust")
        assert clocks(world, shared) == set()

    def test_overturned_into_not_met_the_person_is_to_be_referred_on(self, world):
        made = decide(world.police, answers=MET)
        review(supervisor(world.police), made, "overturned")
        assert clocks(world, made) == {"refer_on"}

    def test_what_is_undetermined_is_decided_and_not_ratified(self, world):
        made = decide(world.police, answers=UNSURE)
        boss = supervisor(world.police)
        with pytest.raises(MoveNotAllowed):
            review(boss, made)
        with pytest.raises(ReasonNeeded):
            review(boss, made, "overturned")
        review(boss, made, "overturned", "police_response")
        assert clocks(world, made) == set()
        assert seen(world.police, made).outcome == "police_response"

    def test_who_may_not(self, world, shared):
        with pytest.raises(NotYourMove):
            review(world.police, shared)  # the decider
        with pytest.raises(NotYourMove):
            review(world.police.asserting(NamedPerson("Con Example", "constable", "1")), shared)
        with pytest.raises(NotYourMove):
            review(world.trust, shared)
        with pytest.raises(NotThere):
            review(world.stranger, shared)

    @pytest.mark.parametrize("how", ["disagreed", "overridden"])
    def test_whoever_decided_does_not_answer_it_by_deciding_the_same_anew(self, world, how):
        made = decide(world.police, **({"answers": MET, "agrees": False} if how == "overridden" else {}))
        if how == "disagreed":
            act(world.police, referrals.create, asked=world.asked(threshold_decision=made.pk))
            disagree(world.trust, made)
        before = clocks(world, made)
        with pytest.raises(NotYourMove):
            decide(world.police, case=case_of(made).reference)
        assert clocks(world, made) == before
        decide(supervisor(world.police), case=case_of(made).reference)
        assert not clocks(world, made) & {"threshold_review", "threshold_disagreed"}

    def test_that_police_respond_after_all_is_said_by_whoever_decided(self, world, shared):
        disagree(world.trust, shared)
        assert decide(world.police, case=shared.case.reference, answers=MET).outcome == "police_response"

    def test_an_override_is_not_closed_before_it_is_reviewed(self, world):
        made = decide(world.police, answers=MET, agrees=False)
        words = {"reference": case_of(made).reference, "action": "close", "reason": "all done"}
        with pytest.raises(MoveNotAllowed, match="a supervisor reviews it"):
            act(world.police, case.move, **words)
        review(supervisor(world.police), made)
        assert act(world.police, case.move, **words).state == "closed"

    def test_what_makes_no_sense(self, world, shared):
        boss = supervisor(world.police)
        with pytest.raises(ReasonNeeded):
            review(boss, shared, rationale="")
        for verdict, outcome in [
            ("liked", ""),
            ("ratified", "police_response"),
            ("overturned", "no_police_response"),
            ("overturned", "undetermined"),
        ]:
            with pytest.raises(Invalid):
                review(boss, shared, verdict, outcome)

    def test_a_later_decision_takes_its_place(self, world, shared):
        later = decide(world.police, case=shared.case.reference)
        assert seen(world.police, shared).stand == "superseded"
        for late in (disagree, reopen, review):
            with pytest.raises(MoveNotAllowed):
                late(supervisor(world.police), shared)
        review(supervisor(world.police), later)


class TestDisagreement:
    """A professional of any party: the police supervisor is told at once, and a clock runs."""

    def test_it_waits_for_the_polices_supervisor_and_its_maker_waits(self, world, shared):
        disagree(world.trust, shared)
        clock = running(world.police, case=case_of(shared))["threshold_disagreed"]
        assert clock.team_id == world.teams["police"].pk
        assert clock.other_team_id == world.teams["trust"].pk
        assert clock.target_at - clock.started_at == timedelta(minutes=15)  # P2, as the referral
        assert "threshold.disagreed" in told(world, "police")
        assert seen(world.trust, shared).stand == "disagreed"

    def test_late_it_escalates_on_both_sides(self, world, shared, in_role):
        disagree(world.trust, shared)
        clock = running(world.police, case=case_of(shared))["threshold_disagreed"]
        with in_role("worker"):
            engine.tick(now=clock.target_at)
        assert "escalation.fired" in told(world, "police")
        assert "escalation.fired" in told(world, "trust")

    def test_ratified_it_is_answered(self, world, shared):
        disagree(world.trust, shared)
        review(supervisor(world.police), shared)
        assert clocks(world, shared) == set()
        assert "threshold.reviewed" in told(world, "trust")

    def test_it_needs_a_name_and_a_reason_and_a_part_in_the_case(self, world, shared):
        from dataclasses import replace

        with pytest.raises(ReasonNeeded):
            disagree(replace(world.trust, person=None), shared)
        with pytest.raises(ReasonNeeded):
            disagree(world.trust, shared, "")
        with pytest.raises(NotThere):
            disagree(world.stranger, shared)

    def test_a_force_that_would_have_left_stays_while_it_owes_an_answer(self, world):
        """The police are asked by the trust, and decline: the threshold is not met, they say."""
        asked = world.asked(from_team=world.teams["trust"], to_team=world.teams["police"])
        sent = act(world.trust, referrals.create, asked=asked)
        made = decide(world.police, case=sent.case_reference)
        disagree(world.trust, made)
        move(world.police, sent, "decline")
        move(world.trust, sent, "no_further_action", reason="we go ourselves")
        assert is_party(world.police, made)
        review(supervisor(world.police), made)
        assert not is_party(world.police, made)

    def test_news_brings_back_a_force_that_has_left(self, world):
        asked = world.asked(from_team=world.teams["trust"], to_team=world.teams["police"])
        sent = act(world.trust, referrals.create, asked=asked)
        made = decide(world.police, case=sent.case_reference)
        move(world.police, sent, "decline")
        move(world.trust, sent, "no_further_action", reason="we go ourselves")
        assert not is_party(world.police, made)
        reopen(world.trust, made)
        assert is_party(world.police, made)
        assert running(world.trust, case=case_of_trust(world, sent))["threshold_reopened"]


def case_of_trust(world, sent):
    from tests.referrals.services.reading import case_of as of

    return of(world.trust, sent)


class TestReopening:
    """New information, or a raised risk: it is decided anew, on a clock."""

    def test_new_information_is_answered_by_a_new_decision(self, world, shared):
        reopen(world.trust, shared)
        assert seen(world.police, shared).stand == "reopened"
        assert clocks(world, shared) == {"threshold_reopened"}
        assert "threshold.reopened" in told(world, "police")
        decide(world.police, answers=MET, case=shared.case.reference)
        assert clocks(world, shared) == set()

    def test_a_raised_risk_reopens_what_was_not_met(self, world):
        referral = referral_at(State.IN_PROGRESS, world)
        made = decide_anew(world, referral)
        said = {"direction": "raise", "reason": "he has a knife", "priority": "P1"}
        act(world.trust, risk.change, referral_id=referral.pk, **said)
        now = seen(world.police, made)
        assert now.stand == "reopened"
        assert (now.steps[0].row.cause, now.steps[0].text) == ("risk_raised", "he has a knife")
        assert clocks(world, made) == {"threshold_reopened"}

    def test_a_risk_that_is_raised_again_shortens_the_clock_that_runs(self, world):
        referral = referral_at(State.IN_PROGRESS, world, priority="P4")
        made = decide_anew(world, referral)
        reopen(world.trust, made)
        said = {"direction": "raise", "reason": "he has a knife", "priority": "P1"}
        act(world.trust, risk.change, referral_id=referral.pk, **said)
        clock = running(world.police, case=case_of(made))["threshold_reopened"]
        assert clock.target_at - clock.started_at == timedelta(minutes=5)

    @pytest.mark.parametrize("answers", [MET, UNSURE])
    def test_a_raised_risk_leaves_alone_what_is_met_or_watched_already(self, world, answers):
        referral = referral_at(State.IN_PROGRESS, world)
        made = decide(world.police, answers=answers, case=referral.case_reference)
        act(world.trust, risk.change, referral_id=referral.pk, direction="raise", reason="he has a knife")
        assert seen(world.police, made).steps == []

    def test_a_lowered_risk_reopens_nothing(self, world):
        referral = referral_at(State.IN_PROGRESS, world)
        made = decide_anew(world, referral)
        act(world.police, risk.change, referral_id=referral.pk, direction="lower", reason="found safe")
        assert seen(world.police, made).steps == []

    def test_reopened_in_a_closed_case_it_is_the_case_that_is_reopened_first(self, world):
        made = decide(world.police)
        words = {"reference": made.case.reference, "reason": "safe at home"}
        act(world.police, case.move, action="close", **words)
        with pytest.raises(MoveNotAllowed) as refused:
            reopen(world.police, made)
        assert refused.value.allowed == ["reopen"]


def test_a_raised_priority_keeps_the_clock_the_desks_own(world):
    referral = referral_at(State.IN_PROGRESS, world, priority="P4")
    made = decide(world.police, answers=UNSURE, case=referral.case_reference)
    said = {"direction": "raise", "reason": "he has a knife", "priority": "P1"}
    act(world.trust, risk.change, referral_id=referral.pk, **said)
    clock = running(world.police, case=case_of(made))["undetermined"]
    assert clock.team_id == world.teams["police"].pk
    assert clock.target_at - clock.started_at == timedelta(minutes=10)
