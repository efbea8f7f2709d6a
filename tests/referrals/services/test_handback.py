"""No work is stranded with somebody who went home: it returns to the team's queue, and says so."""

from datetime import timedelta

import pytest

from agencies.acting import acting_for
from agencies.models import Membership, User
from agencies.services import Refused
from notifications.models import Message
from referrals import tasks
from referrals.domain.referral import State
from referrals.models import Clock, Event, Referral
from referrals.models.keys import instant
from referrals.services import engine, escalation, handback
from tests.factories.agencies import (
    MembershipFactory,
    ShiftFactory,
    ShiftOverrideFactory,
    member_actor,
)
from tests.factories.world import move, referral_at

HOUR = timedelta(hours=1)


@pytest.fixture
def amy(world):
    """A nurse at the trust."""
    return MembershipFactory(team=world.teams["trust"])


@pytest.fixture
def held(world, amy):
    """A referral that Amy acknowledged."""
    return move(member_actor(amy), referral_at(State.SENT, world), "acknowledge")


@pytest.fixture
def sweep(in_role):
    """The worker's, at some time from now."""

    def run(after=timedelta(0)):
        with in_role("worker"):
            return handback.return_work(now=instant() + after)

    return run


@pytest.fixture
def taken(world, amy, in_role):
    """A late clock that Amy took, with a promise for half the night."""
    referral = referral_at(State.ACKNOWLEDGED, world)
    with in_role("worker"):
        engine.tick(instant() + timedelta(minutes=31))
    with acting_for(world.trust.agency_id):
        clock = Clock.objects.running().get(referral=referral, kind="decide")
        return escalation.take(clock_id=clock.pk, by=member_actor(amy), promised_at=instant() + 6 * HOUR)


@pytest.fixture
def ring(in_role):
    """The worker's other sweep, at some time from now."""

    def run(after=timedelta(0)):
        with in_role("worker"):
            return handback.ring_again(now=instant() + after)

    return run


def fresh(world, referral):
    with acting_for(world.trust.agency_id):
        return Referral.objects.get(pk=referral.pk)


def shift(member, begins, ends, **fields):
    now = instant()
    return ShiftFactory(membership=member, during=(now + begins, now + ends), **fields)


def test_it_stays_with_its_holder_during_the_shift_and_returns_at_its_end(world, amy, held, sweep):
    shift(amy, -HOUR, HOUR)
    assert sweep() == 0
    assert fresh(world, held).held_by_id == amy.pk
    assert sweep(HOUR) == 1
    after = fresh(world, held)
    assert (after.held_by_id, after.held_by_name, after.held_by_role) == (None, "", "")
    assert (after.state, after.version) == (held.state, held.version + 1)
    assert sweep(HOUR) == 0


def test_the_case_says_so_the_team_is_told_and_the_clocks_run_on(world, amy, held, sweep):
    shift(amy, -HOUR, HOUR)
    with acting_for(world.trust.agency_id):
        running = set(Clock.objects.running().filter(referral=held).values_list("pk", "target_at"))
    sweep(HOUR)
    with acting_for(world.trust.agency_id):
        event = Event.objects.get(type="referral.returned_to_queue")
        assert event.data == {"cause": "shift_ended", "membership": amy.pk, "version": held.version + 1}
        assert Message.objects.get(kind=event.type).team_id == world.teams["trust"].pk
        assert set(Clock.objects.running().filter(referral=held).values_list("pk", "target_at")) == running


def test_a_shift_that_goes_on_or_is_followed_by_another_keeps_it(amy, held, sweep):
    shift(amy, -HOUR, HOUR)
    shift(amy, HOUR, 3 * HOUR)
    assert sweep(HOUR) == 0
    assert sweep(3 * HOUR) == 1


def test_whoever_is_on_no_rota_holds_on(held, sweep):
    assert sweep(100 * HOUR) == 0


def test_a_shift_that_was_over_before_it_was_taken_says_nothing(amy, world, sweep):
    shift(amy, -3 * HOUR, -HOUR)
    move(member_actor(amy), referral_at(State.SENT, world), "acknowledge")
    assert sweep(HOUR) == 0


