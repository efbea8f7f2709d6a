"""Nobody is left alone until help arrives, and no caller without the call that they were promised."""

from dataclasses import replace
from datetime import timedelta

import pytest

from referrals.domain.errors import Invalid, MoveNotAllowed, NotThere, NotYourMove, ReasonNeeded, Stale
from referrals.domain.referral import State
from referrals.models.keys import instant
from referrals.services import arrival, call_back, case, contact, engine, support
from referrals.services import referral as referrals
from referrals.services.call_back import Owed
from referrals.services.support import Said
from tests.factories.world import act, decide_anew, move, referral_at
from tests.referrals.services.deciding import case_of as case_of_decision
from tests.referrals.services.deciding import decide
from tests.referrals.services.reading import case_of, events, running, stopped, told

WORKER = Said("control_room_worker", "phone", "She talks about her cat.")
ALONE = Said("nobody", "not_at_all")
VISIT = {"channel": "in_person", "with_whom": "person", "outcome": "reached"}


def log(by, referral, said=WORKER, **changes):
    return act(by, support.log, referral_id=referral.pk, said=replace(said, **changes))


def clock_of(world, referral, kind="next_contact"):
    return running(world.police, case=case_of(world.police, referral)).get(kind)


@pytest.fixture
def sent(world):
    return referral_at(State.SENT, world)


class TestSupport:
    """Each entry is followed by the next contact, on a clock; arrival ends it, acceptance does not."""

    def test_the_next_contact_is_due_as_the_priority_asks_or_as_was_said(self, world, sent):
        entry = log(world.police, sent)
        clock = clock_of(world, sent)
        assert clock.target_at - clock.started_at == timedelta(minutes=30)
        assert (clock.team_id, entry.next_contact_at) == (world.teams["police"].pk, clock.target_at)
        soon = instant() + timedelta(minutes=7)
        assert log(world.police, sent, next_contact_at=soon).next_contact_at == soon
        assert clock_of(world, sent).target_at == soon
        assert stopped(world.police, sent, "next_contact").met_at is not None

    def test_a_contact_that_is_missed_escalates(self, world, sent, in_role):
        log(world.police, sent)
        with in_role("worker"):
            engine.tick(now=clock_of(world, sent).target_at)
        assert "escalation.fired" in told(world, "police")
        assert "escalation.fired" in told(world, "trust")

    def test_accepted_is_not_arrived(self, world, sent):
        log(world.police, sent)
        move(world.trust, sent, "accept")
        assert clock_of(world, sent)
        act(world.trust, contact.log, referral_id=sent.pk, **{**VISIT, "channel": "phone"})
        assert clock_of(world, sent), "nor is a call"
        act(world.trust, contact.log, referral_id=sent.pk, **VISIT)
        assert clock_of(world, sent) is None
        assert events(world.police, sent)[-1] == "support.ended"

    def test_a_promised_arrival_that_is_kept_ends_it(self, world, sent):
        log(world.police, sent)
        move(world.trust, sent, "accept")
        at = instant() + timedelta(minutes=20)
        act(world.trust, arrival.promise, referral_id=sent.pk, arrives_at=at)
        assert clock_of(world, sent)
        act(world.trust, arrival.arrived, referral_id=sent.pk)
        assert clock_of(world, sent) is None

    def test_nobody_being_there_is_told_to_who_answers_for_the_person(self, world, sent):
        move(world.trust, sent, "accept")
        log(world.police, sent, ALONE)
        assert told(world, "trust")[-1] == "support.nobody"
        assert clock_of(world, sent), "and somebody looks again"

    def test_whoever_logs_next_stays_with_the_person_from_then_on(self, world, sent):
        log(world.police, sent)
        log(world.trust, sent)
        assert clock_of(world, sent).team_id == world.teams["trust"].pk

    def test_it_ends_without_help_only_for_a_reason(self, world, sent):
        with pytest.raises(MoveNotAllowed):
            log(world.police, sent, ends="arrived")
        log(world.police, sent)
        with pytest.raises(ReasonNeeded):
            log(world.police, sent, ends="not_needed", note="")
        log(world.police, sent, ends="not_needed", note="Her sister took her home.")
        assert clock_of(world, sent) is None

    def test_a_case_stays_open_while_it_goes_on(self, world, sent):
        log(world.police, sent)
        move(world.police, sent, "cancel")
        words = {"reference": sent.case_reference, "action": "close", "reason": "found safe"}
        with pytest.raises(MoveNotAllowed, match="interim support goes on"):
            act(world.police, case.move, **words)
        log(world.police, sent, ends="not_needed", note="found safe")
        assert act(world.police, case.move, **words).state == "closed"

    def test_what_is_refused(self, world, sent):
        for wrong in (
            {"who": "nobody"},
            {"how": "not_at_all"},
            {"next_contact_at": instant() - timedelta(minutes=1)},
            {"next_contact_at": instant() + timedelta(hours=25)},
        ):
            with pytest.raises(Invalid):
                log(world.police, sent, **wrong)
        with pytest.raises(ReasonNeeded):
            log(replace(world.police, person=None), sent)
        with pytest.raises(NotThere):
            log(world.stranger, sent)

    def test_a_raised_risk_leaves_it_with_the_desk_that_logs(self, world, sent):
        from referrals.services import risk

        log(world.police, sent)
        said = {"direction": "raise", "reason": "he has a knife", "priority": "P1"}
        act(world.trust, risk.change, referral_id=sent.pk, **said)
        clock = clock_of(world, sent)
        assert (clock.team_id, clock.target_at - clock.started_at) == (
            world.teams["police"].pk, timedelta(minutes=15),
        )  # fmt: skip


