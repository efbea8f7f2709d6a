"""A measure as it is told: what over what, what was left out and why, by which version of its definition.

Measured, never modelled, over what the reader's agency may see. Counts below five are not shown, lest they
point at somebody (ours, as national statistics on few people do it); nor is a line from which one could be
worked out.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection

from agencies.acting import Actor

SMALLEST = 5


@dataclass(frozen=True)
class Asked:
    """Over whose rows, from an instant up to, not including, another (UTC), and grouped how."""

    actor: Actor
    since: datetime
    until: datetime
    now: datetime
    by: str = "all"


class Line(NamedTuple):
    """One line of a measure: numerator over denominator, and the figure that they make."""

    group: str
    numerator: float
    denominator: int
    value: float | None


class Tally(NamedTuple):
    """A measure as it was counted: over how many in all, and how many were left out, by why."""

    lines: Sequence[Line]
    counted: int
    left_out: Mapping[str, int]


@dataclass(frozen=True)
class Definition:
    """What a measure counts. ``version`` changes with the words, never with the figures.

    ``of_people`` says that the numerator counts people, so that small ones are not shown.
    """

    title: str
    version: int
    numerator: str
    denominator: str
    exclusions: str
    unit: str
    count: Callable[[Asked], Tally]
    groups: tuple[str, ...] = ("all",)
    of_people: bool = True


@dataclass(frozen=True)
class Told:
    """A measure with its figures, each with whether it may be shown."""

    name: str
    definition: Definition
    asked: Asked
    tally: Tally

    @property
    def shown(self) -> list[tuple[Line, bool]]:
        """Each line, and whether it is hidden. One hidden alone would be the total less the others: the
        smallest of those goes with it."""
        lines = self.tally.lines
        hidden = {number for number, line in enumerate(lines) if self._is_small(line)}
        rest = [number for number in range(len(lines)) if number not in hidden]
        if len(hidden) == 1 and rest:
            hidden.add(min(rest, key=lambda number: lines[number].denominator))
        return [(line, number in hidden) for number, line in enumerate(lines)]

    @property
    def counted(self) -> int | None:
        """Over how many in all; None where that would give a hidden line away."""
        return None if any(hidden for _, hidden in self.shown) else self.tally.counted

    @property
    def left_out(self) -> dict[str, int | None]:
        """How many were left out, by why; None for so few that they are not shown."""
        return {why: None if 0 < n < SMALLEST else n for why, n in self.tally.left_out.items()}

    def _is_small(self, line: Line) -> bool:
        if 0 < line.denominator < SMALLEST:
            return True
        counts = (line.numerator, line.denominator - line.numerator)
        return self.definition.of_people and any(0 < count < SMALLEST for count in counts)


def week_of(instant: str) -> str:
    """The SQL of the week in which an instant lies: London's, as ISO 8601 numbers them, such as 2026-W48."""
    return f"""to_char({instant} at time zone 'Europe/London', 'IYYY"-W"IW')"""


def share(group: str, part: int, whole: int) -> Line:
    """A line of a measure in per cent; of nothing there is no share."""
    return Line(group, part, whole, round(100 * part / whole, 1) if whole else None)


def lines_of(statement: str, asked: Asked, **lists: list[str]) -> list[tuple[Any, ...]]:
    """What one query of a measure finds, over the agency's rows of the period."""
    words: dict[str, Any] = {
        "agency": asked.actor.agency_id,
        "since": asked.since,
        "until": asked.until,
        "now": asked.now,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, {**words, **lists})
        return cursor.fetchall()


def rows(statement: str, asked: Asked, columns: int, **lists: list[str]) -> list[tuple[Any, ...]]:
    """The same by group, in its order; of nothing, one row of noughts."""
    return lines_of(statement, asked, **lists) or [("all", *([0] * (columns - 1)))]
