"""Who is told when a promise runs late: ladders, and the plan of one look at a clock.

``plan`` is a pure function of a clock, its ladder and the time. The engine and the simulation
both call it, so that what is simulated is what would have happened.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from agencies.roles import Role
from referrals.domain.case import Priority
from referrals.domain.clocks import ClockKind
from referrals.domain.referral import Side

SHORTEST_REPEAT = timedelta(minutes=5)
LATE = 100
"""Percent of a target from which a rung says that it was missed; below, it reminds."""


class Party(StrEnum):
    """Whom a rung tells: the one who must act, or the one who waits."""

    HOLDER = "holder"
    OTHER = "other"


class Named(StrEnum):
    """A post that is no tier of the rota: the contact that each agency names for when all else fails."""

    DUTY_CONTACT = "duty contact"


@dataclass(frozen=True)
class Channel:
    """A way to reach somebody, tried ``after`` minutes if nobody has seen the message until then."""

    name: str
    after: int = 0


INBOX = Channel("inbox")


@dataclass(frozen=True)
class Rung:
    """One step of a ladder, due at ``percent`` of the target's length after its start.

    With ``minutes`` it is due so long after the target instead, or before it if negative; with ``after`` so
    many minutes after the start, wherever the target has moved to. ``percent`` then only says whether it
    reminds (below 100) or tells that something is late.
    It is told again at most ``repeats`` times, one target apart, until the next rung takes over; the
    last rung repeats for ever. ``arbiter`` tells the one whom the agreement names, too. What it demands
    is demanded at ``demand_at`` alone; at every priority, if none is named.
    """

    percent: int
    tell: tuple[tuple[Party, Role | Named], ...]
    demand: str = ""
    repeats: int = 0
    arbiter: bool = False
    channels: tuple[Channel, ...] = (INBOX,)
    demand_at: tuple[Priority, ...] = ()
    minutes: int | None = None
    after: int | None = None

    @property
    def warns(self) -> bool:
        """Whether it tells beforehand, at a time of its own and not at a part of the target."""
        return self.percent < LATE and (self.minutes is not None or self.after is not None)

    def asks(self, priority: str) -> str:
        """What it demands at this priority, if anything."""
        return self.demand if not self.demand_at or priority in self.demand_at else ""


# 50% remind; 100% shift lead and the other side's supervisor, and at P1 and P2 the sender must phone;
# 150% on-call manager and duty inspector; 200% directors (gold), three times more after each further
# target; then the contacts that both agencies name for when all else fails, until somebody acts.
DEFAULT_LADDER = (
    Rung(50, ((Party.HOLDER, Role.WORKER),)),
    Rung(
        100,
        ((Party.HOLDER, Role.SUPERVISOR), (Party.OTHER, Role.SUPERVISOR)),
        demand="phone_and_rerun_threshold",
        channels=(INBOX, Channel("email", 3)),
        demand_at=(Priority.P1, Priority.P2),
    ),
    Rung(
        150,
        ((Party.HOLDER, Role.MANAGER), (Party.OTHER, Role.MANAGER)),
        channels=(INBOX, Channel("email", 2)),
    ),
    Rung(
        200,
        ((Party.HOLDER, Role.DIRECTOR), (Party.OTHER, Role.DIRECTOR)),
        repeats=3,
        channels=(INBOX, Channel("email", 1)),
    ),
    Rung(
        600,
        ((Party.HOLDER, Named.DUTY_CONTACT), (Party.OTHER, Named.DUTY_CONTACT)),
        arbiter=True,
        channels=(INBOX, Channel("email")),
    ),
)

# What is late is told to both sides at once, without a reminder before: the first rung is a flag.
_LATE = (replace(DEFAULT_LADDER[1], demand="", demand_at=()), *DEFAULT_LADDER[2:])
# What calls for somebody's eyes is told as it becomes known; unseen, it climbs.
_AT_ONCE = (
    Rung(0, ((Party.HOLDER, Role.SUPERVISOR), (Party.OTHER, Role.SUPERVISOR))),
    Rung(100, ((Party.HOLDER, Role.MANAGER), (Party.OTHER, Role.MANAGER))),
    *DEFAULT_LADDER[3:],
)
# A power that ends is told a day, four hours and an hour before: whoever could still use it. From four hours
# on it leaves the inbox, and an hour after the end the contacts that both agencies name have it by e-mail.
_BEFORE_THE_END = (
    Rung(80, ((Party.HOLDER, Role.SUPERVISOR), (Party.OTHER, Role.SUPERVISOR)), minutes=-1_440),
    Rung(
        90,
        ((Party.HOLDER, Role.MANAGER), (Party.OTHER, Role.SUPERVISOR)),
        channels=(INBOX, Channel("email", 15)),
        minutes=-240,
    ),
    Rung(
        95,
        ((Party.HOLDER, Role.MANAGER), (Party.OTHER, Role.MANAGER)),
        channels=(INBOX, Channel("email", 3)),
        minutes=-60,
    ),
    Rung(
        100,
        ((Party.HOLDER, Role.DIRECTOR), (Party.OTHER, Role.DIRECTOR)),
        channels=(INBOX, Channel("email", 1)),
        minutes=0,
    ),
    Rung(
        200,
        ((Party.HOLDER, Named.DUTY_CONTACT), (Party.OTHER, Named.DUTY_CONTACT)),
        channels=(INBOX, Channel("email")),
        minutes=60,
    ),
)

# Kinds of clock that climb a ladder of their own.
LADDERS: dict[str, tuple[Rung, ...]] = {
    # agreements: both duty managers were told when the dispute began, and the arbiter with them
    ClockKind.DISPUTE: (
        Rung(50, ((Party.HOLDER, Role.MANAGER), (Party.OTHER, Role.MANAGER))),
        Rung(
            100,
            ((Party.HOLDER, Role.MANAGER), (Party.OTHER, Role.MANAGER)),
            arbiter=True,
            channels=(INBOX, Channel("email", 2)),
        ),
        Rung(
            150,
            ((Party.HOLDER, Role.DIRECTOR), (Party.OTHER, Role.DIRECTOR)),
            repeats=3,
            arbiter=True,
            channels=(INBOX, Channel("email", 1)),
        ),
        Rung(
            600,
            ((Party.HOLDER, Named.DUTY_CONTACT), (Party.OTHER, Named.DUTY_CONTACT)),
            arbiter=True,
            channels=(INBOX, Channel("email")),
        ),
    ),
    # Half an hour before a desk closes, and when it does: the engine hands the item on by itself, and its
    # clock is met. No rung comes after: where nobody is there, the rota names the agency's duty contact.
    ClockKind.HANDOVER: (
        Rung(
            98,
            ((Party.HOLDER, Role.WORKER), (Party.HOLDER, Role.SUPERVISOR)),
            channels=(INBOX, Channel("email", 10)),
            minutes=-30,
        ),
        Rung(99, ((Party.HOLDER, Role.WORKER),), channels=(INBOX, Channel("email", 5)), minutes=0),
    ),
    # of missing patients
    "missing_draft": _LATE,
    "missing_unreported": _LATE,
    "missing_not_taken": _LATE,
    "missing_review": _LATE,
    "missing_power": _BEFORE_THE_END,
    "missing_again": _AT_ONCE,
    "missing_cluster": _AT_ONCE,
    "missing_walkout": _AT_ONCE,
}

# Of a detention: warnings at 12, 18 and 22 hours from arrival, also where it was extended; a lapse tells
# directors on both sides. Its other promises climb the default's rungs, and demand no new threshold.
_BOTH = (Party.HOLDER, Party.OTHER)
LADDERS |= {
    ClockKind.DETENTION_LIMIT: (
        Rung(50, tuple((side, Role.WORKER) for side in _BOTH), after=12 * 60),
        Rung(75, tuple((side, Role.SUPERVISOR) for side in _BOTH), after=18 * 60),
        Rung(91, tuple((side, Role.MANAGER) for side in _BOTH), after=22 * 60),
        Rung(
            100,
            tuple((side, Role.DIRECTOR) for side in _BOTH),
            channels=(INBOX, Channel("email", 1)),
            minutes=0,
        ),
        Rung(
            200,
            tuple((side, Named.DUTY_CONTACT) for side in _BOTH),
            arbiter=True,
            channels=(INBOX, Channel("email")),
            minutes=60,
        ),
    ),
    **dict.fromkeys(
        (ClockKind.REACH_PLACE, ClockKind.OFFICER_RELEASE, ClockKind.AMHP_CONSIDERS),
        tuple(replace(rung, demand="", demand_at=()) for rung in DEFAULT_LADDER),
    ),
}


class Ask(StrEnum):
    """What a ladder, or a promise that slips, may demand."""

    PHONE_AND_RERUN_THRESHOLD = "phone_and_rerun_threshold"
    REVIEW_SLIPPED_ARRIVAL = "review_slipped_arrival"


# By the side of the referral: an agreement's ladder may demand these. What is not listed, either side does.
DEMANDS = {
    Ask.PHONE_AND_RERUN_THRESHOLD: (Side.SENDER, "Phone the receiver, and decide the police response anew"),
    Ask.REVIEW_SLIPPED_ARRIVAL: (Side.SENDER, "Review whether the person can wait for the later arrival"),
}


@dataclass(frozen=True)
class Watch:
    """What a look needs to know of a clock. ``step`` is the next rung, from 0; instants are UTC.

    ``repetition`` counts how often the last rung was told again; ``quiet_until`` is when whoever took
    the clock promised to have acted.
    """

    started_at: datetime
    target_at: datetime
    step: int
    repetition: int
    quiet_until: datetime | None = None

    def is_quiet(self, now: datetime) -> bool:
        """Whether somebody has taken it, and their time is not up."""
        return self.quiet_until is not None and now < self.quiet_until


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
        {
            "percent": rung.percent,
            "tell": [list(each) for each in rung.tell],
            "demand": rung.demand,
            "repeats": rung.repeats,
            "arbiter": rung.arbiter,
            "channels": [[channel.name, channel.after] for channel in rung.channels],
            "demand_at": list(rung.demand_at),
            **({} if rung.minutes is None else {"minutes": rung.minutes}),
            **({} if rung.after is None else {"after": rung.after}),
        }
        for rung in ladder
    ]


def from_terms(stored: Sequence[Mapping[str, Any]]) -> tuple[Rung, ...]:
    """A ladder from an agreement's version, the first ones included, which said less."""
    return tuple(
        Rung(
            each["percent"],
            tuple((Party(side), _post(post)) for side, post in each["tell"]),
            each.get("demand", ""),
            each.get("repeats", 0),
            each.get("arbiter", False),
            tuple(Channel(name, after) for name, after in each.get("channels", [["inbox", 0]])),
            tuple(Priority(priority) for priority in each.get("demand_at", [])),
            each.get("minutes"),
            each.get("after"),
        )
        for each in stored
    )


