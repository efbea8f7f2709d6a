"""What every test of referrals may ask for."""

from collections.abc import Callable

import pytest

from referrals.domain.referral import State
from referrals.models import Referral
from tests.factories.world import World, make_world, referral_at

Standing = tuple[World, Referral]


@pytest.fixture
def world(db) -> World:
    """Police, two trusts, an ambulance service and a stranger."""
    return db.scene("world", make_world)


@pytest.fixture
def standing(db) -> Callable[[State], Standing]:
    """A world of its own with one referral, from the police to the trust, in the state asked for."""

    def walk(state: State) -> Standing:
        world = make_world()
        return world, referral_at(state, world)

    return lambda state: db.scene(f"standing {state}", lambda: walk(state))
