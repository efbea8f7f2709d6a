"""People at their desks, each with a browser that is signed in."""

from collections.abc import Callable

import pytest
from django.test import Client

from agencies.acting import acting_for
from agencies.models import Membership
from agencies.roles import Role
from referrals.models import Referral
from tests.factories.agencies import MembershipFactory


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def desk(world) -> Callable[..., Client]:
    """``desk("police")``: a supervisor of the world's police, signed in; or another agency's or role."""

    def open_desk(name, role=Role.SUPERVISOR):
        held = Membership.objects.filter(team=world.teams[name], role=role).select_related("user").first()
        return signed_in((held or MembershipFactory(team=world.teams[name], role=role)).user)

    return open_desk


@pytest.fixture
def stands(world) -> Callable[[Referral], Referral]:
    """The referral as its sender finds it now."""

    def read(referral):
        with acting_for(world.police.agency_id):
            return Referral.objects.visible_to(world.police).get(pk=referral.pk)

    return read