def ladder_of(terms: Mapping[str, Any], kind: str) -> tuple[Rung, ...]:
    """The ladder that an agreement's version has for a kind of clock.

    A kind may have one of its own: the version's (``terms["ladders"]``), else the default's in ``LADDERS``.
    """
    if kind in (own := terms.get("ladders", {})):
        return from_terms(own[kind])
    return LADDERS.get(kind) or from_terms(terms["ladder"])


def _post(stored: str) -> Role | Named:
    return Named(stored) if stored in set(Named) else Role(stored)


def first_look(started_at: datetime, target_at: datetime, ladder: Sequence[Rung]) -> datetime:
    """When a new clock is looked at for the first time."""
    return _due(started_at, target_at, ladder[0])


def quiet_after(clock: Watch, at: datetime) -> datetime:
    """Until when a clock that is taken at an instant is quiet, if no time is promised: one more target."""
    return at + _repeat(clock)


def plan(clock: Watch, ladder: Sequence[Rung], now: datetime) -> Plan:
    """What one look at ``now`` does.

    The last rung repeats for ever, and a promise that slips is told like a rung: an open clock is
    always watched, and its next look is later than this one. A clock that is taken is quiet until the time
    promised, except that the first rung which says that it is late is told all the same, and so is a warning
    that is due at a time of its own.
    """
    quiet = silent_until(clock, ladder)
    if quiet is not None and now < quiet:
        return Plan((), clock.step, clock.repetition, quiet)
    climbed = tuple(
        Fired(step, 0, ladder[step].percent, due, superseded=False)
        for step in range(clock.step, len(ladder))
        if (due := _due(clock.started_at, clock.target_at, ladder[step])) <= now
    )
    if climbed:
        below = tuple(Fired(f.step, 0, f.percent, f.due_at, superseded=True) for f in climbed[:-1])
        step = climbed[-1].step + 1
        return Plan((*below, climbed[-1]), step, 0, _next(clock, ladder, (step, 0), now))
    again = _again(clock, ladder, now)
    repetition = again.repetition if again else clock.repetition
    return Plan(
        (again,) if again else (), clock.step, repetition, _next(clock, ladder, (clock.step, repetition), now)
    )


