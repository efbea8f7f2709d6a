"""A gap of the rota is told while somebody can fill it, and whether that is looked for is watched."""

from datetime import time, timedelta

import pytest

from agencies.acting import acting_for
from agencies.desks import Span
from agencies.models import Membership
from agencies.roles import Role
from agencies.services import Change, Refused
from notifications.models import Message
from referrals import tasks
from referrals.models import Heartbeat
from referrals.models.keys import instant
from referrals.services import desks, handback, rota_gaps
from tests.factories.agencies import MembershipFactory, ShiftFactory
from tests.factories.world import act

HOUR = timedelta(hours=1)


@pytest.fixture
def manager(world):
    return world.trust.asserting(type(world.trust.person)("Max Example", "manager", "020 7946 0103"))


@pytest.fixture
def shift(world):
    """Out of hours a supervisor of the trust's desk is on call, and nobody else."""
    desk = world.teams["trust"]
    desk.always_open = False
    desk.save()
    held = Membership.objects.get(team=desk, role=Role.SUPERVISOR)
    now = instant()
    return ShiftFactory(team=desk, tier=Role.SUPERVISOR, membership=held, during=(now - HOUR, now + 8 * HOUR))


def change(shift, begins=None, by=None):
    begins = begins or instant()
    return Change(shift.team_id, Role.SUPERVISOR, (begins, shift.during[1]), by, shift.membership_id, "Ill.")


def told(world):
    with acting_for(world.trust.agency_id):
        return list(Message.objects.filter(kind="rota.gap", data__said__0__icontains="supervisor"))


@pytest.mark.parametrize("later", [timedelta(0), timedelta(minutes=20)])
def test_a_change_that_leaves_nobody_is_told_at_once_with_e_mail_after_minutes(world, manager, shift, later):
    act(manager, rota_gaps.override, change=change(shift, instant() + later))
    found = told(world)
    assert {each.membership.role for each in found} == {"manager", "director"}
    assert {tuple(each.then[0]) for each in found} == {("email", 3)}


def test_a_change_to_somebody_else_makes_no_gap(world, manager, shift):
    other = MembershipFactory(team=shift.team, role=Role.SUPERVISOR)
    act(manager, rota_gaps.override, change=change(shift, by=other.pk))
    assert told(world) == []


def test_a_change_withdrawn_leaves_its_gap_behind(world, manager, shift):
    """Whoever had the shift has left since: only the change filled it."""
    other = MembershipFactory(team=shift.team, role=Role.SUPERVISOR)
    made = act(manager, rota_gaps.override, change=change(shift, by=other.pk))
    act(manager, handback.leave, membership_id=shift.membership_id)
    assert told(world) == []
    act(manager, rota_gaps.withdraw_override, override_id=made.pk)
    assert told(world)


def test_somebody_who_leaves_while_on_call_leaves_a_gap(world, manager, shift):
    act(manager, handback.leave, membership_id=shift.membership_id)
    assert told(world)


def test_a_sole_supervisor_who_becomes_something_else_leaves_a_gap(world, manager):
    held = Membership.objects.get(team=world.teams["trust"], role=Role.SUPERVISOR)
    act(manager, rota_gaps.change_role, membership_id=held.pk, role=Role.WORKER)
    assert told(world)


@pytest.mark.parametrize("shorter", [True, False])
def test_hours_that_are_cut_leave_a_gap_and_longer_ones_none(world, manager, shorter):
    desk, days = world.teams["trust"], [Span(day, time(0), time(0)) for day in range(7)]
    hours = {"team_id": desk.pk, "closed_on_bank_holidays": False}
    act(manager, desks.set_hours, hours=days[:1], always=not shorter, **hours)
    assert bool(told(world)) == shorter
    if shorter:
        before = len(told(world))
        act(manager, desks.set_hours, hours=days, always=False, **hours)
        assert len(told(world)) == before


def test_a_swap_with_somebody_who_has_left_leaves_a_gap(world, manager, shift):
    other = MembershipFactory(team=shift.team, role=Role.SUPERVISOR)
    later = ShiftFactory(membership=other, during=(shift.during[1], shift.during[1] + 8 * HOUR))
    for each in (shift, later):
        each.refresh_from_db()
    act(manager, handback.leave, membership_id=other.pk)
    before = len(told(world))
    act(manager, rota_gaps.swap, first=shift, second=later, reason="A school play.")
    assert len(told(world)) > before


def test_what_was_a_gap_before_is_not_told_again_and_what_is_refused_tells_nobody(world, manager, shift):
    act(manager, rota_gaps.override, change=change(shift))
    before = len(told(world))
    worker = MembershipFactory(team=shift.team, role=Role.WORKER)
    act(manager, handback.leave, membership_id=worker.pk)
    with pytest.raises(Refused):
        act(manager, rota_gaps.override, change=change(shift))
    assert len(told(world)) == before


def test_one_agency_whose_rota_fails_silences_no_other_and_is_loud(world, shift, in_role, monkeypatch):
    whole = rota_gaps.ahead

    def ahead(agency_id, *words):
        if agency_id == world.police.agency_id:
            raise ValueError
        return whole(agency_id, *words)

    monkeypatch.setattr(rota_gaps, "ahead", ahead)
    with in_role("worker"):
        tasks.tell_gaps()
        assert "rota of 1 agencies" in Heartbeat.objects.get(part="rota").trouble
        assert Message.objects.filter(kind="rota.week", agency=world.trust.agency_id).exists()
        monkeypatch.undo()
        Heartbeat.objects.filter(part="rota").delete()
        tasks.tell_gaps()
        assert Heartbeat.objects.get(part="rota").trouble == ""


def test_it_looks_once_an_hour_however_often_it_is_woken(world, in_role, monkeypatch):
    with in_role("worker"):
        tasks.tell_gaps()
        monkeypatch.setattr(rota_gaps, "tell", lambda **said: pytest.fail("looked again"))
        tasks.tell_gaps()
        tasks.tell_dates()
        assert set(Heartbeat.objects.values_list("part", flat=True)) >= {"rota", "dates"}
