"""Time is the database's: a machine whose own clock is hours wrong changes nothing."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from agencies.acting import acting_for
from referrals.domain.referral import State
from referrals.models import Clock, Escalation, Event, Move
from referrals.models.keys import instant
from referrals.services import engine
from tests.factories.world import move, referral_at

WRONG = [timedelta(hours=3), timedelta(hours=-3), timedelta(days=-200)]


@pytest.mark.parametrize("wrong", WRONG)
def test_a_machine_with_a_wrong_clock_starts_and_meets_promises_in_the_databases_time(world, wrong):
    before = instant()
    with time_machine.travel(datetime.now(UTC) + wrong, tick=True):
        referral = referral_at(State.SENT, world)
        move(world.trust, referral, "acknowledge")
    after = instant()
    with acting_for(world.police.agency_id):
        clock = Clock.objects.get(referral=referral, kind="acknowledge")
        moments = [clock.started_at, clock.met_at]
        moments += Move.objects.filter(referral=referral).values_list("recorded_at", flat=True)
        moments += Event.objects.filter(referral=referral).values_list("recorded_at", flat=True)
    assert all(before <= moment <= after for moment in moments)


@pytest.mark.parametrize("wrong", WRONG)
def test_a_tick_on_a_machine_with_a_wrong_clock_is_neither_early_nor_late(world, in_role, wrong):
    referral = referral_at(State.SENT, world)
    with in_role("worker"), time_machine.travel(datetime.now(UTC) + wrong, tick=True):
        assert engine.tick().fired == 0
        Clock.objects.filter(referral=referral, kind="acknowledge").update(
            started_at=instant() - timedelta(minutes=8),
            target_at=instant() + timedelta(minutes=7),
            next_look_at=instant() - timedelta(seconds=1),
        )
        assert engine.tick().fired == 1
        assert Escalation.objects.get(referral=referral).percent == 50
