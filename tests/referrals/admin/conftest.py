"""NHS staff, and others with rights to the admin, each with a browser that is signed in."""

from collections.abc import Callable

import pytest
from django.test import Client

from agencies.models import Membership
from agencies.roles import Role
from tests.factories.agencies import MembershipFactory
from tests.referrals.pages.conftest import desk, signed_in, stands

__all__ = ["desk", "staff", "stands"]


@pytest.fixture
def staff(world) -> Callable[..., Client]:
    """``staff("trust")``: a supervisor there with rights to the admin, signed in; or another's or role."""

    def open_desk(name, role=Role.SUPERVISOR):
        held = Membership.objects.filter(team=world.teams[name], role=role).select_related("user").first()
        user = (held or MembershipFactory(team=world.teams[name], role=role)).user
        user.is_staff = True
        user.save()
        return signed_in(user)

    return open_desk
