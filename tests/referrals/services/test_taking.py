"""Somebody takes a late clock: the repetition stops, the clock does not; and a promise that slips is told."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from agencies.acting import acting_for
from agencies.models import Membership
from agencies.roles import Role
from notifications.models import Message
from referrals.domain.errors import Invalid, MoveNotAllowed, NotThere, NotYourMove, ReasonNeeded
from referrals.domain.referral import State
from referrals.models import Clock, Escalation, Event
from referrals.models.keys import instant
from referrals.screens.timeline import timeline
from referrals.services import engine, escalation
from tests.factories.agencies import ApiClientFactory, client_actor
from tests.factories.world import act, move, referral_at

MINUTE = timedelta(minutes=1)


@pytest.fixture
def tick(in_role):
    """One look by the engine, so long after now."""

    def look(after):
        with in_role("worker"):
            now = instant() + after
            return engine.tick(now)

    return look


@pytest.fixture
def ringing(world, tick):
    """The decide clock of a P2, half an hour long, shortly after its target."""
    referral = referral_at(State.ACKNOWLEDGED, world)
    tick(31 * MINUTE)
    return clock_of(world.trust, referral, "decide")


def clock_of(actor, referral, kind):
    with acting_for(actor.agency_id):
        return Clock.objects.running().get(referral=referral, kind=kind)


def fresh(actor, clock):
    with acting_for(actor.agency_id):
        return Clock.objects.get(pk=clock.pk)


def events(actor, kind):
    with acting_for(actor.agency_id):
        return list(Event.objects.visible_to(actor).filter(type=kind).order_by("seq"))


def take(actor, clock, **said):
    return act(actor, escalation.take, clock_id=clock.pk, **said)


def test_a_taken_clock_keeps_its_deadline_and_looks_again_after_one_more_target(world, ringing):
    taken = take(world.trust, ringing)
    assert taken.target_at == ringing.target_at
    assert taken.next_look_at == taken.quiet_until == taken.taken_at + 30 * MINUTE
    assert taken.taken_by["name"] == "Amy Example"
    assert events(world.police, "escalation.taken")[0].data["promised"] is False


def test_it_is_quiet_until_the_promised_time_and_told_when_that_slips(world, ringing, tick):
    promised = instant() + 50 * MINUTE
    take(world.trust, ringing, promised_at=promised)
    tick(49 * MINUTE)
    assert fresh(world.trust, ringing).step == 2
    tick(51 * MINUTE)
    after = fresh(world.trust, ringing)
    assert (after.step, after.taken_by, after.taken_at, after.quiet_until) == (3, None, None, None)
    assert events(world.trust, "escalation.fired")[-1].data["slipped"] is True


@pytest.fixture
def reminding(world, tick):
    """The same clock at its half."""
    referral = referral_at(State.ACKNOWLEDGED, world)
    tick(16 * MINUTE)
    return clock_of(world.trust, referral, "decide")


def percents(actor, clock):
    with acting_for(actor.agency_id):
        told = Escalation.objects.filter(clock=clock, superseded=False).order_by("id")
        return list(told.values_list("percent", flat=True))


def test_whoever_takes_a_reminder_keeps_no_breach_from_being_told(world, reminding, tick):
    taken = take(world.trust, reminding, promised_at=instant() + 120 * MINUTE)
    assert taken.next_look_at == taken.target_at
    tick(29 * MINUTE)
    assert percents(world.trust, reminding) == [50]
    tick(31 * MINUTE)
    assert percents(world.trust, reminding) == [50, 100]


def test_after_the_breach_was_told_it_is_quiet_until_the_promised_time(world, reminding, tick):
    taken = take(world.trust, reminding, promised_at=instant() + 50 * MINUTE)
    tick(31 * MINUTE)
    after = fresh(world.trust, reminding)
    assert (after.taken_by, after.next_look_at) == (taken.taken_by, taken.quiet_until)
    assert events(world.trust, "escalation.fired")[-1].data["slipped"] is False
    tick(49 * MINUTE)
    assert percents(world.trust, reminding) == [50, 100]
    tick(51 * MINUTE)
    assert percents(world.trust, reminding) == [50, 100, 150]
    assert fresh(world.trust, reminding).taken_by is None


def test_a_promise_before_the_next_rung_that_slips_tells_the_same_rung_again(world, ringing, tick):
    take(world.trust, ringing, promised_at=instant() + 35 * MINUTE)
    tick(36 * MINUTE)
    with acting_for(world.trust.agency_id):
        fired = Escalation.objects.filter(clock=ringing, superseded=False).order_by("id")
        assert [(each.percent, each.repetition) for each in fired] == [(100, 0), (100, 1)]


def test_the_other_side_is_told_who_has_it(world, ringing):
    take(world.trust, ringing)
    with acting_for(world.police.agency_id):
        assert Message.objects.get(kind="escalation.taken").team_id == world.teams["police"].pk


def test_either_side_may_take_it_and_another_person_may_take_it_over(world, ringing):
    take(world.trust, ringing)
    assert take(world.police, ringing).taken_by["name"] == "Pat Example"


def test_taking_is_neither_acknowledging_nor_accepting(world):
    referral = referral_at(State.SENT, world)
    with pytest.raises(MoveNotAllowed):
        take(world.trust, clock_of(world.trust, referral, "acknowledge"))


def test_a_taken_clock_is_still_met_by_the_deed(world, ringing):
    take(world.trust, ringing)
    with acting_for(world.trust.agency_id):
        referral = ringing.referral
    move(world.trust, referral, "accept")
    assert fresh(world.trust, ringing).met_at is not None
    with pytest.raises(MoveNotAllowed):
        take(world.trust, ringing)


def test_only_a_named_person_of_either_side_takes_it(world, ringing):
    system = client_actor(ApiClientFactory(team=world.teams["trust"]))
    with pytest.raises(ReasonNeeded):
        take(system, ringing)
    with pytest.raises(NotThere):
        take(world.stranger, ringing)
    with pytest.raises(NotThere):
        act(world.trust, escalation.take, clock_id=0)


@pytest.mark.parametrize("ahead", [timedelta(0), -MINUTE, timedelta(hours=24, minutes=1)])
def test_a_promise_is_for_the_next_24_hours(ahead, world, ringing):
    with pytest.raises(Invalid) as refused:
        take(world.trust, ringing, promised_at=instant() + ahead)
    assert "/promised_at" in refused.value.errors


def test_a_clock_given_back_rings_at_once(world, ringing, tick):
    take(world.trust, ringing)
    act(world.trust, escalation.release, clock_id=ringing.pk)
    tick(32 * MINUTE)
    with acting_for(world.trust.agency_id):
        last = Escalation.objects.filter(clock=ringing).latest("id")
    assert (last.percent, last.repetition) == (100, 1)
    assert events(world.trust, "escalation.released")
    with pytest.raises(MoveNotAllowed):
        act(world.trust, escalation.release, clock_id=ringing.pk)


def test_two_who_take_it_at_once_are_both_on_record_and_one_has_it(world, ringing, race):
    outcomes = race(lambda: take(world.trust, ringing), lambda: take(world.police, ringing))
    assert all(outcome.won for outcome in outcomes)
    told = events(world.trust, "escalation.taken")
    assert len(told) == 2
    assert fresh(world.trust, ringing).taken_by["name"] == told[-1].actor["name"]


def test_directors_hand_on_to_both_duty_contacts_and_the_arbiter(world, tick, as_owner):
    referral = referral_at(State.ACKNOWLEDGED, world)
    clock = clock_of(world.trust, referral, "decide")
    arbitrated(as_owner, clock, world.ambulance.agency_code)
    for minutes in (61, 91, 121, 151, 181, 211):
        tick(minutes * MINUTE)
    with acting_for(world.trust.agency_id):
        fired = list(Escalation.objects.filter(clock=clock, superseded=False).order_by("id"))
    assert [each.percent for each in fired] == [200, 200, 200, 200, 600, 600]
    agencies = {each["agency_id"] for each in fired[-1].told}
    assert agencies == {a.agency_id for a in (world.police, world.trust, world.ambulance)}
    assert {each["role"] for each in fired[-1].told} == {"duty contact"}


def arbitrated(connection, clock, code):
    """From now on the clock runs on an agreement of its own, which names this arbiter."""
    connection.execute(
        "with a as (insert into referrals_agreement (name, from_kind, to_kind, category)"
        " values ('pair', 'ambulance_trust', 'nhs_111', '') returning id),"
        " v as (insert into referrals_agreementversion (agreement_id, number, terms, live_from)"
        " select a.id, 1, terms || jsonb_build_object('arbiter', %s::text), '2020-01-01'"
        " from a, referrals_agreementversion where number = 2 returning id)"
        " update referrals_clock set agreement_version_id = v.id from v where referrals_clock.id = %s",
        [code, clock.pk],
    )
    connection.commit()


@pytest.fixture
def demand(world, ringing):
    with acting_for(world.police.agency_id):
        return ringing.demands.get()


def tick_it(actor, demand):
    return act(actor, escalation.tick_demand, demand_id=demand.pk)


def test_a_rungs_demand_waits_until_a_named_person_of_its_side_ticks_it(world, demand):
    assert (demand.code, demand.ticked_at) == ("phone_and_rerun_threshold", None)
    with pytest.raises(NotYourMove):
        tick_it(world.trust, demand)
    with pytest.raises(ReasonNeeded):
        tick_it(client_actor(ApiClientFactory(team=world.teams["police"])), demand)
    with pytest.raises(NotThere):
        tick_it(world.stranger, demand)
    ticked = tick_it(world.police, demand)
    assert ticked.ticked_by["name"] == "Pat Example"
    assert events(world.trust, "demand.ticked")[0].data["demand"]["code"] == demand.code
    with pytest.raises(MoveNotAllowed):
        tick_it(world.police, demand)


def unticked(world):
    with acting_for(world.police.agency_id):
        about = Message.objects.filter(kind="escalation.fired", data__clock="decide")
        return about.latest("created_at", "id").data["unticked"]


def test_an_unticked_demand_is_named_by_each_further_rung_until_it_is_ticked(world, demand, tick):
    tick(46 * MINUTE)
    assert unticked(world) == [demand.code]
    tick_it(world.police, demand)
    tick(61 * MINUTE)
    assert unticked(world) == []


def test_a_tick_can_be_neither_taken_back_nor_forged(world, demand, as_web):
    tick_it(world.police, demand)
    as_web.execute("select set_config('app.agency_ids', %s, false)", [str(world.police.agency_id)])
    for forged in ("ticked_at = null, ticked_by = null", "code = 'x'"):
        with pytest.raises(Exception, match="append-only|permission denied"):
            as_web.execute(f"update referrals_demand set {forged} where id = %s", [demand.pk])
        as_web.rollback()


def test_a_stranger_sees_no_demand(world, demand):
    with acting_for(world.stranger.agency_id):
        assert not type(demand).objects.exists()


def test_what_a_missed_rung_demands_is_still_to_be_done(world, tick):
    referral = referral_at(State.ACKNOWLEDGED, world)
    tick(46 * MINUTE)  # the first look comes at 150%
    clock = clock_of(world.trust, referral, "decide")
    with acting_for(world.police.agency_id):
        assert [each.superseded for each in clock.escalations.order_by("step")] == [True, True, False]
        assert clock.demands.get().code == "phone_and_rerun_threshold"
    assert unticked(world) == ["phone_and_rerun_threshold"]


def test_a_late_p3_demands_nothing(world, tick):
    referral = referral_at(State.ACKNOWLEDGED, world, priority="P3")
    tick(61 * MINUTE)
    clock = clock_of(world.trust, referral, "decide")
    assert clock.step == 2
    with acting_for(world.police.agency_id):
        assert not clock.demands.exists()
    assert unticked(world) == []


def test_a_rung_that_meets_nobody_on_duty_says_so_in_the_timeline(world, tick, in_role):
    with in_role("owner"):
        Membership.objects.filter(team=world.teams["trust"], role=Role.SUPERVISOR).update(until=Now())
    referral = referral_at(State.SENT, world)
    tick(31 * MINUTE)
    gaps = [each.data for each in events(world.police, "duty.gap") if each.referral_id == referral.pk]
    assert {(each["team_id"], each["tier"]) for each in gaps} >= {(world.teams["trust"].pk, "supervisor")}
    with acting_for(world.police.agency_id):
        told = [line.what for line in timeline(referral.case_id, world.police)]
    assert f"Nobody was on duty as supervisor of {world.teams['trust'].name}: the next one was told" in told
