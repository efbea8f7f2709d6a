"""Two at the same moment: one wins, and the other is judged against what the first one left."""

from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from django.db import DatabaseError

from agencies.acting import acting_for
from referrals.domain.errors import MoveNotAllowed, NotThere, Refused
from referrals.domain.referral import TRANSITIONS, Side, State
from referrals.models import Accountability, Case, Clock, Escalation, Event, Move, Referral
from referrals.models.keys import instant
from referrals.services import engine, finding, writing
from referrals.services import referral as referrals
from tests.factories.world import act, decide_anew, move, referral_at

FIRST = {action: sorted(step.sources)[0] for action, step in TRANSITIONS.items()}


def mover(world, referral, action):
    """A racer that makes the move, with all that it needs."""
    actor = world.police if Side.SENDER in TRANSITIONS[action].by else world.trust
    details = {}
    if action in ("redirect", "resend"):
        details["to_team"] = world.teams["other_trust"]
    if action == "police_reassess":
        details["threshold_decision"] = decide_anew(world, referral).pk
    return partial(move, actor, referral, action, **details)


@pytest.mark.parametrize("action", TRANSITIONS)
def test_of_two_that_make_one_move_one_wins(standing, race, action):
    world, referral = standing(FIRST[action])
    if action in ("agree_cancel", "refuse_cancel"):
        move(world.police, referral, "request_cancel")
    before = referral.version
    outcomes = race(*[mover(world, referral, action)] * 2)
    assert [each.won for each in outcomes].count(True) == 1, outcomes
    lost = next(each.error for each in outcomes if not each.won)
    assert isinstance(lost, MoveNotAllowed | NotThere), lost
    with acting_for(world.police.agency_id):
        made = Move.objects.filter(referral=referral, version__gt=before, action=action)
        assert made.count() == 1


OPPOSED = [("accept", "decline"), ("accept", "cancel"), ("decline", "cancel"), ("accept", "request_info")]


@pytest.mark.parametrize("pair", OPPOSED)
def test_of_two_opposed_moves_the_second_is_judged_by_the_first(standing, race, pair):
    world, referral = standing(State.ACKNOWLEDGED)
    outcomes = race(*(mover(world, referral, action) for action in pair))
    with acting_for(world.police.agency_id):
        moves = list(Move.objects.filter(referral=referral).order_by("version"))
    assert [m.version for m in moves] == list(range(2, 2 + len(moves)))
    assert all(a.to_state == b.from_state for a, b in zip(moves, moves[1:], strict=False))
    assert sum(each.won for each in outcomes) == sum(m.action in pair for m in moves)


def test_of_several_asked_at_once_one_acceptance_holds(world, race):
    asking = uuid4()
    first = act(world.police, referrals.create, asked=world.asked(asking=asking))
    again = world.asked(
        asking=asking, case=first.case_reference, person={}, to_team=world.teams["other_trust"]
    )
    second = act(world.police, referrals.create, asked=again)
    outcomes = race(mover(world, first, "accept"), partial(move, world.other_trust, second, "accept"))
    assert [each.won for each in outcomes].count(True) == 1
    with acting_for(world.police.agency_id):
        states = sorted(Referral.objects.filter(asking=asking).values_list("state", flat=True))
        case = Case.objects.get(pk=first.case_id)
        assert states == ["accepted", "cancelled"]
        assert Accountability.objects.filter(case=case, cause="accepted").count() == 1
        assert case.holding_lead.state == "accepted"


def tick_late():
    """A tick, an hour from now."""
    return engine.tick(now=instant() + timedelta(hours=1))


def test_a_tick_and_an_acknowledgement_never_contradict_each_other(world, race, in_role):
    with in_role("worker"):
        for _ in range(6):
            referral = referral_at(State.SENT, world)
            outcomes = race(mover(world, referral, "acknowledge"), tick_late)
            assert all(each.won for each in outcomes), outcomes
            clock = Clock.objects.get(referral=referral, kind="acknowledge")
            moved = Event.objects.get(referral=referral, type="referral.acknowledged")
            told = Event.objects.filter(referral=referral, type="escalation.fired", seq__gt=moved.seq)
            assert clock.met_at is not None
            assert clock.pk not in [e.data["clock"]["id"] for e in told], "a kept promise was chased"


@contextmanager
def without_lock(monkeypatch):
    """The case is read and not locked, as if somebody had forgotten."""
    with monkeypatch.context() as patch:
        for module in (writing, finding):
            patch.setattr(module, "lock_case", lambda key: Case.objects.get(pk=key))
        yield


def test_without_the_lock_a_race_is_lost_to_the_database_not_to_the_table(standing, race, monkeypatch):
    """The lock matters: without it the loser meets a rule of the database, not a clear refusal."""
    world, referral = standing(State.ACKNOWLEDGED)
    seen = []
    with without_lock(monkeypatch):
        for _ in range(12):
            outcomes = race(*[mover(world, referral, "accept")] * 2)
            seen += [each.error for each in outcomes if each.error]
            if any(not isinstance(error, Refused) for error in seen):
                break
            referral = referral_at(State.ACKNOWLEDGED, world)
    assert any(isinstance(error, DatabaseError) for error in seen), seen


def test_two_ticks_at_once_fire_each_rung_once(world, race, in_role):
    with in_role("worker"):
        for _ in range(4):
            referral_at(State.SENT, world)
        outcomes = race(tick_late, tick_late)
        assert all(each.won for each in outcomes), outcomes
        fired = list(Escalation.objects.values_list("clock", "step", "repetition"))
        told = Event.objects.filter(type="escalation.fired").count()
        assert fired
        assert len(fired) == len(set(fired))
        assert told == Escalation.objects.filter(superseded=False).count()
