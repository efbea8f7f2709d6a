"""Swaps and overrides of shifts: what was changed wins, who is off is left alone, and each is audited."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import ProgrammingError, transaction

from agencies import services
from agencies.acting import acting_for
from agencies.duty import answering
from agencies.models import AuditEvent, Membership, ShiftOverride
from agencies.roles import Role
from agencies.services import Change, Refused
from tests.factories.agencies import (
    MembershipFactory,
    ShiftFactory,
    ShiftOverrideFactory,
    TeamFactory,
    member_actor,
)

NOW = datetime(2026, 1, 13, 22, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
TONIGHT = (NOW - HOUR, NOW + HOUR)
LATER = (NOW + HOUR, NOW + 2 * HOUR)


@pytest.fixture
def team(db):
    """A team, and a request of its agency."""
    team = TeamFactory()
    with acting_for(team.agency_id):
        yield team


@pytest.fixture
def on_call(team):
    """Two supervisors who are on call together."""
    members = [MembershipFactory(team=team, role=Role.SUPERVISOR) for _ in range(2)]
    for member in members:
        ShiftFactory(membership=member, during=TONIGHT)
    return members


def told(team, at=NOW, tier=Role.SUPERVISOR):
    answer = answering({(team.pk, tier)}, at)[team.pk, tier]
    return [who.membership_id for who in answer.recipients], answer.gap


def change(team, *, by=None, at=TONIGHT, to=None, instead_of=None, reason="sick"):
    wanted = Change(team.pk, Role.SUPERVISOR, at, to and to.pk, instead_of and instead_of.pk, reason)
    return services.override(change=wanted, by=by)


def test_somebody_stands_in_for_one_and_the_other_stays_on_call(team, on_call):
    amy, ben = on_call
    eve = MembershipFactory(team=team)
    change(team, to=eve, instead_of=amy)
    assert told(team) == ([ben.pk, eve.pk], False)


def test_somebody_stands_in_for_everybody(team, on_call):
    eve = MembershipFactory(team=team)
    change(team, to=eve)
    assert told(team) == ([eve.pk], False)


def test_whoever_is_off_without_a_stand_in_is_not_told_as_a_member_either(team, on_call):
    amy, ben = on_call
    director = MembershipFactory(team=team, role=Role.DIRECTOR)
    change(team, instead_of=amy)
    assert told(team) == ([ben.pk], False)
    change(team, instead_of=ben)
    assert told(team) == ([director.pk], True)


def test_a_stand_in_who_has_left_stands_in_for_nobody(team, on_call):
    amy, ben = on_call
    eve = MembershipFactory(team=team)
    change(team, to=eve, instead_of=amy)
    Membership.objects.filter(pk=eve.pk).update(until=NOW - HOUR)
    assert told(team) == ([ben.pk], False)


def test_a_change_ends_and_can_be_withdrawn(team, on_call):
    eve = MembershipFactory(team=team)
    made = change(team, to=eve)
    assert told(team, NOW + HOUR)[0] == [member.pk for member in on_call]
    services.withdraw_override(override_id=made.pk, by=None)
    assert told(team)[0] == [member.pk for member in on_call]
    with pytest.raises(Refused):
        services.withdraw_override(override_id=made.pk, by=None)


def test_two_members_swap_shifts(team):
    amy, ben = (MembershipFactory(team=team, role=Role.SUPERVISOR) for _ in range(2))
    first, second = ShiftFactory(membership=amy, during=TONIGHT), ShiftFactory(membership=ben, during=LATER)
    first.refresh_from_db()
    second.refresh_from_db()
    services.swap(first=first, second=second, reason="school play", by=None)
    assert told(team, NOW)[0] == [ben.pk]
    assert told(team, NOW + HOUR)[0] == [amy.pk]


def test_a_swap_of_which_one_half_clashes_changes_nothing(team):
    amy, ben = (MembershipFactory(team=team, role=Role.SUPERVISOR) for _ in range(2))
    first, second = ShiftFactory(membership=amy, during=TONIGHT), ShiftFactory(membership=ben, during=LATER)
    first.refresh_from_db()
    second.refresh_from_db()
    change(team, at=LATER, instead_of=ben)
    with pytest.raises(Refused):
        services.swap(first=first, second=second, reason="school play", by=None)
    assert ShiftOverride.objects.count() == 1


@pytest.mark.parametrize(
    ("role", "may"),
    [(Role.WORKER, False), (Role.LIAISON, False), (Role.SUPERVISOR, True), (Role.MANAGER, True)],
)
def test_a_supervisor_of_the_agency_changes_shifts_and_it_is_on_record(role, may, team):
    actor = member_actor(MembershipFactory(team=team, role=role))
    eve = MembershipFactory(team=team)
    with acting_for(actor.agency_id):
        if not may:
            with pytest.raises(Refused, match="supervisor"):
                change(team, to=eve, by=actor)
            return
        made = change(team, to=eve, by=actor)
        services.withdraw_override(override_id=made.pk, by=actor)
        lines = AuditEvent.objects.filter(target_label="shiftoverride").order_by("id")
        assert [line.action for line in lines] == ["shift.changed", "shift.change_withdrawn"]
    assert made.made_by["membership_id"] == actor.membership_id


def test_nobody_changes_another_agencys_shifts(team):
    elsewhere = member_actor(MembershipFactory(role=Role.DIRECTOR))
    with pytest.raises(Refused):
        change(team, to=MembershipFactory(team=team), by=elsewhere)


def test_one_shift_is_changed_once_at_a_time_with_a_reason(team, on_call):
    change(team, to=MembershipFactory(team=team), instead_of=on_call[0])
    with pytest.raises(Refused):
        change(team, instead_of=on_call[0])
    with pytest.raises(Refused):
        change(team, instead_of=on_call[1], reason="")
    with pytest.raises(Refused):
        change(team, to=on_call[1], instead_of=on_call[1])
    with pytest.raises(Refused):
        change(team)


def test_a_change_is_never_removed(team):
    made = ShiftOverrideFactory(team=team, membership=MembershipFactory(team=team), during=TONIGHT)
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        ShiftOverride.objects.filter(pk=made.pk)._raw_delete("default")
