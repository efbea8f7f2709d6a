"""Threshold decisions as they may be told: with their texts, what became of them, and where they stand."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Prefetch

from agencies.acting import Actor
from referrals import policies
from referrals.domain.disclosure import kinds_read_by
from referrals.domain.threshold import Outcome, Stand, Taken, outcome_now, stand
from referrals.models import Content, ThresholdDecision, ThresholdStep

TEXTS = ("rationale", "already_tried", "caller_told")


@dataclass(frozen=True)
class SeenStep:
    """One thing that became of a decision, with its text if the reader's audience reads it."""

    row: ThresholdStep
    text: str | None


@dataclass(frozen=True)
class SeenDecision:
    """One decision as somebody sees it. A text is None where it is not theirs, or no longer theirs."""

    row: ThresholdDecision
    texts: Mapping[str, str | None]
    steps: Sequence[SeenStep]
    outcome: Outcome
    stand: Stand
    actions: Sequence[str]


def read(ids: Sequence[UUID], actor: Actor) -> list[SeenDecision]:
    """These decisions as far as the actor sees them, in this order. Three queries, however many."""
    steps = ThresholdStep.objects.visible_to(actor).select_related("agency").order_by("recorded_at", "id")
    found = (
        ThresholdDecision.objects.visible_to(actor)
        .filter(pk__in=ids)
        .with_superseded()
        .select_related("agency", "team", "case", "told_agency", "policy")
        .prefetch_related(Prefetch("steps", queryset=steps))
    )
    rows = {row.pk: row for row in found}
    texts = _texts(rows.values(), actor)
    return [_seen(rows[key], texts, actor) for key in ids if key in rows]


def _seen(row: ThresholdDecision, texts: Mapping[str, str], actor: Actor) -> SeenDecision:
    steps = list(row.steps.all())
    taken = [Taken(step.kind, step.outcome) for step in steps]
    own = {kind: getattr(row, kind) for kind in TEXTS} if row.case_id is None else {}
    return SeenDecision(
        row=row,
        texts={kind: own.get(kind) or texts.get(row.contents.get(kind, "")) for kind in TEXTS},
        steps=[SeenStep(step, texts.get(str(step.text_id))) for step in steps],
        outcome=outcome_now(row.outcome, taken),
        stand=stand(row.outcome, overridden=row.overridden, steps=taken, superseded=row.superseded),
        actions=policies.threshold_actions(actor, row, superseded=row.superseded),
    )


def _texts(rows: Iterable[ThresholdDecision], actor: Actor) -> dict[str, str]:
    ids: set[Any] = {key for row in rows for key in row.contents.values()}
    ids |= {step.text_id for row in rows for step in row.steps.all() if step.text_id}
    seen = Content.objects.visible_to(actor).filter(pk__in=ids, kind__in=kinds_read_by(actor.audience))
    return {str(each.pk): str(each.body) for each in seen if actor.audience in each.audience}
