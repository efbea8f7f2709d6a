"""Rows of lists: what a person needs to choose the next thing to do, read in a constant number of queries."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from textwrap import shorten
from typing import Any
from uuid import UUID

from django.db.models import F
from django.utils import timezone

from agencies.acting import Actor
from referrals.domain.age import is_child
from referrals.domain.case import Flag, SceneSafety
from referrals.domain.clocks import HOLDER, ClockKind, Holder
from referrals.domain.disclosure import readable
from referrals.domain.missing import State as Missing
from referrals.domain.referral import OPEN
from referrals.models import ClaimedAcceptance, Clock, Person

FIELDS = (
    "id",
    "reference",
    "case_id",
    "case_reference",
    "state",
    "priority",
    "category",
    "lead",
    "version",
    "sent_at",
    "breach_at",
    "escalation_level",
    "risk_raised_at",
    "from_agency_id",
    "to_agency_id",
    "from_team__name",
    "to_team__name",
    "from_agency__name",
    "to_agency__name",
    "held_by_name",
    "source_incident_number",
    "flags",
    "scene_safety",
)


NO_ROW = UUID(int=0)
"""No row's key: where nothing is open it is asked for like any other, so that queries stay as many."""


@dataclass(frozen=True)
class About:
    """What rows say of the person of a case, less what the reader's audience does not read.

    ``missing`` is the state of the case's missing report, empty if there is none.
    """

    name: str = ""
    is_child: bool = False
    missing: str = ""


@dataclass(frozen=True)
class Row:
    """One line of a list. ``clocks`` are its running clocks, the first to end first; times are UTC.

    ``end`` is the reader's own end of it: whose clocks they keep; None of an ask between others.
    """

    referral: dict[str, Any]
    about: About
    ours: bool
    end: Holder | None = None
    clocks: tuple[dict[str, Any], ...] = ()
    is_claimed: bool = False

    @property
    def id(self) -> UUID:
        """The referral's key."""
        return self.referral["id"]

    @property
    def person(self) -> str:
        """Whom it is about."""
        return self.about.name

    @property
    def breach_at(self) -> datetime | None:
        """Its deadline, while it is open."""
        return self.referral["breach_at"] if self.referral["state"] in OPEN else None

    @property
    def first(self) -> dict[str, Any]:
        """The clock that ends first: the deadline is of that one."""
        return self.clocks[0] if self.clocks else {}

    @property
    def own(self) -> dict[str, Any]:
        """The first of the clocks that are the reader's to keep."""
        return next((clock for clock in self.clocks if HOLDER[ClockKind(clock["kind"])] == self.end), {})

    @property
    def waits_for(self) -> str:
        """The team that must act first, where it is not the reader's own side's; empty where it is."""
        if not self.first or self.first == self.own:
            return ""
        end = HOLDER[ClockKind(self.first["kind"])]
        return self.referral["from_team__name" if end == Holder.SENDER else "to_team__name"]

    @property
    def tags(self) -> list[tuple[str, str]]:
        """What should be seen before it is opened: words and a colour."""
        said = [
            (self.is_claimed, "Said to be accepted by phone", "yellow"),
            (self.about.is_child or Flag.UNDER_18 in self.referral["flags"], "Under 18", "purple"),
            (self.referral["scene_safety"] == SceneSafety.UNSAFE, "Scene not safe", "red"),
            (self.about.missing == Missing.LOCATED, "Patient found, not back", "yellow"),
            (self.about.missing == Missing.RETURNED, "Patient is back", "blue"),
        ]
        return [(words, colour) for holds, words, colour in said if holds]


def as_rows(lines: list[dict[str, Any]], actor: Actor) -> list[Row]:
    """Rows of these lines of referrals, with whom they are about, their clocks and claims: three queries."""
    about = people({line["case_id"] for line in lines}, actor)
    waiting = [line["id"] for line in lines if line["state"] in OPEN] or [NO_ROW]
    clocks = _clocks(actor, waiting)
    claims = ClaimedAcceptance.objects.visible_to(actor).filter(referral__in=waiting, state="open")
    claimed = set(claims.values_list("referral_id", flat=True))
    return [
        Row(
            line,
            about.get(line["case_id"], About()),
            line["from_agency_id"] == actor.agency_id,
            _end(line, actor),
            tuple(clocks.get(line["id"], ())),
            line["id"] in claimed,
        )
        for line in lines
    ]


def _end(line: dict[str, Any], actor: Actor) -> Holder | None:
    if line["to_agency_id"] == actor.agency_id or line["to_team_id"] == actor.team_id:
        return Holder.RECEIVER
    return Holder.SENDER if line["from_agency_id"] == actor.agency_id else None


def _clocks(actor: Actor, referrals: list[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    running = Clock.objects.visible_to(actor).running().filter(referral_id__in=referrals)
    found: dict[UUID, list[dict[str, Any]]] = {}
    for clock in running.order_by("target_at", "id").values("referral_id", "kind", "target_at", "taken_by"):
        found.setdefault(clock["referral_id"], []).append(clock)
    return found


def people(cases: Iterable[UUID], actor: Actor) -> dict[UUID, About]:
    """Who the cases are about, as far as the actor's audience reads: ``SURNAME, Given``."""
    wanted = ("case_id", "family_name", "given_name", "description", "date_of_birth", "age")
    found = Person.objects.visible_to(actor).filter(case_id__in=list(cases))
    told = {}
    for each in found.values(*wanted, missing=F("case__missing_report__state")):
        read = readable({name: each[name] for name in wanted}, actor.audience)
        told[each["case_id"]] = About(named(read), is_child_now(read), each["missing"] or "")
    return told


def is_child_now(person: dict[str, Any]) -> bool:
    """Whether a person is under 18 today by the day of birth, else by the age; unknown is not said."""
    born, today = person.get("date_of_birth"), timezone.localdate()
    return bool(is_child(stated=None, age=person.get("age"), born=born, on=today))


def named(fields: dict[str, Any]) -> str:
    """A person as lists call them: by name, else by the first words of the description."""
    family, given = fields.get("family_name", "").upper(), fields.get("given_name", "")
    name = ", ".join(part for part in (family, given) if part)
    said = fields.get("description", "")
    return name or shorten(said, 60, placeholder="…") or "Not named"
