"""In whose name a command acts, and about which agency, team and membership."""

from collections.abc import Sequence

from django.core.management.base import CommandError

from agencies.acting import Actor, member
from agencies.models import Agency, Membership, Team
from agencies.people import has_nobody_in_charge
from agencies.services import RUNS_THE_AGENCY


def agency_called(code: str) -> Agency:
    """The agency with this code."""
    found = Agency.objects.filter(code=code).first()
    if found is None:
        raise CommandError(f"there is no agency {code}")
    return found


def team_called(code: str) -> Team:
    """The team with this code, with its agency."""
    found = Team.objects.select_related("agency").filter(code=code).first()
    if found is None:
        raise CommandError(f"there is no team {code}")
    return found


def who_says(agency: Agency, user: str | None) -> Actor | None:
    """Who runs the agency; nobody but whoever operates the system, where nobody of the agency can."""
    if user is not None:
        return in_charge(agency.code, user)
    if has_nobody_in_charge(agency):
        return None
    raise CommandError(f"{agency} has a manager: name one with --by")


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
