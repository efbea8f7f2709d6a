"""The day by which an agreement is looked at again is told to both sides: before it and once it passed."""

from datetime import UTC, datetime, timedelta

from agencies.acting import acting_for
from notifications.models import Message
from referrals.models.keys import instant
from referrals.pages.inbox import line
from referrals.services import agreement_reviews
from tests.referrals.services.test_agreement import agreed, drafted, edited
from tests.referrals.services.test_agreement import boss as boss  # noqa: PLC0414  # a fixture
from tests.referrals.services.test_agreement_dates import managers

DAY = timedelta(days=1)
REVIEW = datetime(2099, 4, 1, 12, tzinfo=UTC)  # the day that ``edited`` writes


def told(actor):
    with acting_for(actor.agency_id):
        return list(Message.objects.filter(kind="agreement.review").order_by("created_at", "id"))


def look(in_role, *moments):
    with in_role("worker"):
        return [agreement_reviews.tell(now=each) for each in moments]


def test_both_sides_are_told_two_weeks_ahead_and_once_more_when_the_day_has_passed(world, boss, in_role):
    version = agreed(world, boss, instant() + DAY)
    assert look(in_role, REVIEW - 15 * DAY) == [0]
    look(in_role, REVIEW - 14 * DAY, REVIEW - DAY, REVIEW, REVIEW + DAY, REVIEW + 2 * DAY)
    for actor, name in ((world.police, "police"), (world.trust, "trust")):
        assert {each.membership_id for each in told(actor)} == managers(world, name) != set()
        said = [each.data["said"][0] for each in told(actor)]
        assert dict.fromkeys(said) == dict.fromkeys(
            f"{version} {word} to be looked at again by 1 April 2099" for word in ("is", "was")
        )
        assert len(said) == 2 * len(managers(world, name)), "each once"
        assert line(told(actor)[0], "tracker")["text"].endswith(said[0])
    assert told(world.other_trust) == []


def test_what_a_further_version_replaced_or_nobody_agreed_is_told_to_nobody(world, boss, in_role):
    agreed(world, boss, instant() + DAY)
    holds = agreed(world, boss, instant() + 2 * DAY)
    edited(boss("trust"), drafted(world, boss("trust"), "conveyance"))
    look(in_role, REVIEW)
    assert {each.data["version"] for each in told(world.police)} == {holds.pk}


def test_a_day_that_passed_long_ago_is_told_no_more(world, boss, in_role):
    agreed(world, boss, instant() + DAY)
    assert look(in_role, REVIEW + 8 * DAY) == [0]
