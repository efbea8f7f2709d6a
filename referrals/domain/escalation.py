"""Who is told when a promise runs late: ladders, and the plan of one look at a clock.

``plan`` is a pure function of a clock, its ladder and the time. The engine and the simulation
both call it, so that what is simulated is what would have happened.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from agencies.roles import Role

SHORTEST_REPEAT = timedelta(minutes=5)


class Party(StrEnum):
    """Whom a rung tells: the one who must act, or the one who waits."""

    HOLDER = "holder"
    OTHER = "other"


@dataclass(frozen=True)
class Rung:
    """One step of a ladder, due at ``percent`` of the target's length after its start."""

    percent: int
    tell: tuple[tuple[Party, Role], ...]
    demand: str = ""


# 50% remind; 100% shift lead and the other side's supervisor; 150% on-call manager and duty
# inspector; 200% directors (gold), and again after each further target until somebody acts.
DEFAULT_LADDER = (
    Rung(50, ((Party.HOLDER, Role.WORKER),)),
    Rung(100, ((Party.HOLDER, Role.SUPERVISOR), (Party.OTHER, Role.SUPERVISOR)), "phone_and_rerun_threshold"),
    Rung(150, ((Party.HOLDER, Role.MANAGER), (Party.OTHER, Role.MANAGER))),
    Rung(200, ((Party.HOLDER, Role.DIRECTOR), (Party.OTHER, Role.DIRECTOR))),
)


@dataclass(frozen=True)
class Watch:
    """What a look needs to know of a clock. ``step`` is the next rung, from 0; instants are UTC."""

    started_at: datetime
    target_at: datetime
    step: int
    repetition: int


@dataclass(frozen=True)
class Fired:
    """A rung that was due. Only the highest is told; the lower are ``superseded``."""

    step: int
    repetition: int
    percent: int
    due_at: datetime
    superseded: bool


@dataclass(frozen=True)
class Plan:
    """The outcome of one look: what fires, and where and when to look next."""

    fired: tuple[Fired, ...]
    step: int
    repetition: int
    next_look_at: datetime


def as_terms(ladder: Sequence[Rung]) -> list[dict[str, Any]]:
    """A ladder as an agreement's version stores it."""
    return [
        {"percent": r.percent, "tell": [list(each) for each in r.tell], "demand": r.demand} for r in ladder
    ]


def from_terms(stored: Sequence[Mapping[str, Any]]) -> tuple[Rung, ...]:
    """A ladder from an agreement's version."""
    return tuple(
        Rung(
            each["percent"],
            tuple((Party(side), Role(role)) for side, role in each["tell"]),
            each.get("demand", ""),
        )
        for each in stored
    )


def first_look(started_at: datetime, target_at: datetime, ladder: Sequence[Rung]) -> datetime:
    """When a new clock is looked at for the first time."""
    return _due(started_at, target_at, ladder[0])


def plan(clock: Watch, ladder: Sequence[Rung], now: datetime) -> Plan:
    """What one look at ``now`` does. The last rung repeats for ever: an open clock is always watched."""
    last = len(ladder) - 1
    climbed = tuple(
        Fired(step, 0, ladder[step].percent, due, superseded=False)
        for step in range(clock.step, len(ladder))
        if (due := _due(clock.started_at, clock.target_at, ladder[step])) <= now
    )
    if climbed:
        below = tuple(Fired(f.step, 0, f.percent, f.due_at, superseded=True) for f in climbed[:-1])
        step = climbed[-1].step + 1
        return Plan((*below, climbed[-1]), step, 0, _next(clock, ladder, step, now))
    repeats_from = _due(clock.started_at, clock.target_at, ladder[last])
    if clock.step <= last or now < repeats_from + _repeat(clock):
        return Plan((), clock.step, clock.repetition, _next(clock, ladder, clock.step, now))
    again = Fired(
        last, clock.repetition + 1, ladder[last].percent, _grid(clock, repeats_from, now), superseded=False
    )
    return Plan((again,), clock.step, again.repetition, _next(clock, ladder, clock.step, now))


def ahead(clock: Watch, ladder: Sequence[Rung], now: datetime) -> list[tuple[datetime, Rung]]:
    """What will fire, and when, if nobody acts: the rungs to come, then the last one's next repetition."""
    left = [(_due(clock.started_at, clock.target_at, rung), rung) for rung in ladder[clock.step :]]
    return left or [(_next(clock, ladder, clock.step, now), ladder[-1])]


def _due(started_at: datetime, target_at: datetime, rung: Rung) -> datetime:
    return started_at + (target_at - started_at) * rung.percent / 100


def _repeat(clock: Watch) -> timedelta:
    return max(clock.target_at - clock.started_at, SHORTEST_REPEAT)


def _grid(clock: Watch, repeats_from: datetime, now: datetime) -> datetime:
    """The latest moment of repetition that has come: missed ones are not made up one by one."""
    return repeats_from + ((now - repeats_from) // _repeat(clock)) * _repeat(clock)


def _next(clock: Watch, ladder: Sequence[Rung], step: int, now: datetime) -> datetime:
    if step < len(ladder):
        return _due(clock.started_at, clock.target_at, ladder[step])
    return _grid(clock, _due(clock.started_at, clock.target_at, ladder[-1]), now) + _repeat(clock)
