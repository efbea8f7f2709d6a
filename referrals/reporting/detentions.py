"""Detentions as they may be told: milestones with their texts, who waits, how long, what to know of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Prefetch

from agencies.acting import Actor
from referrals import policies
from referrals.domain import officers
from referrals.domain.case import CaseState
from referrals.domain.clocks import LIMITS, ClockKind
from referrals.domain.detention import Advice, Facts, Milestone, advice, facts, of_a_child, standing
from referrals.domain.disclosure import kinds_read_by
from referrals.models import Content, Detention, DetentionMilestone, OfficerWait
from referrals.models.keys import instant


@dataclass(frozen=True)
class SeenMilestone:
    """One entry, whether it stands, and its text if the reader's audience reads it."""

    row: DetentionMilestone
    stands: bool
    text: str | None


@dataclass(frozen=True)
class SeenDetention:
    """One detention as somebody sees it at an instant.

    ``waiting`` is how many officers wait now, ``officer_minutes`` what their waits sum to.
    ``counting_since`` is when as many as wait now would have begun, to the second, to come to that sum.
    """

    row: Detention
    facts: Facts
    milestones: Sequence[SeenMilestone]
    officers: Sequence[OfficerWait]
    waiting: int
    officer_minutes: int
    counting_since: datetime | None
    advice: Sequence[Advice]
    actions: Sequence[str]
    now: datetime

    @property
    def standing(self) -> list[SeenMilestone]:
        """The entries that hold, by when they happened."""
        held = [each for each in self.milestones if each.stands]
        return sorted(held, key=lambda each: (each.row.at, str(each.row.pk)))

    @property
    def pathway(self) -> list[SeenMilestone]:
        """Where the person was brought, in order: an emergency department first, often enough."""
        return [each for each in self.standing if each.row.kind == Milestone.ARRIVED]

    @property
    def corrected(self) -> list[SeenMilestone]:
        """The entries that hold no more, and those that only took one back."""
        return [each for each in self.milestones if not each.stands]

    @property
    def waiting_since(self) -> datetime | None:
        """Since when police wait at the place of safety; None before they came, and after their release."""
        row = self.row
        return row.starts_at if row.is_open and row.released_at is None else None

    @property
    def waiting_minutes(self) -> int | None:
        """The same in whole minutes."""
        since = self.waiting_since
        return None if since is None else max(0, int((self.now - since).total_seconds() // 60))

    @property
    def handover_target(self) -> int:
        """Within how many minutes of arrival the officers should be released, whatever the priority."""
        return LIMITS[ClockKind.OFFICER_RELEASE].minutes[0]

    @property
    def waits_too_long(self) -> bool:
        """Whether police wait longer than that."""
        return (self.waiting_minutes or 0) > self.handover_target


def read(ids: Sequence[UUID], actor: Actor, now: datetime | None = None) -> list[SeenDetention]:
    """These detentions as far as the actor sees them, in this order. Four queries, however many."""
    at = now or instant()
    entries = DetentionMilestone.objects.visible_to(actor).select_related("agency", "place__agency")
    waits = OfficerWait.objects.visible_to(actor)
    found = (
        Detention.objects.visible_to(actor)
        .filter(pk__in=ids)
        .select_related("case", "agency", "team__agency", "place__agency")
        .prefetch_related(
            Prefetch("milestones", queryset=entries.order_by("recorded_at", "id")),
            Prefetch("officers", queryset=waits.order_by("recorded_at", "id")),
        )
    )
    rows = {row.pk: row for row in found}
    texts = _texts(rows.values(), actor)
    return [_seen(rows[key], texts, actor, at) for key in ids if key in rows]


def _seen(row: Detention, texts: Mapping[UUID, str], actor: Actor, now: datetime) -> SeenDetention:
    entries: list[Any] = list(row.milestones.all())
    waits: list[Any] = list(row.officers.all())
    held = {each.pk for each in standing(entries)}
    end = min(each for each in (row.released_at, row.ended_at, now) if each is not None)
    standing_waits: list[Any] = list(officers.standing(waits))
    is_open = row.case.state == CaseState.OPEN
    kinds = [each.kind for each in entries if each.pk in held]
    waiting = officers.there(standing_waits, now, end + timedelta(microseconds=int(end == now)))
    spent = officers.seconds(waits, end)
    return SeenDetention(
        row=row,
        facts=facts(row.power, entries),
        milestones=[SeenMilestone(each, each.pk in held, texts.get(each.note_id)) for each in entries],
        officers=standing_waits,
        waiting=waiting,
        officer_minutes=int(spent // 60),
        counting_since=_to_the_second(end - timedelta(seconds=spent / waiting)) if waiting else None,
        advice=[*_of_a_child(row, entries, held), *advice(row.power, entries, now)],
        actions=policies.milestones_for(actor, kinds) if is_open else [],
        now=now,
    )


def _to_the_second(at: datetime) -> datetime:
    return (at + timedelta(milliseconds=500)).replace(microsecond=0)


def _of_a_child(row: Detention, entries: Sequence[Any], held: set[object]) -> list[Advice]:
    """What is to be known of an age, while the person is where they came last."""
    came = [each for each in entries if each.pk in held and each.kind == Milestone.ARRIVED]
    last = max(came, key=lambda each: each.at, default=None)
    in_station = row.is_open and last is not None and last.place_kind == "police_station"
    return of_a_child(under_18=row.under_18, in_station=in_station)


def _texts(rows: Iterable[Detention], actor: Actor) -> dict[UUID, str]:
    ids = {each.note_id for row in rows for each in row.milestones.all() if each.note_id}
    seen = Content.objects.visible_to(actor).filter(pk__in=ids, kind__in=kinds_read_by(actor.audience))
    return {each.pk: str(each.body) for each in seen if actor.audience in each.audience}
