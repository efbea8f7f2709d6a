"""The last rung of a ladder says of itself that it is the last: whoever is told then is told for certain."""

from datetime import timedelta
from importlib import import_module

import pytest
from django.db import connection
from django.db.models import F

from notifications.models import Message
from referrals.domain.referral import State
from referrals.models import Clock
from referrals.models.keys import instant
from referrals.services import engine
from tests.factories.world import referral_at


@pytest.mark.parametrize(("later", "last"), [(timedelta(minutes=8), False), (timedelta(days=9), True)])
def test_only_the_last_rung_is_marked(world, in_role, later, last):
    referral_at(State.SENT, world)  # at P2 somebody acknowledges within 15 minutes
    with in_role("worker"):
        engine.tick(now=instant() + later)
        told = Message.objects.filter(kind="escalation.fired", data__clock="acknowledge")
        assert {each.data.get("last", False) for each in told} == {last}


def test_a_power_that_had_ended_before_its_ladder_grew_is_looked_at_for_the_new_rung(world, in_role):
    """As the migration leaves it: an hour after the end, and what somebody took as they promised."""
    ended = referral_at(State.SENT, world)
    taken = referral_at(State.SENT, world)
    grown = import_module("referrals.migrations.0138_an_ended_power_is_looked_at")
    far = F("target_at") + timedelta(days=28)
    with in_role("owner"), connection.cursor() as cursor:
        old = Clock.objects.filter(kind="first_contact", stopped_at=None)
        old.update(kind="missing_power", step=4, next_look_at=far)
        Clock.objects.filter(kind="missing_power", case=taken.case_id).update(
            quiet_until=far, taken_at=F("started_at"), taken_by={"name": "Amy Example"}
        )
        cursor.execute(grown.FORWARD)
        found = {each.case_id: each.next_look_at - each.target_at
                 for each in Clock.objects.filter(kind="missing_power")}  # fmt: skip
    assert found == {ended.case_id: timedelta(hours=1), taken.case_id: timedelta(days=28)}
