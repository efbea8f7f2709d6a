"""Nothing is done in a case years before what it is about; what was kept on paper is entered all the same."""

from datetime import timedelta

import pytest

from referrals.domain.errors import Invalid
from referrals.domain.referral import State
from referrals.models.keys import instant
from referrals.services import contact, risk, support
from referrals.services import referral as referrals
from tests.factories.world import act, move, referral_at

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CONTACT = {"channel": "phone", "with_whom": "person", "outcome": "reached"}


def acknowledged(world, referral, at):
    move(world.trust, referral, "acknowledge", occurred_at=at)


def contacted(world, referral, at):
    act(world.trust, contact.log, referral_id=referral.pk, occurred_at=at, **CONTACT)


def supported(world, referral, at):
    said = support.Said("professional", "phone", occurred_at=at)
    act(world.trust, support.log, referral_id=referral.pk, said=said)


def raised(world, referral, at):
    said = {"direction": "raise", "reason": "she has a knife", "occurred_at": at}
    act(world.trust, risk.change, referral_id=referral.pk, **said)


ACTS = [acknowledged, contacted, supported, raised]


@pytest.mark.parametrize("ago", [25 * HOUR, 3_650 * DAY])
@pytest.mark.parametrize("doing", ACTS)
def test_what_was_done_long_before_the_case_is_refused(world, doing, ago):
    referral = referral_at(State.SENT, world)
    with pytest.raises(Invalid) as refusal:
        doing(world, referral, instant() - ago)
    assert set(refusal.value.errors) == {"/occurred_at"}


@pytest.mark.parametrize("doing", ACTS)
def test_what_was_done_within_a_day_of_it_is_taken(world, doing):
    doing(world, referral_at(State.SENT, world), instant() - 23 * HOUR)


@pytest.mark.parametrize("doing", ACTS)
def test_a_case_that_is_entered_later_began_when_it_happened(world, doing):
    began = instant() - 90 * DAY
    referral = referral_at(State.SENT, world, occurred_at=began)
    doing(world, referral, began + HOUR)


def test_so_did_a_referral_that_is_entered_in_a_newer_case(world):
    began = instant() - 90 * DAY
    first = referral_at(State.SENT, world)
    asked = world.asked(case=first.case_reference, occurred_at=began, to_team=world.teams["other_trust"])
    second = act(world.police, referrals.create, asked=asked)
    move(world.other_trust, second, "acknowledge", occurred_at=began + HOUR)
