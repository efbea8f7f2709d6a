"""The last rung of a ladder says of itself that it is the last: whoever is told then is told for certain."""

from datetime import timedelta

import pytest

from notifications.models import Message
from referrals.domain.referral import State
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
