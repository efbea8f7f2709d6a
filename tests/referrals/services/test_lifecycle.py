"""The lifecycle as a table: every pair in it works, and every pair outside it is refused."""

from itertools import product

import pytest

from agencies.acting import acting_for
from referrals.domain.errors import MoveNotAllowed, NotThere
from referrals.domain.referral import TRANSITIONS, Side, State
from referrals.models import Case, Clock, Referral
from tests.factories.world import decide_anew, move, referral_at

OUTSIDE = [(s, a) for s, a in product(State, TRANSITIONS) if s not in TRANSITIONS[a].sources]
INSIDE = [(s, a) for s, a in product(State, TRANSITIONS) if s in TRANSITIONS[a].sources]


@pytest.mark.parametrize("state", State)
def test_every_state_can_be_reached_by_the_services(world, state):
    assert referral_at(state, world).state == state


@pytest.mark.parametrize(("state", "action"), OUTSIDE)
def test_move_refuses_every_pair_outside_the_table(world, state, action):
    referral = referral_at(state, world)
    actor = world.police if Side.SENDER in TRANSITIONS[action].by else world.trust
    unseen = referral.sent_at is None and actor is world.trust
    with pytest.raises(NotThere if unseen else MoveNotAllowed):
        move(actor, referral, action)


@pytest.mark.parametrize(("state", "action"), INSIDE)
def test_move_takes_every_pair_inside_the_table(world, state, action):
    referral = referral_at(state, world)
    step = TRANSITIONS[action]
    actor = world.police if Side.SENDER in step.by else world.trust
    details = {}
    if action in ("agree_cancel", "refuse_cancel"):
        referral = move(world.police, referral, "request_cancel")
    if action in ("redirect", "resend"):
        details["to_team"] = world.teams["other_trust"]
    if action == "police_reassess":
        details["threshold_decision"] = decide_anew(world, referral).pk
    moved = move(actor, referral, action, **details)
    assert moved.state == (step.to or state)
    assert_nothing_is_unwatched(world, moved)


def assert_nothing_is_unwatched(world, referral: Referral) -> None:
    with acting_for(world.police.agency_id):
        case = Case.objects.get(pk=referral.case_id)
        waiting = Clock.objects.running().filter(case=case)
        assert case.state == "closed" or waiting.exists()
        assert not referral.is_open or waiting.filter(referral=referral).exists()