def silent_until(clock: Watch, ladder: Sequence[Rung]) -> datetime | None:
    """Until when a look at a taken clock tells nobody.

    Who takes a reminder silences no breach, and no warning that is due at a time of its own, so long after
    the beginning or before the end: whoever took the one at 12 hours of a detention is not those who are to
    hear at 18 and at 22.
    """
    if clock.quiet_until is None:
        return None
    told_late = any(rung.percent >= LATE for rung in ladder[: clock.step])
    loud = (rung for rung in ladder[clock.step :] if rung.warns or (rung.percent >= LATE and not told_late))
    if (first := next(loud, None)) is None:
        return clock.quiet_until
    return min(clock.quiet_until, _due(clock.started_at, clock.target_at, first))


def _again(clock: Watch, ladder: Sequence[Rung], now: datetime) -> Fired | None:
    """The rung that was told last, if it is told again now: in its turn, or because a promise slipped."""
    if clock.step == 0:
        return None
    last = min(clock.step, len(ladder)) - 1
    rung = ladder[last]
    began = _due(clock.started_at, clock.target_at, rung)
    due = _grid(clock, began, now)
    if clock.quiet_until is not None:
        due = clock.quiet_until
    elif due <= began or not _repeats(ladder, clock.step, clock.repetition):
        return None
    return Fired(last, clock.repetition + 1, rung.percent, due, superseded=False)


