"""Two people act at the same moment: one wins, the other is told how things stand now.

Without the lock on the case both would be let through, and only the database's rules would stop the
second: the last tests here show it.
"""

from threading import Barrier, current_thread, main_thread

import pytest
from django.db import DatabaseError

from agencies.acting import acting_for
from referrals import policies
from referrals.domain.errors import MoveNotAllowed, Stale
from referrals.domain.referral import TRANSITIONS, Side, State
from referrals.models import Accountability, Case, Event, Move
from referrals.models.keys import new_id
from referrals.services import case as cases
from referrals.services import claim, finding
from referrals.services import referral as referrals
from tests.factories.world import act, decide_anew, move
from tests.referrals.services.reading import again, case_of, owner_of

# A state from which each action can be made. Asked twice, none of them may have its effect twice.
FROM = {action: min(step.sources) for action, step in TRANSITIONS.items()} | {
    "enter_in_error": State.IN_PROGRESS,
    "accept": State.SENT,
    "decline": State.SENT,
    "cancel": State.ACKNOWLEDGED,
}

# Whoever comes second of these cannot be obeyed any more.
RIVALS = [
    (State.DRAFT, ("police", "send"), ("police", "discard")),
    (State.SENT, ("trust", "accept"), ("trust", "decline")),
    (State.SENT, ("trust", "accept"), ("police", "cancel")),
    (State.ACKNOWLEDGED, ("trust", "decline"), ("police", "cancel")),
    (State.INFO_REQUESTED, ("trust", "accept"), ("police", "answer_info")),
    (State.IN_PROGRESS, ("trust", "complete"), ("trust", "fail")),
    (State.COMPLETED, ("police", "close"), ("police", "enter_in_error")),
    (State.DECLINED, ("police", "no_further_action"), ("police", "enter_in_error")),
]


# What stops the second where no lock does: rules of the database, or its patience.
CAUGHT_BY = {
    "lifecycle",
    "one_move_per_version",
    "one_lead_holds_the_case",
    "accountability_one_agency_at_a_time",
    "party_once_at_a_time",
    "DeadlockDetected",
    "InsufficientPrivilege",  # the first ended its part in the case
    "DataException",  # a period of accountability would end before it began
}


@pytest.fixture
def ready(standing):
    """A referral from which an action can be made, who makes it, and what it needs."""

    def prepare(action):
        world, referral = standing(FROM[action])
        if action in ("agree_cancel", "refuse_cancel"):
            referral = move(world.police, referral, "request_cancel")
        details = {}
        if action in ("redirect", "resend"):
            details["to_team"] = world.teams["other_trust"]
        if action == "police_reassess":
            details["threshold_decision"] = decide_anew(world, referral).pk
        actor = world.police if Side.SENDER in TRANSITIONS[action].by else world.trust
        return world, actor, referral, details

    return prepare


def moves(world, referral, action):
    with acting_for(world.police.agency_id):
        return Move.objects.filter(referral=referral, action=action).count()


@pytest.mark.parametrize("action", TRANSITIONS)
def test_of_two_who_do_the_same_one_wins(ready, race, action):
    world, actor, referral, details = ready(action)
    outcomes = race(*[lambda: move(actor, referral, action, **details)] * 2)
    assert sorted(outcome.won for outcome in outcomes) == [False, True]
    loser = next(outcome for outcome in outcomes if not outcome.won)
    assert isinstance(loser.error, MoveNotAllowed)
    assert moves(world, referral, action) == 1


@pytest.mark.parametrize(("state", "one", "other"), RIVALS)
def test_of_two_rivals_one_wins(standing, race, state, one, other):
    world, referral = standing(state)
    racers = [
        lambda who=who, action=action: move(getattr(world, who), referral, action)
        for who, action in (one, other)
    ]
    outcomes = race(*racers)
    if sorted(outcome.won for outcome in outcomes) == [
        True,
        True,
    ]:  # the question was answered, then accepted
        assert (other[1], again(world.police, referral).state) == ("answer_info", State.ACCEPTED)
        return
    loser = next(outcome for outcome in outcomes if not outcome.won)
    assert isinstance(loser.error, MoveNotAllowed)


@pytest.mark.parametrize("action", ["acknowledge", "accept", "decline"])
def test_whoever_read_an_older_version_is_told_so(ready, race, action):
    _, actor, referral, details = ready(action)
    version = referral.version
    outcomes = race(*[lambda: move(actor, referral, action, version=version, **details)] * 2)
    assert sorted(type(outcome.error).__name__ for outcome in outcomes) == ["NoneType", "Stale"]


@pytest.fixture
def two_leads(world):
    """One case, and two trusts asked for it in one asking."""
    first = act(world.police, referrals.create, asked=world.asked(asking=new_id()))
    asked = world.asked(
        asking=first.asking, case=first.case_reference, person={}, to_team=world.teams["other_trust"]
    )
    return world, first, act(world.police, referrals.create, asked=asked)


