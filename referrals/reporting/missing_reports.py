"""Missing reports as they may be told: with what the reader's audience reads, flags, checklist and advice."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Prefetch, Subquery
from django.utils import timezone

from agencies.acting import Actor
from referrals import policies
from referrals.domain.clocks import ClockKind
from referrals.domain.disclosure import MISSING_FIELDS_READ_BY, kinds_read_by, readable
from referrals.domain.missing import AWAY, FLAGS, LASTING, OWNER, OWNER_SAID, Standing, proposed, standing
from referrals.domain.missing_fields import CHECKLIST, asked_of, open_steps, release_ended, still_wanted
from referrals.domain.retaking import Advice, advice, is_detained
from referrals.models import ChecklistItem, Clock, Content, EpisodeLink, Escalation, MissingReport, Person
from referrals.models import Sighting as SightingRow
from referrals.services.missing_watch import facts_of, grade_now

PARTS = (
    "unit__agency",
    "unit_agency",
    "asked_team",
    "asked_agency",
    "referral",
    "case__accountable_agency",
    "case__accountable_team",
)

NOBODY = UUID(int=0)
"""No row's key: a list of keys that is empty is asked for like any other, so that queries stay as many."""


@dataclass(frozen=True)
class Flag:
    """A flag as it was raised; ``open`` while its promise still waits."""

    code: str
    raised_at: datetime
    open: bool


@dataclass(frozen=True)
class Line:
    """One line of the checklist; ``done`` is None while nobody has ticked it."""

    code: str
    title: str
    phase: str
    done: ChecklistItem | None
    note: str | None


@dataclass(frozen=True)
class SeenSighting:
    """One sighting, with what was said of it as far as the reader reads."""

    row: SightingRow
    said: Mapping[str, Any]


