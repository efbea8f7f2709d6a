"""What would have fired: the plan of the engine over what really happened, with another agreement's terms.

Nothing is read here. It is the same ``plan``, so that what is simulated is what would have happened, but that
people act as they did then, and that nobody takes an alarm.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from agencies.instants import LONDON
from agencies.roles import Role
from referrals.domain.clocks import ClockKind, target
from referrals.domain.escalation import Named, Party, Rung, Watch, first_look, ladder_of, plan

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
    holder: int | None = None
    """The team that must act; ``other`` is the one that waits."""
    other: int | None = None


Whom = Callable[[int, Role | None, datetime], Iterable[str]]
"""Who answers for a team then, at a tier or (without one) as its agency's duty contact, by name."""


@dataclass
class Tally:
    """What one set of terms comes to."""

    clocks: int = 0
    breached: int = 0
    told: int = 0
    woken: int = 0
    posts: Counter[tuple[str, str]] = field(default_factory=Counter)
    people: Counter[str] = field(default_factory=Counter)
    nights: Counter[str] = field(default_factory=Counter)
    """As ``people``, of whom: how often while people sleep."""

    def add(self, past: Past, target_at: datetime, ladder: Sequence[Rung], whom: Whom | None = None) -> None:
        """Live one promise through; with ``whom``, those who would have been told are named."""
        self.clocks += 1
        self.breached += past.ends > target_at
        for at, rung in lived(past.started_at, target_at, ladder, past.ends):
            self.told += len(rung.tell)
            self.woken += len(rung.tell) if is_night(at) else 0
            self.posts.update((party.value, str(post)) for party, post in rung.tell)
            if whom is not None:
                self._name(past, rung, at, whom)

    def _name(self, past: Past, rung: Rung, at: datetime, whom: Whom) -> None:
        for party, post in rung.tell:
            team = past.holder if party == Party.HOLDER else past.other
            if team is not None:
                names = list(whom(team, None if isinstance(post, Named) else post, at))
                self.people.update(names)
                self.nights.update(names if is_night(at) else ())


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

    def __init__(
        self,
        terms: Mapping[str, Any],
        versions: Mapping[int, Mapping[str, Any]],
        whom: tuple[Whom | None, Whom | None] = (None, None),
    ) -> None:
        """``whom``: by the rota as it was, and as it would have been."""
        self._whom = whom
        self.before: dict[str, Tally] = {}
        self.after: dict[str, Tally] = {}
        self._terms, self._versions = terms, versions
        self._length = lru_cache(maxsize=None)(self._minutes)
        self._ladder = lru_cache(maxsize=None)(self._read_ladder)

    def put(self, past: Past) -> None:
        """One promise, as it was and as it would have been."""
        old, new = self._ladder(past.version, past.kind), self._ladder(None, past.kind)
        self.before.setdefault(past.priority, Tally()).add(past, past.target_at, old, self._whom[0])
        self.after.setdefault(past.priority, Tally()).add(past, self._target(past), new, self._whom[1])

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
