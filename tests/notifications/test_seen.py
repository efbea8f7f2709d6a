"""Seen is displayed to a person who is signed in: not delivered, not fetched by a system."""

import pytest

from agencies.acting import acting_for
from notifications import services
from notifications.models import Message
from notifications.services import Owed, Recipient
from referrals.domain.referral import State
from tests.factories.agencies import MembershipFactory, member_actor
from tests.factories.world import make_world, referral_at


@pytest.fixture
def world(db):
    return make_world()


@pytest.fixture
def told(world):
    """A message to the trust's desk, as sending a referral makes one."""
    referral_at(State.SENT, world)
    with acting_for(world.trust.agency_id):
        return Message.objects.get(kind="referral.sent", team=world.teams["trust"])


def seen_by(actor, *messages):
    with acting_for(actor.agency_id):
        return services.mark_seen([each.pk for each in messages], by=actor)


def test_a_member_of_the_desk_sees_its_message_once(world, told):
    nurse = member_actor(MembershipFactory(team=world.teams["trust"]))
    assert seen_by(nurse, told) == 1
    assert seen_by(nurse, told) == 0
    with acting_for(nurse.agency_id):
        assert Message.objects.get(pk=told.pk).seen_at is not None


def test_a_system_that_reads_it_has_not_seen_it(world, told):
    assert seen_by(world.trust, told) == 0


def test_another_desk_and_another_agency_cannot_see_it_for_them(world, told):
    elsewhere = member_actor(MembershipFactory(team=world.teams["police"]))
    assert seen_by(elsewhere, told) == 0


def test_what_is_owed_to_one_person_is_not_seen_by_a_colleague(world, told):
    amy, ben = (MembershipFactory(team=world.teams["trust"]) for _ in range(2))
    owed = Owed("k", told.case_id, told.opened_on, told.about, "clock", Recipient(amy.agency_id, amy.pk))
    with acting_for(amy.agency_id):
        services.enqueue([owed], at=told.created_at)
        mine = Message.objects.get(membership=amy)
    assert seen_by(member_actor(ben), mine) == 0
    assert seen_by(member_actor(amy), mine) == 1
