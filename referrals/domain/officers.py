"""Officers who wait with somebody: how many at each moment, and officer-minutes without counting twice.

Officers are told one by one, by an identifier, or as a number. Who is named and counted as well is one
officer: at any moment there are as many as are named or as were counted, whichever is more.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Protocol


class Wait(Protocol):
    """One officer, or so many, from an instant on; ``until`` is None while they are still there."""

    @property
    def pk(self) -> object:
        """Its key."""

    @property
    def identifier(self) -> str:
        """Which officer; empty where they are counted."""

    @property
    def number(self) -> int | None:
        """How many, where they are counted."""

    @property
    def since(self) -> datetime:
        """From when on."""

    @property
    def until(self) -> datetime | None:
        """Until when."""

    @property
    def supersedes_id(self) -> object | None:
        """The entry that this one corrects or ends."""


def standing(waits: Iterable[Wait]) -> list[Wait]:
    """The entries that hold, by their beginning."""
    waits = list(waits)
    corrected = {each.supersedes_id for each in waits if each.supersedes_id is not None}
    held = (each for each in waits if each.pk not in corrected)
    return sorted(held, key=lambda each: (each.since, str(each.pk)))


def there(waits: Sequence[Wait], at: datetime, end: datetime) -> int:
    """How many officers waited at an instant; whoever is still there waits until ``end``."""
    now = [each for each in waits if each.since <= at < min(each.until or end, end)]
    named = {each.identifier for each in now if each.identifier}
    counted = [each.number for each in now if not each.identifier]
    return max(len(named), counted[-1] or 0 if counted else 0)


def steps(waits: Iterable[Wait], end: datetime) -> Iterator[tuple[datetime, datetime, int]]:
    """From when to when how many officers waited, up to ``end``."""
    held = standing(waits)
    edges = sorted({min(edge, end) for each in held for edge in (each.since, each.until or end)})
    for begins, ends in zip(edges, edges[1:], strict=False):
        yield begins, ends, there(held, begins, end)


def seconds(waits: Iterable[Wait], end: datetime) -> float:
    """Officer-seconds up to ``end``: now, or when the last officer was released."""
    return sum(number * (ends - begins).total_seconds() for begins, ends, number in steps(waits, end))


def minutes(waits: Iterable[Wait], end: datetime) -> int:
    """Whole officer-minutes up to ``end``."""
    return int(seconds(waits, end) // 60)
