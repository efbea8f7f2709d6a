"""A date of an agreement that one side sets or moves is told to the managers of the other, once."""

from datetime import timedelta

from agencies.acting import acting_for
from agencies.instants import on_the_wall
from agencies.models import Membership
from agencies.roles import Role
from notifications.channels import wording
from notifications.models import Message
from referrals.models.keys import instant
from referrals.pages.inbox import line
from referrals.services import agreement_dates
from tests.referrals.services.test_agreement import agreed, dated
from tests.referrals.services.test_agreement import boss as boss  # noqa: PLC0414  # a fixture

DAY = timedelta(days=1)


def told(actor):
    with acting_for(actor.agency_id):
        found = Message.objects.filter(kind="agreement.dated").select_related("membership").order_by("id")
        return list(found)


def managers(world, name):
    held = Membership.objects.filter(agency=world.teams[name].agency, role__in=[Role.MANAGER, Role.DIRECTOR])
    return set(held.values_list("pk", flat=True))


def test_each_date_is_told_to_the_other_sides_managers_once(world, boss, in_role):
    first, later = instant() + 30 * DAY, instant() + 90 * DAY
    version = agreed(world, boss, first)  # the trust sets it
    dated(boss("police"), version, later, "Robin Example asked us to")
    with in_role("worker"):
        for _ in range(2):
            agreement_dates.tell(now=instant())
    for actor, name in ((world.police, "police"), (world.trust, "trust")):
        assert {each.membership_id for each in told(actor)} == managers(world, name) != set()
    (of_police, *_), (of_trust, *_) = told(world.police), told(world.trust)
    assert of_police.data["said"] == [f"{version} holds from {on_the_wall(first)}"]
    moved = f"{version} holds from {on_the_wall(later)}, and no longer from {on_the_wall(first)}"
    assert of_trust.data["said"] == [moved]
    assert line(of_trust, "tracker")["text"].endswith(moved)
    assert wording.subject([of_trust]) == f"Agreement {version}"
    assert moved in wording.line(of_trust)
    assert "Robin" not in str(of_trust.data)


def test_a_date_that_was_set_long_ago_is_told_no_more(world, boss, in_role):
    agreed(world, boss, instant() + 30 * DAY)
    with in_role("worker"):
        assert agreement_dates.tell(now=instant() + 8 * DAY) == 0
    assert told(world.police) == []
