"""What a unit's first page says of its own patients: who is missing, what is overdue, what was not sent."""

from typing import NamedTuple

from django.db.models import Count, Exists, OuterRef, Q
from django.utils import timezone

from agencies.acting import Actor
from referrals.domain.clocks import ClockKind
from referrals.domain.missing import State
from referrals.models import Clock, MissingReport


class OwnMissing(NamedTuple):
    """How many patients are missing, or found and not back; how many reviews overdue, reports unsent."""

    missing: int
    found: int
    overdue: int
    unsent: int


def own_missing(actor: Actor) -> OwnMissing:
    """Of the reader's own agency's units. One query."""
    late = Clock.objects.visible_to(actor).running().filter(
        case=OuterRef("case"), kind=ClockKind.MISSING_REVIEW, target_at__lte=timezone.now()
    )  # fmt: skip
    own = MissingReport.objects.visible_to(actor).filter(
        unit_agency=actor.agency_id, state__in=[State.DRAFT, State.REPORTED, State.LOCATED]
    )
    found = own.aggregate(
        missing=Count("id", filter=Q(state=State.REPORTED)),
        found=Count("id", filter=Q(state=State.LOCATED)),
        overdue=Count("id", filter=Q(state=State.REPORTED) & Exists(late)),
        unsent=Count("id", filter=Q(state=State.DRAFT)),
    )
    return OwnMissing(**found)
