"""Instants as partners write them: ISO 8601 with an offset. A time without one is refused, not guessed."""

import re
from datetime import UTC, datetime

from django.utils.dateparse import parse_datetime

FIRST, LAST = datetime(1900, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)

REMEDY = "write it with its offset, as in 2026-11-21T23:41:00Z or 2026-07-01T09:30:00+01:00"
LOST_PLUS = re.compile(r" (\d\d:?\d\d)$")
"""In an address an unescaped plus sign means a space."""


class NotAnInstant(ValueError):
    """What was sent names no instant. The message says why, and the remedy."""


def instant_of(text: object) -> datetime:
    """The instant, in UTC. Raises NotAnInstant."""
    try:
        found = parse_datetime(text.strip()) if isinstance(text, str) else None
    except ValueError:
        raise NotAnInstant(f"there is no such day or time: {REMEDY}") from None
    if found is None:
        raise NotAnInstant(f"this is not an instant: {REMEDY}")
    if found.tzinfo is None:
        raise NotAnInstant(f"a time without an offset could mean two instants: {REMEDY}")
    if not FIRST <= found < LAST:
        raise NotAnInstant("this is not a time of anybody's life")
    return found.astimezone(UTC)


def instant_in_address(text: str) -> datetime:
    """The same from a query parameter."""
    return instant_of(LOST_PLUS.sub(r"+\1", text))
