"""Which desk is asked where the sender knows the place and not the desk: total, and with a reason.

Nothing is read here, so that any desks there could be can be tried. The answer is a desk that is open, or a
loud refusal with a number to phone.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

ADULT = 18
CHILD = 17
EMERGENCY = "999"
"""Whom to ring where nobody has left a number."""


@dataclass(frozen=True)
class Desk:
    """A team as routing sees it at one moment.

    ``name`` is what people call it, ``code`` what programs write. ``areas`` are casefolded. No categories
    means any, no ages every age. ``agreed`` says that its agency has an agreement with the one that asks,
    for this kind of help.
    """

    team: int
    name: str
    phone: str = ""
    areas: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    youngest: int | None = None
    oldest: int | None = None
    is_open: bool = True
    fallback: int | None = None
    agreed: bool = False
    code: str = ""

    def takes(self, age: int) -> bool:
        """Whether it sees people of this age."""
        return (self.youngest or 0) <= age <= (self.oldest if self.oldest is not None else age)

    @property
    def has_ages(self) -> bool:
        """Whether it sees some ages only."""
        return self.youngest is not None or self.oldest is not None


@dataclass(frozen=True)
class Wanted:
    """What is wanted: help of a kind, in an area (in every way it may be written, casefolded), at an age."""

    area: str
    ways: frozenset[str]
    category: str
    age: int | None = None
    under_18: bool = False

    @property
    def assumed(self) -> int:
        """The age that counts: as known, else a child's if flagged, else an adult's."""
        if self.age is not None:
            return self.age
        return CHILD if self.under_18 else ADULT


@dataclass(frozen=True)
class Routed:
    """The desk that is asked, and why that one."""

    team: int
    why: str


@dataclass(frozen=True)
class Unrouted:
    """No one desk: why, what to do, and a number to phone meanwhile."""

    why: str
    remedy: str
    phone: str
    desks: tuple[int, ...] = ()


def route(desks: Mapping[int, Desk], wanted: Wanted, own_phone: str = "") -> Routed | Unrouted:
    """Exactly one answer, whatever desks there are.

    Of the desks that cover it and are open, or have an open one standing in, the one that fits best: by
    agreement, then by kind of help, then by age. Those that fit alike are named, for the sender to choose.
    """
    covering = [each for each in desks.values() if _covers(each, wanted)]
    reached = [(each, last) for each in covering if (last := answering(desks, each.team)) is not None]
    if not reached:
        return _nobody(desks, covering, wanted, own_phone)
    best = max(_fit(each, wanted) for each, _ in reached)
    fitting = {last.team: each for each, last in reached if _fit(each, wanted) == best}
    if len(fitting) > 1:
        return _several([desks[team] for team in sorted(fitting)], wanted, own_phone)
    (team, desk), *_ = fitting.items()
    return Routed(team, _because(desk, desks[team], wanted))


def answering(desks: Mapping[int, Desk], team: int) -> Desk | None:
    """The desk, or while it is closed the first of those standing in for it that is open."""
    return next((each for each in _chain(desks, team) if each.is_open), None)


def _chain(desks: Mapping[int, Desk], team: int) -> Iterator[Desk]:
    seen: set[int] = set()
    at: int | None = team
    while at is not None and at in desks and at not in seen:
        seen.add(at)
        yield desks[at]
        at = desks[at].fallback


def _covers(desk: Desk, wanted: Wanted) -> bool:
    kind = not desk.categories or wanted.category in desk.categories
    return kind and bool(desk.areas & wanted.ways) and desk.takes(wanted.assumed)


def _fit(desk: Desk, wanted: Wanted) -> tuple[bool, bool, bool]:
    return desk.agreed, wanted.category in desk.categories, desk.has_ages


def _because(asked: Desk, answers: Desk, wanted: Wanted) -> str:
    said = [f"{asked.name} covers {wanted.area} for {wanted.category.replace('_', ' ')}"]
    if asked.has_ages:
        known = f"at {wanted.age}" if wanted.age is not None else f"taken to be {wanted.assumed}"
        said.append(f"sees this age ({known})")
    if asked.agreed:
        said.append("as agreed between the two agencies")
    if answers.team != asked.team:
        said.append(f"it is closed, so that {answers.name} answers")
    return ", ".join(said)


def handed_on(desks: Mapping[int, Desk], team: int) -> Routed | None:
    """Where new work for a desk goes while it is closed; None if it is open, or nobody stands in."""
    found = answering(desks, team)
    if found is None or found.team == team:
        return None
    return Routed(found.team, f"{desks[team].name} is closed, so that {found.name} answers")


def _several(fitting: list[Desk], wanted: Wanted, own_phone: str) -> Unrouted:
    names = listed(fitting)
    return Unrouted(
        f"several teams cover {wanted.area} for {wanted.category}: {names}",
        f"name one of them: {names}",
        _phone(fitting, own_phone),
        tuple(each.team for each in fitting),
    )


def _nobody(desks: Mapping[int, Desk], covering: list[Desk], wanted: Wanted, own_phone: str) -> Unrouted:
    keys = tuple(each.team for each in covering)
    if covering:
        names = listed(covering)
        phone = _phone(covering, own_phone)
        said = f"no team that covers {wanted.area} for {wanted.category} is open: {names}"
        return Unrouted(said, f"phone {phone}, then name one of them: {names}", phone, keys)
    near = [each for each in desks.values() if each.areas & wanted.ways]
    phone = _phone(sorted(near, key=lambda each: not each.is_open), own_phone)
    said = f"no team covers {wanted.area} for {wanted.category}"
    return Unrouted(said, f"phone {phone}; or name a team", phone, keys)


def _phone(near: Iterable[Desk], own_phone: str) -> str:
    return next((each.phone for each in near if each.phone), own_phone or EMERGENCY)


def listed(desks: Iterable[Desk]) -> str:
    """Teams with their telephones, to be read out; and with their codes, by which a program names one."""
    return ", ".join(
        f"{f'{each.name}, {each.code}' if each.code else each.name} ({each.phone or 'no telephone'})"
        for each in desks
    )
