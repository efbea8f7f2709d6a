"""What every test of notifications may ask for."""

import pytest

from referrals.domain.referral import State
from tests.factories.world import make_world, referral_at


@pytest.fixture
def world(db):
    """Police, two trusts, an ambulance service and a stranger."""
    return db.scene("world", make_world)


@pytest.fixture
def sent(world):
    """A referral that waits."""
    return referral_at(State.SENT, world)