def _repeats(ladder: Sequence[Rung], step: int, repetition: int) -> bool:
    """Whether the rung below this step is told once more in its turn."""
    return step >= len(ladder) or repetition < ladder[step - 1].repeats


def _due(started_at: datetime, target_at: datetime, rung: Rung) -> datetime:
    if rung.minutes is not None:  # before the promise was made, nothing was due
        return max(started_at, target_at + timedelta(minutes=rung.minutes))
    if rung.after is not None:
        return started_at + timedelta(minutes=rung.after)
    return started_at + (target_at - started_at) * rung.percent / 100


def _repeat(clock: Watch) -> timedelta:
    return max(clock.target_at - clock.started_at, SHORTEST_REPEAT)


def _grid(clock: Watch, repeats_from: datetime, now: datetime) -> datetime:
    """The latest moment of repetition that has come: missed ones are not made up one by one."""
    return repeats_from + ((now - repeats_from) // _repeat(clock)) * _repeat(clock)


def _next(clock: Watch, ladder: Sequence[Rung], told: tuple[int, int], now: datetime) -> datetime:
    """The next rung's time, or the next repetition's if that is sooner. ``told``: step and repetition.

    Of a clock that somebody still has, the time promised, or of a warning before that.
    """
    step, repetition = told
    quiet = silent_until(replace(clock, step=step), ladder)
    if quiet is not None and now < quiet:
        return quiet
    times = [_due(clock.started_at, clock.target_at, rung) for rung in ladder[step : step + 1]]
    if step > 0 and _repeats(ladder, step, repetition):
        began = _due(clock.started_at, clock.target_at, ladder[min(step, len(ladder)) - 1])
        times.append(_grid(clock, began, now) + _repeat(clock))
    return min(times)


def ahead(clock: Watch, ladder: Sequence[Rung], now: datetime) -> list[tuple[datetime, Rung]]:
    """What will fire, and when, if nobody acts and every look is made in time.

    Whatever fires first, were it a rung that is told again; then each rung to come, once.
    """
    found: list[tuple[datetime, Rung]] = []
    at = now
    while not found or clock.step < len(ladder):
        made = plan(clock, ladder, at)
        quiet = None if made.fired and not clock.is_quiet(at) else clock.quiet_until
        clock = replace(clock, step=made.step, repetition=made.repetition, quiet_until=quiet)
        if made.fired and (not found or made.fired[-1].repetition == 0):
            found.append((at, ladder[made.fired[-1].step]))
        at = made.next_look_at
    return found
