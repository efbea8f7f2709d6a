"""Reading a list on by key: no page is counted from the beginning, and no row is shown twice."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from referrals.models import Referral
from referrals.screens.rows import FIELDS, Row


def key_of(row: Row) -> str:
    """Where the next page goes on."""
    return f"{row.referral['breach_at'].isoformat()}_{row.id}"


def beyond(found: QuerySet[Referral], after: str) -> QuerySet[Referral]:
    """The rows after a key, in order of deadline; a key that is none starts at the beginning."""
    ordered = found.order_by("breach_at", "id")
    moment, _, key = after.partition("_")
    try:
        at, last = datetime.fromisoformat(moment), UUID(key)
    except ValueError:
        return ordered
    if timezone.is_naive(at):
        return ordered
    return ordered.filter(Q(breach_at__gte=at) & (Q(breach_at__gt=at) | Q(id__gt=last)))


def first_of(parts: Iterable[QuerySet[Referral]], after: str, most: int) -> list[dict[str, Any]]:
    """The first so many after a key, of parts that share no row.

    Each part is read in order from its own index, and no further: of an ``or`` PostgreSQL would read all.
    """
    found = [line for part in parts for line in beyond(part, after)[:most].values(*FIELDS, "to_team_id")]
    return sorted(found, key=lambda line: (line["breach_at"], line["id"]))[:most]
