"""The shapes in which the demonstration's agencies are written down."""

from dataclasses import dataclass
from datetime import time

from agencies.models import AgencyCode
from agencies.roles import AgencyKind, Role, TeamKind

MONDAY, MONDAY_TO_FRIDAY, WEEKEND = range(1), range(5), range(5, 7)


@dataclass(frozen=True)
class Hours:
    """The same hours on some days of the week (0 is Monday), by London's clocks."""

    weekdays: range
    opens: time
    closes: time


@dataclass(frozen=True)
class Desk:
    """A team. Without ``hours`` it never closes; ``fallback`` and ``serves`` are codes."""

    code: str
    name: str
    kind: TeamKind
    phone: str
    areas: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    hours: tuple[Hours, ...] = ()
    fallback: str = ""
    serves: tuple[str, ...] = ()
    rooms: int | None = None


@dataclass(frozen=True)
class Staff:
    """Somebody who works at a desk. ``watch`` says which hours of the rota are theirs, if any."""

    name: str
    desk: str
    role: Role
    watch: str = ""  # "day", "night" or "on call"


@dataclass(frozen=True)
class Place:
    """An agency, with its desks and its people. ``system`` is its program that uses the API."""

    code: str
    name: str
    kind: AgencyKind
    official: tuple[AgencyCode.Scheme, str]
    phone: str
    duty_contact: str
    desks: tuple[Desk, ...]
    staff: tuple[Staff, ...]
    system: str
    sandbox: bool = False


OFFICE = (Hours(MONDAY_TO_FRIDAY, time(9), time(17)),)
OUT_OF_HOURS = (
    Hours(MONDAY_TO_FRIDAY, time(17), time(9)),
    Hours(WEEKEND, time(0), time(0)),
    Hours(MONDAY, time(0), time(9)),
)
