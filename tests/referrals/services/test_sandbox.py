"""In a sandbox time is put forward; a real deadline is nobody's to move."""

from datetime import timedelta

import pytest
from django.db import connection

from agencies.acting import acting_for
from agencies.models import Agency
from referrals.domain.clocks import ClockKind
from referrals.domain.errors import MoveNotAllowed, NotThere, NotYourMove
from referrals.domain.referral import State
from referrals.models import Clock, Escalation, Event, Referral
from referrals.services import engine, sandbox
from tests.factories.world import act, referral_at
from tests.referrals.reporting.conftest import anchors as anchors  # noqa: PLC0414  # a fixture
from tests.referrals.reporting.conftest import proven as proven  # noqa: PLC0414  # a fixture
from tests.referrals.services.detaining import arrive, ask, detain


@pytest.fixture
def sandboxes(world):
    """The police and the trust are a sandbox's; the others are real."""
    Agency.objects.filter(code__in=["police", "trust"]).update(sandbox=True)
    for team in world.teams.values():
        team.agency.refresh_from_db()
    return world


def targets(world, referral):
    with acting_for(world.police.agency_id):
        found = Clock.objects.filter(case=referral.case_id, stopped_at=None).order_by("id")
        return list(found.values_list("target_at", flat=True)), Referral.objects.get(pk=referral.pk).breach_at


def test_every_deadline_moves_by_as_much_and_what_falls_due_is_told(sandboxes, proven, in_role):
    world, referral = sandboxes, referral_at(State.SENT, sandboxes)
    before, breach = targets(world, referral)
    assert act(world.police, sandbox.advance, minutes=20, reference=referral.case_reference) == 1
    after, moved = targets(world, referral)
    assert {b - a for a, b in zip(after, before, strict=True)} == {timedelta(minutes=20)}
    assert breach - moved == timedelta(minutes=20)
    with in_role("worker"):
        assert engine.tick().fired > 0
        assert Escalation.objects.filter(referral=referral.pk).exists()
        assert Event.objects.get(type="sandbox.advanced").data == {"minutes": 20}
    assert proven() == {}


def test_without_a_case_every_one_of_sandboxes_alone_is_moved(world):
    """Mixed cases are of before the two were kept apart: the flag is set after the real desk was asked."""
    mixed = referral_at(State.SENT, world, to_team=world.teams["ambulance"])
    Agency.objects.filter(code__in=["police", "trust"]).update(sandbox=True)
    referral = referral_at(State.SENT, world)
    before = targets(world, mixed)
    assert act(world.police, sandbox.advance, minutes=5) == 1
    assert targets(world, mixed) == before
    with pytest.raises(MoveNotAllowed):
        act(world.police, sandbox.advance, minutes=5, reference=mixed.case_reference)
    assert targets(world, referral)[0]


def test_how_long_somebody_may_be_detained_does_not_move(sandboxes):
    held = detain(sandboxes.police, 90)
    asked = ask(sandboxes, held)[0]
    arrive(sandboxes, held, 60)
    before = limit(sandboxes, held)
    breach = targets(sandboxes, asked)[1]
    assert act(sandboxes.police, sandbox.advance, minutes=20, reference=asked.case_reference) == 1
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")  # as at commit
    assert limit(sandboxes, held) == before
    assert breach - targets(sandboxes, asked)[1] == timedelta(minutes=20)


def limit(world, held):
    with acting_for(world.police.agency_id):
        clock = Clock.objects.get(case=held.case_id, kind=ClockKind.DETENTION_LIMIT, stopped_at=None)
    return clock.started_at, clock.target_at, clock.next_look_at


def test_elsewhere_it_is_refused(world):
    referral = referral_at(State.SENT, world)
    before = targets(world, referral)
    with pytest.raises(NotYourMove):
        act(world.police, sandbox.advance, minutes=5)
    Agency.objects.filter(code="stranger").update(sandbox=True)
    with pytest.raises(NotThere):
        act(world.stranger, sandbox.advance, minutes=5, reference=referral.case_reference)
    assert targets(world, referral) == before
