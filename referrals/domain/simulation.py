"""What would have fired: the plan of the engine over what really happened, with another agreement's terms.

Nothing is read here. It is the same ``plan``, so that what is simulated is what would have happened, but that
people act as they did then, and that nobody takes an alarm.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from agencies.instants import LONDON
from referrals.domain.clocks import ClockKind, target
from referrals.domain.escalation import Rung, Watch, first_look, ladder_of, plan

NIGHT = (22, 6)
"""From this hour to that, in London, somebody who is told is woken."""
BY_AGREEMENT = frozenset({"targets", "defaults", "categories", "receivers"})
MOST_TOLD = 200
"""Times that one clock is followed: what nobody ever answered would be told for ever."""


class Past(NamedTuple):
    """A promise as it was. ``ends`` is when it was kept or dropped, or else the period's end."""

    kind: str
    priority: str
    category: str
    receiver: str
    started_at: datetime
    target_at: datetime
    ends: datetime
    clause: str
    version: int


@dataclass
class Tally:
    """What one set of terms comes to."""

    clocks: int = 0
    breached: int = 0
    told: int = 0
    woken: int = 0
    posts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, past: Past, target_at: datetime, ladder: Sequence[Rung]) -> None:
        """Live one promise through."""
        self.clocks += 1
        self.breached += past.ends > target_at
        for at, rung in lived(past.started_at, target_at, ladder, past.ends):
            self.told += len(rung.tell)
            self.woken += len(rung.tell) if is_night(at) else 0
            self.posts.update((party.value, str(post)) for party, post in rung.tell)


def lived(
    started_at: datetime, target_at: datetime, ladder: Sequence[Rung], ends: datetime
) -> Iterator[tuple[datetime, Rung]]:
    """Each rung that tells somebody before the promise ends, and when, if every look is made in time."""
    at = first_look(started_at, target_at, ladder)
    watch = Watch(started_at, target_at, 0, 0)
    for _ in range(MOST_TOLD):
        if at >= ends:
            return
        made = plan(watch, ladder, at)
        if made.fired:
            yield at, ladder[made.fired[-1].step]
        watch = replace(watch, step=made.step, repetition=made.repetition)
        at = made.next_look_at


def is_night(at: datetime) -> bool:
    """Whether people sleep then."""
    hour = at.astimezone(LONDON).hour
    return hour >= NIGHT[0] or hour < NIGHT[1]


class Simulation:
    """Promises are put in one by one; ``before`` and ``after`` say what came of them, by priority."""

    def __init__(self, terms: Mapping[str, Any], versions: Mapping[int, Mapping[str, Any]]) -> None:
        self.before: dict[str, Tally] = {}
        self.after: dict[str, Tally] = {}
        self._terms, self._versions = terms, versions
        self._length = lru_cache(maxsize=None)(self._minutes)
        self._ladder = lru_cache(maxsize=None)(self._read_ladder)

    def put(self, past: Past) -> None:
        """One promise, as it was and as it would have been."""
        old, new = self._ladder(past.version, past.kind), self._ladder(None, past.kind)
        self.before.setdefault(past.priority, Tally()).add(past, past.target_at, old)
        self.after.setdefault(past.priority, Tally()).add(past, self._target(past), new)

    def _target(self, past: Past) -> datetime:
        """What somebody promised stays promised."""
        if past.clause.partition(".")[0] not in BY_AGREEMENT:
            return past.target_at
        return past.started_at + self._length(past.kind, past.priority, past.category, past.receiver)

    def _minutes(self, kind: str, priority: str, category: str, receiver: str) -> timedelta:
        about = {"priority": priority, "category": category, "receiver": receiver}
        return timedelta(minutes=target(self._terms, ClockKind(kind), **about)[0])

    def _read_ladder(self, version: int | None, kind: str) -> tuple[Rung, ...]:
        return ladder_of(self._terms if version is None else self._versions[version], kind)
