"""The lifecycle as a table: every pair in it works, and every pair outside it is refused."""

from itertools import product

import pytest

from agencies.acting import acting_for
from referrals.domain.errors import MoveNotAllowed, NotThere
from referrals.domain.referral import TRANSITIONS, Side, State
from referrals.models import Case, Clock, Event, Move, Referral
from tests.factories.world import decide_anew, move

INSIDE = [(s, a) for s, a in product(State, TRANSITIONS) if s in TRANSITIONS[a].sources]


def maker(world, action):
    """One of those who make this move."""
    return world.police if Side.SENDER in TRANSITIONS[action].by else world.trust


@pytest.mark.parametrize("state", State)
def test_every_state_can_be_reached_by_the_services(standing, state):
    _, referral = standing(state)
    assert referral.state == state


@pytest.mark.parametrize("state", State)
def test_move_refuses_every_action_outside_the_table_and_leaves_no_trace(standing, state):
    world, referral = standing(state)
    before = trace(world, referral)
    for action in [a for a in TRANSITIONS if state not in TRANSITIONS[a].sources]:
        actor = maker(world, action)
        unseen = referral.sent_at is None and actor is world.trust
        with pytest.raises(NotThere if unseen else MoveNotAllowed):
            move(actor, referral, action)
    assert trace(world, referral) == before


@pytest.mark.parametrize(("state", "action"), INSIDE)
def test_move_takes_every_pair_inside_the_table(standing, state, action):
    world, referral = standing(state)
    step = TRANSITIONS[action]
    details = {}
    if action in ("agree_cancel", "refuse_cancel"):
        referral = move(world.police, referral, "request_cancel")
    if action in ("redirect", "resend"):
        details["to_team"] = world.teams["other_trust"]
    if action == "police_reassess":
        details["threshold_decision"] = decide_anew(world, referral).pk
    moved = move(maker(world, action), referral, action, **details)
    assert moved.state == (step.to or state)
    assert_nothing_is_unwatched(world, moved)


def trace(world, referral: Referral) -> tuple:
    with acting_for(world.police.agency_id):
        kept = Referral.objects.values_list("state", "version", "breach_at").get(pk=referral.pk)
        return kept, Event.objects.count(), Move.objects.count(), Clock.objects.count()


def assert_nothing_is_unwatched(world, referral: Referral) -> None:
    with acting_for(world.police.agency_id):
        case = Case.objects.get(pk=referral.case_id)
        waiting = Clock.objects.running().filter(case=case)
        assert case.state == "closed" or waiting.exists()
        assert not referral.is_open or waiting.filter(referral=referral).exists()
