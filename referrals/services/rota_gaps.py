"""Gaps of the rota before they happen: told to managers, once a week and 72 hours ahead, in words.

From the rota, which is small, never from what is stored of cases. Repeating is safe: each is told once.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

import notifications.services as notifications
from agencies import duty
from agencies.instants import LONDON
from agencies.models import Agency, Membership, Team
from agencies.roles import Role

WEEKS = timedelta(days=14)
NOTICE = timedelta(hours=72)
MOST = 20
"""Gaps in one message: the page has them all."""
THEN = (("email", 60),)

Gaps = Sequence[tuple[duty.Gap, str]]


def ahead(agency_id: int, now: datetime, length: timedelta = WEEKS) -> Gaps:
    """The agency's gaps from now on, the first to begin first, each with its words."""
    plan, teams = duty.plan(agency_id, now, now + length)
    return [(gap, duty.in_words(gap, teams[gap.team].name)) for gap in duty.gaps(plan, now, now + length)]


@transaction.atomic
def tell(*, now: datetime) -> int:
    """Owe every agency's managers what is due to be told; how many messages, those told before included."""
    owed: list[notifications.Owed] = []
    for agency in Agency.objects.filter(pk__in=Team.objects.values("agency")):
        found = ahead(agency.pk, now)
        if found:
            told = managers(agency.pk)
            owed += [*_weekly(agency.pk, found, told, now), *_soon(found, told, now)]
    return notifications.enqueue(owed, at=now)


def managers(agency_id: int) -> list[notifications.Recipient]:
    """Its managers; of an agency without any, its duty contact."""
    held = Membership.objects.current().filter(
        agency=agency_id, role__in=[Role.MANAGER, Role.DIRECTOR], user__is_active=True
    )
    found = [notifications.Recipient(agency_id, each.pk, role=each.role) for each in held]
    return found or [notifications.Recipient(agency_id, role="duty contact")]


def _weekly(
    agency_id: int, found: Gaps, told: Iterable[notifications.Recipient], now: datetime
) -> Iterable[notifications.Owed]:
    """In each of London's weeks, at the first look."""
    year, week, _ = now.astimezone(LONDON).isocalendar()
    monday = date.fromisocalendar(year, week, 1)
    said = [words for _, words in found[:MOST]]
    for who in told:
        yield _owed(f"rota-week:{agency_id}:{monday}", monday, "rota.week", who, said)


def _soon(
    found: Gaps, told: Sequence[notifications.Recipient], now: datetime
) -> Iterable[notifications.Owed]:
    """Each gap that begins within 72 hours, and has not begun."""
    for gap, words in found:
        if now < gap.begins <= now + NOTICE:
            key = f"rota-gap:{gap.team}:{gap.tier}:{gap.begins.isoformat()}"
            for who in told:
                yield _owed(key, gap.begins.date(), "rota.gap", who, [words])


def _owed(
    key: str, day: date, kind: str, who: notifications.Recipient, said: list[str]
) -> notifications.Owed:
    data: dict[str, Any] = {"said": said}
    return notifications.Owed(
        key=key, case_id=None, opened_on=day, about="rota", kind=kind, recipient=who, data=data, then=THEN
    )
