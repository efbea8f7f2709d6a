"""In whose name a command acts, and about whose membership."""

from collections.abc import Sequence

from django.core.management.base import CommandError

from agencies.acting import Actor, member
from agencies.models import Membership
from agencies.services import RUNS_THE_AGENCY


def in_charge(agency: str, user: str) -> Actor:
    """The manager or director of this agency with this user name, as who acts."""
    held = Membership.objects.current().select_related("agency", "team", "user")
    found = held.filter(agency__code=agency, user__username=user, role__in=RUNS_THE_AGENCY).first()
    if found is None:
        raise CommandError(f"{user} is no manager or director of {agency}")
    return member(found)


def memberships(agency: str, user: str, team: str | None) -> Sequence[Membership]:
    """What this person is in the agency now, or in one team of it. Never nothing."""
    held = Membership.objects.current().select_related("agency", "team", "user")
    found = held.filter(agency__code=agency, user__username=user)
    if team is not None:
        found = found.filter(team__code=team)
    if not found:
        where = f"team {team} of {agency}" if team else agency
        raise CommandError(f"{user} is no member of {where}")
    return found.order_by("pk")