class TestBeforeAnybodyIsAsked:
    """The person waits from the call on: the log and its clock begin with the case, not with a referral."""

    @pytest.fixture
    def decided(self, world):
        return case_of_decision(decide(world.police))

    def log(self, by, case, said=WORKER, **changes):
        return act(by, support.log_in_case, reference=case.reference, said=replace(said, **changes))

    def clock(self, world, case):
        return running(world.police, case=case).get("next_contact")

    def test_it_runs_on_a_clock_of_the_desk_that_escalates(self, world, decided, in_role):
        entry = self.log(world.police, decided)
        clock = self.clock(world, decided)
        assert (entry.referral_id, entry.next_contact_at) == (None, clock.target_at)
        assert clock.team_id == world.teams["police"].pk
        with in_role("worker"):
            engine.tick(now=clock.target_at)
        assert "escalation.fired" in told(world, "police")

    def test_it_goes_on_when_somebody_is_asked_until_they_arrive(self, world, decided):
        self.log(world.police, decided)
        asked = world.asked(case=decided.reference, person={})
        referral = act(world.police, referrals.create, asked=asked)
        move(world.trust, referral, "accept")
        assert self.clock(world, decided)
        act(world.trust, contact.log, referral_id=referral.pk, **VISIT)
        assert self.clock(world, decided) is None

    def test_nobody_being_there_is_told_to_the_force(self, world, decided):
        self.log(world.police, decided, ALONE)
        assert "support.nobody" in told(world, "police")

    def test_it_ends_for_a_reason_and_the_case_stays_open_until_then(self, world, decided):
        self.log(world.police, decided)
        words = {"reference": decided.reference, "action": "close", "reason": "found safe"}
        with pytest.raises(MoveNotAllowed, match="interim support goes on"):
            act(world.police, case.move, **words)
        self.log(world.police, decided, ends="not_needed", note="Her sister came.")
        assert act(world.police, case.move, **words).state == "closed"
        with pytest.raises(MoveNotAllowed):
            self.log(world.police, decided)

    def test_what_is_refused(self, world, decided):
        with pytest.raises(NotThere):
            self.log(world.trust, decided)
        with pytest.raises(ReasonNeeded):
            self.log(replace(world.police, person=None), decided)
        with pytest.raises(Stale):
            act(world.police, support.log_in_case, reference=decided.reference, said=WORKER, version=99)


CALLER = Owed("Kim Example", "020 7946 0120", "worried about her neighbour")


class TestCallBack:
    """A task of a team, with its attempts, until the caller was reached and told."""

    def owe(self, by, referral, owed=CALLER):
        return act(by, call_back.owe, reference=referral.case_reference, owed=owed)

    def attempt(self, by, owed, outcome="reached", words="Police are not coming; the trust is."):
        return act(by, call_back.attempt, call_back_id=owed.pk, outcome=outcome, told=words)

    def test_it_runs_until_the_caller_is_reached(self, world, sent):
        owed = self.owe(world.police, sent)
        assert clock_of(world, sent, "call_back").target_at == owed.due_at
        self.attempt(world.police, owed, "no_answer", "")
        assert clock_of(world, sent, "call_back")
        self.attempt(world.police, owed)
        assert clock_of(world, sent, "call_back") is None
        assert stopped(world.police, sent, "call_back").met_at is not None
        with pytest.raises(MoveNotAllowed):
            self.attempt(world.police, owed)

    def test_a_case_stays_open_while_it_is_owed(self, world, sent):
        owed = self.owe(world.police, sent)
        move(world.police, sent, "cancel")
        words = {"reference": sent.case_reference, "action": "close", "reason": "found safe"}
        with pytest.raises(MoveNotAllowed, match="call back is owed"):
            act(world.police, case.move, **words)
        self.attempt(world.police, owed)
        assert act(world.police, case.move, **words).state == "closed"

    def test_it_is_owed_in_a_case_in_which_nobody_was_asked(self, world):
        referral = referral_at(State.SENT, world)
        move(world.police, referral, "cancel")
        decide_anew(world, referral)
        assert self.owe(world.police, referral).due_at

    def test_what_is_refused(self, world, sent):
        owed = self.owe(world.police, sent)
        with pytest.raises(MoveNotAllowed):
            self.owe(world.police, sent)
        self.owe(world.trust, sent)  # another team's promise is its own
        with pytest.raises(NotYourMove):
            self.attempt(world.trust, owed)
        with pytest.raises(ReasonNeeded):
            self.attempt(world.police, owed, words="")
        with pytest.raises(NotThere):
            self.attempt(world.stranger, owed)
        with pytest.raises(NotThere):
            self.owe(world.stranger, sent)
        with pytest.raises(Invalid):
            self.owe(world.ambulance, self._with_ambulance(world, sent), replace(CALLER, due_at=instant()))

    def _with_ambulance(self, world, sent):
        asked = world.asked(case=sent.case_reference, lead=False, person={}, to_team=world.teams["ambulance"])
        return act(world.police, referrals.create, asked=asked)