@dataclass(frozen=True)
class SeenReport:
    """One report as somebody sees it."""

    row: MissingReport
    person: Mapping[str, Any]
    columns: Mapping[str, Any]
    details: Mapping[str, Any]
    flags: Sequence[Flag]
    checklist: Sequence[Line]
    sightings: Sequence[SeenSighting]
    links: Sequence[EpisodeLink]
    earlier: Mapping[UUID, MissingReport]
    wanted: Sequence[Mapping[str, Any]]
    age_known: bool
    standing: Standing
    advice: Sequence[Advice]
    next_review_at: datetime | None
    actions: Sequence[str]

    @property
    def proposed_grade(self) -> str:
        """What the facts propose, whatever the grade is."""
        return proposed(facts_of(self.row)).value

    @property
    def minutes_missing(self) -> int:
        """Since last seen, until found or now."""
        until = self.row.located_at or self.row.ended_at or timezone.now()
        return max(0, int((until - self.row.missing_since).total_seconds() // 60))

    @property
    def photo_release_ended(self) -> datetime | None:
        """When the release of the photograph ended (UTC), if it has."""
        return release_ended(self.details, timezone.now())

    @property
    def proposed_owner(self) -> tuple[str, str]:
        """Whom the grade proposes, and why."""
        owner = OWNER[grade_now(self.row)]
        return owner.value, OWNER_SAID[owner]

    @property
    def open_steps(self) -> list[str]:
        """What is to be done before it closes without a reason."""
        done = [line.code for line in self.checklist if line.done]
        asked = [line.code for line in self.checklist]
        return open_steps(asked, done, returned=self.row.returned_at is not None)


def read(ids: Sequence[UUID], actor: Actor) -> list[SeenReport]:
    """These reports as far as the actor sees them, in this order. Eight queries, however many."""
    visible = MissingReport.objects.visible_to(actor).opened_by(actor)
    items = ChecklistItem.objects.visible_to(actor)
    sightings = SightingRow.objects.visible_to(actor).order_by("-seen_at", "-id")
    links = EpisodeLink.objects.visible_to(actor).filter(unlinked_at=None).order_by("linked_at", "id")
    found = (
        visible.filter(pk__in=ids)
        .select_related(*PARTS)
        .prefetch_related(
            Prefetch("items", items), Prefetch("sightings", sightings), Prefetch("links", links)
        )
    )
    rows = {row.pk: row for row in found}
    beside = _Beside.of(rows.values(), actor)
    return [_seen(rows[key], beside, actor) for key in ids if key in rows]


@dataclass(frozen=True)
class _Beside:
    """What stands beside the rows of a page, by case, or by its own key."""

    people: Mapping[UUID, Mapping[str, Any]]
    flags: Mapping[UUID, list[Flag]]
    reviews: Mapping[UUID, datetime]
    texts: Mapping[UUID, Any]
    earlier: Mapping[UUID, MissingReport]

    @classmethod
    def of(cls, rows: Iterable[MissingReport], actor: Actor) -> "_Beside":
        """Read for all of them at once."""
        rows = list(rows)
        cases = [row.case_id for row in rows]
        people = Person.objects.visible_to(actor).filter(case__in=cases).values()
        flags, reviews = flags_of(cases, actor)
        links = {link.earlier_id for row in rows for link in row.links.all()}
        earlier = MissingReport.objects.visible_to(actor).filter(pk__in=[*links, NOBODY])
        return cls(
            {each["case_id"]: each for each in people},
            flags,
            reviews,
            _texts(rows, actor),
            {each.pk: each for each in earlier},
        )


def flags_of(cases: Sequence[UUID], actor: Actor) -> tuple[dict[UUID, list[Flag]], dict[UUID, datetime]]:
    """What the engine has raised in these cases and still stands; and when each is to be reviewed."""
    flags: dict[UUID, list[Flag]] = {}
    reviews: dict[UUID, datetime] = {}
    for case_id, kind, target_at, stopped_at, raised_at in _flag_clocks(cases, actor):
        is_open, code = stopped_at is None, FLAGS[ClockKind(kind)]
        if kind == ClockKind.MISSING_REVIEW and is_open:
            reviews[case_id] = target_at
        if raised_at and (is_open or code in LASTING):
            flags.setdefault(case_id, []).append(Flag(code, raised_at, is_open))
    return flags, reviews


def _flag_clocks(cases: Sequence[UUID], actor: Actor) -> Iterable[tuple[Any, ...]]:
    first = Escalation.objects.filter(clock=OuterRef("pk"), step=0, repetition=0).values("fired_at")[:1]
    seen = Clock.objects.visible_to(actor).filter(case__in=cases, kind__in=list(FLAGS))
    dated = seen.annotate(raised_at=Subquery(first)).order_by("started_at", "id")
    return dated.values_list("case_id", "kind", "target_at", "stopped_at", "raised_at")


def _texts(rows: Iterable[MissingReport], actor: Actor) -> dict[UUID, Any]:
    ids: set[Any] = {item.note_id for row in rows for item in row.items.all() if item.note_id}
    ids |= {sighting.text_id for row in rows for sighting in row.sightings.all()}
    seen = Content.objects.visible_to(actor).filter(
        pk__in=[*ids, NOBODY], kind__in=kinds_read_by(actor.audience)
    )
    return {each.pk: each.body for each in seen if actor.audience in each.audience}


def _seen(row: MissingReport, beside: _Beside, actor: Actor) -> SeenReport:
    stored = beside.people.get(row.case_id, {})
    about = readable(stored, actor.audience)
    allowed = MISSING_FIELDS_READ_BY[actor.audience]
    details = {name: value for name, value in row.details.items() if name in allowed}
    columns = {name: getattr(row, name) for name in ("last_seen_at", "legal_status", "immediate_risk")}
    section = {name: getattr(row, name) for name in ("section_started_at", "section_expires_at")}
    return SeenReport(
        row=row,
        person=about,
        columns=stored,
        details=details,
        flags=beside.flags.get(row.case_id, []),
        checklist=_checklist(row, _of_child(row, stored), beside.texts),
        sightings=[SeenSighting(each, beside.texts.get(each.text_id) or {}) for each in row.sightings.all()],
        links=list(row.links.all()),
        earlier=beside.earlier,
        wanted=still_wanted(
            {**about, **details, **columns, **section},
            detained=is_detained(row.legal_status),
            under_18=_of_child(row, stored),
            readable=allowed,
        ),
        age_known=_of_child(row, stored) is not None,
        standing=standing(facts_of(row)),
        advice=advice(row.legal_status, row.missing_since, row.section_started_at, row.section_expires_at),
        next_review_at=beside.reviews.get(row.case_id) if row.state in AWAY else None,
        actions=policies.missing_actions(actor, row),
    )


def _of_child(row: MissingReport, person: Mapping[str, Any]) -> bool | None:
    """Whether under 18; None while nobody knows how old they are."""
    aged = person.get("date_of_birth") is not None or person.get("age") is not None
    return row.under_18 if row.under_18 or aged else None


def _checklist(row: MissingReport, under_18: bool | None, texts: Mapping[UUID, Any]) -> list[Line]:
    done = {item.code: item for item in row.items.all()}
    asked = asked_of(under_18=under_18, security=row.security)
    codes = [*asked, *(code for code in done if code not in asked)]
    return [
        Line(
            code,
            CHECKLIST[code].title,
            CHECKLIST[code].phase.value,
            done.get(code),
            _note(done.get(code), texts),
        )
        for code in codes
    ]


def _note(item: ChecklistItem | None, texts: Mapping[UUID, Any]) -> str | None:
    return texts.get(item.note_id) if item is not None and item.note_id is not None else None
