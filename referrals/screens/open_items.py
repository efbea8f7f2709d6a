"""All of an agency that is open, by person: what goes on by pen and telephone while the system is away.

Read in a constant number of queries. Of each kind the first so many are read, and how many there are is told
beside: nothing is left out in silence.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import QuerySet

from agencies.acting import Actor
from referrals.domain.case import CaseState
from referrals.domain.clocks import ClockKind
from referrals.domain.disclosure import readable
from referrals.domain.missing import OPEN as REPORT_OPEN
from referrals.domain.missing import State as Missing
from referrals.domain.referral import OPEN
from referrals.models import Case, Clock, Detention, MissingReport, Person, Referral
from referrals.reporting import detentions
from referrals.reporting.detentions import SeenDetention
from referrals.screens import words
from referrals.screens.rows import FIELDS, NO_ROW, Row, as_rows, named
from referrals.screens.seen import OWNERS

PHONES = ("from_team__phone", "from_agency__phone", "to_team__phone", "to_agency__phone")
NEVER = datetime.max.replace(tzinfo=UTC)


class Shown(NamedTuple):
    """So many of a kind are on the list, of so many that are open."""

    what: str
    shown: int
    there_are: int

    @property
    def left_out(self) -> int:
        """How many the list leaves out."""
        return self.there_are - self.shown


@dataclass
class Entry:
    """One case: whose it is, whom it is about as far as the reader reads, and all that is open in it."""

    case: Case | None
    reference: str
    person: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""
    referrals: list[Row] = field(default_factory=list)
    report: MissingReport | None = None
    detentions: list[SeenDetention] = field(default_factory=list)
    clocks: list[tuple[str, datetime]] = field(default_factory=list)

    @property
    def due(self) -> datetime:
        """What of it is due first (UTC)."""
        own = [row.referral["breach_at"] for row in self.referrals if row.referral["breach_at"]]
        return min([*own, *(at for _, at in self.clocks)], default=NEVER)


class OpenList(NamedTuple):
    """The entries, what is due first at the top, and how many of each kind they hold."""

    entries: list[Entry]
    shown: list[Shown]


def open_items(actor: Actor, most: int) -> OpenList:
    """All that is open and the actor's agency has a part in."""
    asked, asked_count = _referrals(actor, most)
    reports = MissingReport.objects.visible_to(actor).filter(state__in=REPORT_OPEN)
    held = Detention.objects.visible_to(actor).open()
    ours = Case.objects.visible_to(actor).filter(accountable_agency_id=actor.agency_id, state=CaseState.OPEN)
    found_reports = list(
        reports.select_related("unit__agency", "asked_team").order_by("missing_since")[:most]
    )
    found_held = detentions.read([*_keys(held.order_by("detained_at"), most)], actor)
    found_ours = _keys(ours.order_by("accountable_since"), most)
    entries = _entries(actor, asked, found_reports, found_held, found_ours)
    return OpenList(
        sorted(entries, key=lambda entry: (entry.due, entry.reference)),
        [
            Shown("referrals", len(asked), asked_count),
            Shown("missing patients", len(found_reports), reports.count()),
            Shown("detentions", len(found_held), held.count()),
            Shown("cases that we answer for", len(found_ours), ours.count()),
        ],
    )


def _referrals(actor: Actor, most: int) -> tuple[list[Row], int]:
    """Sent by the agency or to it, due first, each end from its own index; and how many there are."""
    parts = [part.filter(state__in=OPEN) for part in Referral.objects.visible_own_parts(actor)]
    lines = [
        line
        for part in parts
        for line in part.order_by("breach_at", "id")[:most].values(*FIELDS, "to_team_id", *PHONES)
    ]
    first = sorted(lines, key=lambda line: (line["breach_at"], line["id"]))[:most]
    return as_rows(first, actor), sum(part.count() for part in parts)


def _keys(found: QuerySet[Any], most: int) -> list[UUID]:
    return list(found.values_list("pk", flat=True)[:most])


def _entries(
    actor: Actor,
    asked: Iterable[Row],
    reports: Iterable[MissingReport],
    held: Iterable[SeenDetention],
    ours: Sequence[UUID],
) -> list[Entry]:
    referrals = _by_case((row.referral["case_id"], row) for row in asked)
    of_report = {report.case_id: report for report in reports}
    of_held = _by_case((each.row.case_id, each) for each in held)
    keys = [*{*referrals, *of_report, *of_held, *ours}] or [NO_ROW]
    cases = {
        each.pk: each for each in Case.objects.visible_to(actor).filter(pk__in=keys).select_related(*OWNERS)
    }
    people = {
        each["case_id"]: each for each in Person.objects.visible_to(actor).filter(case__in=keys).values()
    }
    clocks = _clocks(actor, keys)
    made = []
    for key in keys:
        rows, report = referrals.get(key, []), of_report.get(key)
        if key == NO_ROW:
            continue
        person = _person(people.get(key, {}), report, actor)
        reference = cases[key].reference if key in cases else rows[0].referral["case_reference"]
        made.append(
            Entry(
                cases.get(key), reference, person, named(dict(person)) if person else "",
                rows, report, of_held.get(key, []), clocks.get(key, []),
            )
        )  # fmt: skip
    return made


def _by_case(pairs: Iterable[tuple[UUID, Any]]) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = {}
    for key, each in pairs:
        found.setdefault(key, []).append(each)
    return found


def _person(about: Mapping[str, Any], report: MissingReport | None, actor: Actor) -> Mapping[str, Any]:
    """Whom it is about; of a report that is not sent, whoever typed it alone reads that."""
    if report is not None and report.state == Missing.DRAFT:
        return {}
    return readable(dict(about), actor.audience)


def _clocks(actor: Actor, keys: Sequence[UUID]) -> dict[UUID, list[tuple[str, datetime]]]:
    """What runs of each case itself, the first to end first."""
    running = Clock.objects.visible_to(actor).running().filter(case__in=keys, referral=None)
    told = running.order_by("target_at", "id").values_list("case_id", "kind", "target_at")
    return _by_case((key, (words.CLOCKS[ClockKind(kind)], at)) for key, kind, at in told)
