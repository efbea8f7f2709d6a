"""What every test of referrals may ask for."""

import pytest

from tests.factories.world import World, make_world


@pytest.fixture
def world(db) -> World:
    """Police, two trusts, an ambulance service and a stranger."""
    return make_world()