def test_whoever_is_sent_home_gives_back_what_they_held(amy, held, sweep, world):
    shift(amy, -HOUR, 8 * HOUR)
    now = instant()
    eve = MembershipFactory(team=amy.team)
    ShiftOverrideFactory(membership=eve, tier=amy.role, instead_of=amy, during=(now, now + 8 * HOUR))
    assert sweep(HOUR) == 1
    with acting_for(world.trust.agency_id):
        assert Event.objects.get(type="referral.returned_to_queue").data["cause"] == "shift_changed"


@pytest.mark.parametrize("gone", ["left", "locked"])
def test_whoever_leaves_or_is_locked_out_gives_back_what_they_held(gone, amy, held, sweep):
    if gone == "left":
        Membership.objects.filter(pk=amy.pk).update(until=instant())
    else:
        User.objects.filter(pk=amy.user_id).update(is_active=False)
    assert sweep() == 1


def test_leaving_gives_it_back_at_once_and_ends_the_session(world, amy, held):
    manager = member_actor(MembershipFactory(team=world.teams["trust"], role="manager"))
    epoch = amy.user.session_epoch
    with acting_for(manager.agency_id):
        handback.leave(membership_id=amy.pk, by=manager)
    assert fresh(world, held).held_by_id is None
    assert User.objects.get(pk=amy.user_id).session_epoch == epoch + 1


def test_a_refused_leave_gives_nothing_back(world, amy, held):
    nurse = member_actor(MembershipFactory(team=world.teams["trust"]))
    with pytest.raises(Refused), acting_for(nurse.agency_id):
        handback.leave(membership_id=amy.pk, by=nurse)
    assert fresh(world, held).held_by_id == amy.pk


def test_a_busy_case_is_left_for_the_next_time(amy, held, sweep, as_superuser):
    shift(amy, -HOUR, HOUR)
    as_superuser.execute("select from referrals_case for update")
    assert sweep(HOUR) == 0
    as_superuser.rollback()
    assert sweep(HOUR) == 1


def test_somebody_else_can_take_it_afterwards(world, amy, held, sweep):
    shift(amy, -HOUR, HOUR)
    sweep(HOUR)
    ben = MembershipFactory(team=world.teams["trust"])
    assert move(member_actor(ben), held, "accept").held_by_id == ben.pk


def test_a_clock_stays_quiet_during_the_takers_shift_and_rings_at_its_end(world, amy, taken, ring, in_role):
    shift(amy, -HOUR, HOUR)
    assert ring() == 0
    assert ring(HOUR) == 1
    assert ring(HOUR) == 0
    with in_role("worker"):
        assert engine.tick(instant() + HOUR).fired >= 1
    with acting_for(world.trust.agency_id):
        assert Clock.objects.get(pk=taken.pk).taken_by is None
        said = Event.objects.get(type="escalation.released").data
    assert (said["cause"], said["membership"], said["clock"]["id"]) == ("shift_ended", amy.pk, taken.pk)


def test_whoever_took_a_clock_on_no_rota_keeps_it(taken, ring):
    assert ring(5 * HOUR) == 0


def test_what_a_leaver_took_rings_at_once(world, amy, taken):
    manager = member_actor(MembershipFactory(team=world.teams["trust"], role="manager"))
    with acting_for(manager.agency_id):
        handback.leave(membership_id=amy.pk, by=manager)
        clock = Clock.objects.get(pk=taken.pk)
        assert clock.next_look_at == clock.quiet_until < taken.quiet_until
        assert Event.objects.get(type="escalation.released").data["cause"] == "left"


def test_the_task_gives_back_and_rings(amy, held, taken, in_role):
    Membership.objects.filter(pk=amy.pk).update(until=instant())
    with in_role("worker"):
        tasks.return_work()
        assert Event.objects.filter(type="referral.returned_to_queue").count() == 1
        assert Event.objects.filter(type="escalation.released").count() == 1


def test_a_taken_clock_of_a_busy_case_is_left_for_the_next_time(amy, taken, ring, as_superuser):
    shift(amy, -HOUR, HOUR)
    as_superuser.execute("select from referrals_case for update")
    assert ring(HOUR) == 0
    as_superuser.rollback()
    assert ring(HOUR) == 1
