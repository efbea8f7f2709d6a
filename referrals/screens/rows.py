"""Rows of lists: what a person needs to choose the next thing to do, read in a constant number of queries."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from textwrap import shorten
from typing import Any
from uuid import UUID

from agencies.acting import Actor
from referrals.domain.disclosure import readable
from referrals.domain.referral import OPEN
from referrals.models import Person

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
)


@dataclass(frozen=True)
class Row:
    """One line of a list."""

    referral: dict[str, Any]
    person: str
    ours: bool

    @property
    def id(self) -> UUID:
        """The referral's key."""
        return self.referral["id"]

    @property
    def breach_at(self) -> datetime | None:
        """Its deadline, while it is open."""
        return self.referral["breach_at"] if self.referral["state"] in OPEN else None


def as_rows(lines: list[dict[str, Any]], actor: Actor) -> list[Row]:
    """Rows of these lines of referrals, with the people they are about: one query."""
    names = people({line["case_id"] for line in lines}, actor)
    return [
        Row(line, names.get(line["case_id"], ""), line["from_agency_id"] == actor.agency_id) for line in lines
    ]


def people(cases: Iterable[UUID], actor: Actor) -> dict[UUID, str]:
    """``SURNAME, Given`` of the cases that the actor sees, less what its audience does not read."""
    wanted = ("case_id", "family_name", "given_name", "description")
    found = Person.objects.visible_to(actor).filter(case_id__in=list(cases)).values(*wanted)
    return {each["case_id"]: named(readable(each, actor.audience)) for each in found}


def named(fields: dict[str, Any]) -> str:
    """A person as lists call them: by name, else by the first words of the description."""
    family, given = fields.get("family_name", "").upper(), fields.get("given_name", "")
    name = ", ".join(part for part in (family, given) if part)
    said = fields.get("description", "")
    return name or shorten(said, 60, placeholder="…") or "Not named"


def stamp(lists: Iterable[Iterable[Row]]) -> str:
    """What changes when a list does, and not when only time passes."""
    return "-".join(
        f"{row.referral['reference']}.{row.referral['version']}" for each in lists for row in each
    )
