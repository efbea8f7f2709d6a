"""A promised arrival: a clock of its own, which the sender hears of when it slips."""

from datetime import timedelta

import pytest

from agencies.acting import acting_for
from agencies.instants import spelt
from notifications.models import Message
from referrals.domain.errors import Invalid, MoveNotAllowed, NotYourMove, ReasonNeeded, Stale
from referrals.domain.referral import State
from referrals.models import Clock, Demand, Escalation, Event, Referral
from referrals.models.keys import instant
from referrals.services import arrival, contact, engine, risk
from tests.factories.agencies import ApiClientFactory, client_actor
from tests.factories.world import act, move, referral_at

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def accepted(world):
    return referral_at(State.ACCEPTED, world)


def promise(actor, referral, ahead, **said):
    return act(actor, arrival.promise, referral_id=referral.pk, arrives_at=instant() + ahead, **said)


def promised(world, referral):
    with acting_for(world.trust.agency_id):
        return list(Clock.objects.filter(referral=referral, kind="promised_arrival").order_by("id"))


def told(world, kind):
    with acting_for(world.police.agency_id):
        return list(Message.objects.filter(kind=kind, team=world.teams["police"]))


def test_a_promise_has_a_clock_and_the_sender_is_told_when(world, accepted):
    clock = promise(world.trust, accepted, 40 * MINUTE)
    [stored] = promised(world, accepted)
    assert stored.target_at == clock.target_at
    assert told(world, "arrival.promised")[0].data["arrives_at"] == spelt(clock.target_at)
    with acting_for(world.police.agency_id):
        assert Referral.objects.get(pk=accepted.pk).breach_at == clock.target_at
        assert Event.objects.get(type="arrival.promised").referral_id == accepted.pk


def test_nobody_waits_for_longer_than_a_day(world, accepted):
    for ahead in (timedelta(hours=25), timedelta(days=9_999)):
        with pytest.raises(Invalid) as refusal:
            promise(world.trust, accepted, ahead)
        assert set(refusal.value.errors) == {"/arrives_at"}
    promise(world.trust, accepted, timedelta(hours=24) - MINUTE)
    assert len(promised(world, accepted)) == 1


def test_a_promise_that_is_not_kept_climbs_the_ladder(world, accepted, in_role):
    promise(world.trust, accepted, 40 * MINUTE)
    with in_role("worker"):
        engine.tick(instant() + 41 * MINUTE)
        rungs = Escalation.objects.filter(clock__kind="promised_arrival", superseded=False)
        assert [rung.percent for rung in rungs] == [100]
        assert {each["agency_id"] for each in rungs[0].told} == {
            world.trust.agency_id,
            world.police.agency_id,
        }


def test_a_later_time_is_a_slip_that_the_sender_hears_of_and_has_to_review(world, accepted):
    promise(world.trust, accepted, 40 * MINUTE)
    promise(world.trust, accepted, 70 * MINUTE)
    first, second = promised(world, accepted)
    assert (first.met_at, second.stopped_at) == (None, None)
    assert first.stopped_at is not None
    assert told(world, "arrival.slipped")[0].data["arrives_at"] == spelt(second.target_at)
    with acting_for(world.police.agency_id):
        demand = Demand.objects.unticked().get(clock=second)
    assert demand.code == "review_slipped_arrival"


def test_a_promise_that_rings_is_not_put_off_in_silence(world, accepted, in_role):
    """The sender's supervisor hears of it, by e-mail if they open nothing; what was demanded stays."""
    promise(world.trust, accepted, 40 * MINUTE)
    with in_role("worker"):
        engine.tick(instant() + 41 * MINUTE)
    with acting_for(world.police.agency_id):
        assert Demand.objects.unticked().get(referral=accepted).code == "phone_and_rerun_threshold"
    promise(world.trust, accepted, 70 * MINUTE)
    _, second = promised(world, accepted)
    with acting_for(world.police.agency_id):
        codes = set(Demand.objects.unticked().filter(clock=second).values_list("code", flat=True))
    assert codes == {"phone_and_rerun_threshold", "review_slipped_arrival"}
    with acting_for(world.police.agency_id):
        word = Message.objects.select_related("membership").get(
            kind="arrival.slipped", membership__isnull=False
        )
    assert (word.membership.role, word.then[0][0]) == ("supervisor", "email")


def test_an_earlier_time_is_no_slip(world, accepted):
    promise(world.trust, accepted, 70 * MINUTE)
    promise(world.trust, accepted, 40 * MINUTE)
    assert not told(world, "arrival.slipped")
    assert len(told(world, "arrival.promised")) == 2


def test_being_there_keeps_the_promise_and_frees_the_deadline(world, accepted):
    promise(world.trust, accepted, 5 * MINUTE)
    there = act(world.trust, arrival.arrived, referral_id=accepted.pk)
    assert promised(world, accepted)[0].met_at is not None
    with acting_for(world.trust.agency_id):
        start = Clock.objects.running().get(referral=accepted, kind="start")
    assert there.breach_at == start.target_at
    assert told(world, "arrival.arrived")
    with pytest.raises(MoveNotAllowed):
        act(world.trust, arrival.arrived, referral_id=accepted.pk)


def test_meeting_the_person_is_being_there(world, accepted):
    promise(world.trust, accepted, HOUR)
    met = {"channel": "in_person", "with_whom": "person", "outcome": "reached"}
    act(world.trust, contact.log, referral_id=accepted.pk, **met)
    assert promised(world, accepted)[0].met_at is not None


def test_a_promise_runs_on_when_work_starts_by_phone_and_ends_with_the_referral(world, accepted):
    promise(world.trust, accepted, HOUR)
    started = move(world.trust, accepted, "start")
    assert promised(world, accepted)[0].stopped_at is None
    move(world.trust, started, "fail")
    [clock] = promised(world, accepted)
    assert clock.stopped_at is not None
    assert clock.met_at is None


def test_raising_the_risk_leaves_the_promise_as_it_was_given(world, accepted):
    promise(world.trust, accepted, 5 * HOUR)
    act(
        world.police, risk.change, referral_id=accepted.pk, direction="raise", reason="a knife", priority="P1"
    )
    [clock] = promised(world, accepted)
    assert clock.stopped_at is None


def test_only_a_named_person_of_the_receiver_promises(world, accepted):
    with pytest.raises(NotYourMove):
        promise(world.police, accepted, HOUR)
    with pytest.raises(ReasonNeeded):
        promise(client_actor(ApiClientFactory(team=world.teams["trust"])), accepted, HOUR)


@pytest.mark.parametrize("state", [State.DECLINED, State.COMPLETED, State.CANCELLED])
def test_nobody_is_waited_for_once_it_is_over(state, world):
    with pytest.raises(MoveNotAllowed):
        promise(world.trust, referral_at(state, world), HOUR)


def test_a_promise_is_for_a_time_to_come_on_the_version_that_was_read(world, accepted):
    with pytest.raises(Invalid):
        promise(world.trust, accepted, -MINUTE)
    with pytest.raises(Stale):
        promise(world.trust, accepted, HOUR, version=accepted.version - 1)
