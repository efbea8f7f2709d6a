"""The first page: what needs this agency now."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from referrals.domain.referral import OPEN, RETURNED, State
from referrals.models import Referral
from referrals.pages.filters import turn_of
from referrals.reporting.places import waiting
from referrals.screens.access import Page
from referrals.screens.paging import first_of
from referrals.screens.rows import Row, as_rows

SOON = timedelta(minutes=15)
SHORT = 3


@dataclass(frozen=True)
class Block:
    """One count and its short list."""

    key: str
    title: str
    count: int
    rows: list[Row]
    address: str

    @property
    def more(self) -> int:
        """How many the short list leaves out."""
        return self.count - len(self.rows)


def blocks_of(agency_id: int, now: datetime) -> dict[str, tuple[str, str, Q]]:
    """Key → title, the list's filter, and the condition."""
    from_us, to_us = Q(from_agency_id=agency_id), Q(to_agency_id=agency_id)
    return {
        "late": (
            "Past a deadline: ours to act",
            "due=late&turn=ours",
            Q(breach_at__lte=now) & turn_of(agency_id),
        ),
        "owed": (
            "Past a deadline: others must act",
            "due=late&turn=others",
            Q(breach_at__lte=now) & ~turn_of(agency_id),
        ),
        "soon": (
            "Deadline within 15 minutes",
            "due=soon",
            Q(breach_at__gt=now, breach_at__lte=now + SOON),
        ),
        "returned": (
            "Came back to us: say what happens next",
            "side=sent&state=returned",
            from_us & Q(state__in=RETURNED),
        ),
        "unanswered": (
            "We sent, nobody has acknowledged",
            "side=sent&state=sent",
            from_us & Q(state=State.SENT),
        ),
        "received": (
            "Sent to us, not acknowledged",
            "side=received&state=sent",
            to_us & Q(state=State.SENT),
        ),
        "ours": (
            "Our answer is needed",
            "side=sent&state=ours",
            from_us & Q(state__in=[State.INFO_REQUESTED, State.COMPLETED, State.DRAFT]),
        ),
    }


class Home(Page):
    """What is late, what will be, what came back, and what nobody has taken."""

    template, part = "tracker/home.html", "tracker/home_live.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        """Who waits in a query, counts in two, a short list in two at most, the people of all in one."""
        now = timezone.now()
        wanted = blocks_of(self.actor.agency_id, now)
        own = [part.filter(state__in=OPEN) for part in Referral.objects.visible_own_parts(self.actor)]
        counts = counted(own, {key: block[2] for key, block in wanted.items()})
        first = {
            key: first_of([part.filter(condition) for part in own], "", SHORT) if counts[key] else []
            for key, (_, _, condition) in wanted.items()
        }
        shown = iter(as_rows([line for lines in first.values() for line in lines], self.actor))
        blocks = [
            Block(
                key,
                title,
                counts[key],
                [next(shown) for _ in first[key]],
                f"{reverse('tracker:list')}?{query}",
            )
            for key, (title, query, _) in wanted.items()
        ]
        return self.show(
            {
                "blocks": blocks,
                "any": any(counts.values()),
                "waiting": waiting(self.actor),
            }
        )


def counted(parts: Iterable[QuerySet[Referral]], wanted: dict[str, Q]) -> dict[str, int]:
    """How many of each, in one query for each part."""
    asked = {key: Count("id", filter=condition) for key, condition in wanted.items()}
    found = [part.aggregate(**asked) for part in parts]
    return {key: sum(each[key] for each in found) for key in wanted}