def accept_both(world, first, second):
    return lambda: move(world.trust, first, "accept"), lambda: move(world.other_trust, second, "accept")


def test_of_two_who_accept_one_asking_at_once_one_is_accountable(two_leads, race):
    world, first, second = two_leads
    one, other = race(*accept_both(*two_leads))
    assert one.won != other.won
    assert isinstance((other if one.won else one).error, MoveNotAllowed)
    assert owner_of(world, first) == ("trust" if one.won else "other_trust")
    states = {again(world.police, each).state for each in (first, second)}
    assert states == {State.ACCEPTED, State.CANCELLED}
    with acting_for(world.police.agency_id):
        assert Accountability.objects.count() == 2


def test_two_leads_of_different_askings_are_accepted_one_after_the_other(world, race):
    first = act(world.police, referrals.create, asked=world.asked())
    asked = world.asked(case=first.case_reference, person={}, to_team=world.teams["other_trust"])
    second = act(world.police, referrals.create, asked=asked)
    assert all(outcome.won for outcome in race(*accept_both(world, first, second)))
    states = sorted(again(world.police, each).state for each in (first, second))
    assert states == [State.ACCEPTED, State.REDIRECTED]


def test_of_two_who_claim_an_acceptance_one_is_heard(standing, race):
    world, referral = standing(State.SENT)
    nurse = {"name": "A Example", "role": "nurse", "contact": "020 7946 0103"}
    outcomes = race(*[lambda: act(world.police, claim.claim, referral_id=referral.pk, accepted_by=nurse)] * 2)
    assert sorted(type(outcome.error).__name__ for outcome in outcomes) == ["MoveNotAllowed", "NoneType"]


def test_of_two_who_close_a_case_one_does(standing, race):
    world, referral = standing(State.CANCELLED)
    words = {"reference": referral.case_reference, "action": "close", "reason": "over"}
    outcomes = race(*[lambda: act(world.police, cases.move, **words)] * 2)
    assert sorted(type(outcome.error).__name__ for outcome in outcomes) == ["MoveNotAllowed", "NoneType"]


def test_nothing_is_asked_in_a_case_that_is_being_closed(standing, race):
    world, referral = standing(State.CANCELLED)
    words = {"reference": referral.case_reference, "action": "close", "reason": "over"}
    asked = world.asked(case=referral.case_reference, person={})
    closing, asking = race(
        lambda: act(world.police, cases.move, **words),
        lambda: act(world.police, referrals.create, asked=asked),
    )
    assert closing.won != asking.won
    assert case_of(world.police, referral).state == ("closed" if closing.won else "open")


def test_many_at_once_leave_one_chain_and_no_gap(standing, race):
    world, referral = standing(State.ACKNOWLEDGED)
    trust, police = world.trust, world.police
    racers = [
        lambda who=who, action=action: move(who, referral, action)
        for who, action in [
            (trust, "accept"),
            (trust, "decline"),
            (police, "cancel"),
            (trust, "request_info"),
        ]
    ]
    race(*racers * 2)
    with acting_for(world.police.agency_id):
        seqs = list(Event.objects.order_by("id").values_list("seq", flat=True))
        assert seqs == list(range(1, len(seqs) + 1))
        assert Case.objects.get().event_seq == len(seqs)


class TestWithoutTheLock:
    """Both are judged by the state that each of them read: the second is not refused, but fails."""

    @pytest.fixture
    def unlocked(self, monkeypatch):
        """The case is read and not locked; and nobody writes before both have been let through."""
        both = Barrier(2)

        def lock_nothing(case_id):
            return Case.objects.get(pk=case_id)

        def check_and_wait(*arguments):
            step = check(*arguments)
            if current_thread() is not main_thread():  # the racers, not whoever prepares the race
                both.wait(10)
            return step

        check = policies.check_move
        monkeypatch.setattr(finding, "lock_case", lock_nothing)
        monkeypatch.setattr(policies, "check_move", check_and_wait)

    @pytest.mark.parametrize("action", TRANSITIONS)
    def test_the_same_move_twice(self, ready, race, unlocked, action):
        _, actor, referral, details = ready(action)
        outcomes = race(*[lambda: move(actor, referral, action, **details)] * 2)
        assert self.what_caught(outcomes) in CAUGHT_BY

    def test_rivals(self, standing, race, unlocked):
        world, referral = standing(State.ACKNOWLEDGED)
        outcomes = race(
            lambda: move(world.trust, referral, "accept"), lambda: move(world.police, referral, "cancel")
        )
        assert self.what_caught(outcomes) in CAUGHT_BY

    def test_two_acceptances(self, two_leads, race, unlocked):
        assert self.what_caught(race(*accept_both(*two_leads))) in CAUGHT_BY

    def what_caught(self, outcomes):
        loser = next(outcome for outcome in outcomes if not outcome.won)
        assert isinstance(loser.error, DatabaseError), loser.error
        assert not isinstance(loser.error, MoveNotAllowed | Stale)
        return loser.error.__cause__.diag.constraint_name or type(loser.error.__cause__).__name__
