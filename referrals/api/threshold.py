"""Threshold decisions over HTTP: is a police response required, and what became of the answer?"""

from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.acting import Actor
from agencies.api.authentication import acting
from agencies.models import Agency
from referrals.api import body, fields, places, shapes, words
from referrals.api.asking import PersonSerializer
from referrals.api.briefs import brief
from referrals.api.fields import OPTIONAL
from referrals.api.filtering import StrictFilterSet, any_of, narrowed, refuse_unknown
from referrals.api.idempotency import OneEffect
from referrals.api.paging import Column, page
from referrals.api.rows import at, offered
from referrals.api.schema import query
from referrals.api.shapes import AnswersSerializer, page_of
from referrals.domain import reference
from referrals.domain.errors import NotThere
from referrals.models import ThresholdDecision
from referrals.reporting.decisions import SeenDecision, SeenStep, read
from referrals.services import threshold_review
from referrals.services.threshold import Decided, record

NEWEST_FIRST = {"newest": (Column("id", UUID, descending=True),)}
SHOWN_OF_ACTOR = ("name", "role", "contact", "agency")


class DecisionSerializer(fields.StrictSerializer):
    """A decision as its maker states it."""

    category = fields.Choice(words.CATEGORIES)
    policy = fields.Text(
        max_length=60, **OPTIONAL, help_text="The code of the policy that prompted; refused if not in force."
    )
    answers = AnswersSerializer()
    rationale = fields.Text()
    decided_by = fields.NamedSerializer(
        **OPTIONAL, help_text="Ignored for somebody signed in: it is they who decide."
    )
    occurred_at = fields.Instant(**OPTIONAL, help_text="When it was decided, if not now; never to come.")
    caller_told = fields.Text(help_text="What the caller was told.")
    already_tried = fields.Text(**OPTIONAL, allow_blank=True)
    agrees = fields.Truth(default=True, allow_null=True, help_text="False overrides the computed outcome.")
    case = fields.CaseReference(**OPTIONAL, help_text="Left out, a case is opened.")
    person = PersonSerializer(**OPTIONAL)
    priority = fields.Choice(
        words.PRIORITIES, **OPTIONAL, help_text="How soon, where a case is opened; P1 by default."
    )
    agency_told = fields.IdOrCode(**OPTIONAL, help_text="Which agency was told.")
    agency_told_at = fields.Instant(
        **OPTIONAL, help_text="When that agency was told; by default when it was decided, never to come."
    )


class ReviewSerializer(fields.Bys):
    """A supervisor's word on a decision."""

    verdict = fields.Choice(words.VERDICTS)
    rationale = fields.Text()
    outcome = fields.Choice(words.DECIDED, **OPTIONAL, help_text="Needed to decide what is undetermined.")


class ObjectionSerializer(fields.Bys):
    """Why somebody disagrees, or what is known now."""

    reason = fields.Text()


class DecisionFilterSet(StrictFilterSet):
    """Narrows your agency's decisions; a case shows those of every force in it."""

    category = filters.MultipleChoiceFilter(choices=[(c, c) for c in words.CATEGORIES], method=any_of)
    outcome = filters.MultipleChoiceFilter(choices=[(o, o) for o in words.OUTCOMES], method=any_of)
    case = filters.CharFilter(method="filter_case", label="Reference of a case")

    def filter_case(self, queryset: QuerySet, name: str, word: str) -> QuerySet:
        """By the case's reference, in whatever way it was typed."""
        try:
            return queryset.filter(case__reference=reference.clean(word))
        except reference.BadReference as problem:
            raise serializers.ValidationError({"case": [str(problem)]}) from None


class ThresholdViewSet(OneEffect, viewsets.ViewSet):
    """Threshold decisions: your agency's own, and those of the cases in which it has a part."""

    scopes_to_read = ("cases:read", "thresholds:write")
    scopes_to_write = ("thresholds:write",)
    has_version = False

    @extend_schema(responses=page_of(shapes.Decision), parameters=query(DecisionFilterSet))
    def list(self, request: Request) -> Response:
        """Your agency's decisions, the newest first; with ``case``, every decision of that case."""
        seen = ThresholdDecision.objects.visible_to(acting(request))
        rows = seen if "case" in request.query_params else seen.own(acting(request))
        found = page(narrowed(DecisionFilterSet, request, [(rows, "")]), request, NEWEST_FIRST)
        told = read([key for (key,) in found.keys], acting(request))
        return Response(found.answer([as_json(each, acting(request)) for each in told]))

    @extend_schema(request=DecisionSerializer, responses={201: shapes.Decision})
    def create(self, request: Request) -> Response:
        """The outcome is computed from the answers, and recorded with its clauses."""
        said, by = body.said(DecisionSerializer, request, person="decided_by")
        if word := said.pop("agency_told", None):
            said["told_agency"] = places.one(Agency, word, "agency_told", by)
        if told_at := said.pop("agency_told_at", None):
            said["told_at"] = told_at
        made = record(decided=Decided(**said), by=by)
        return answer(made.pk, by, 201)

    @extend_schema(responses=shapes.Decision)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """One decision, as it stands now."""
        refuse_unknown(request, ())
        return answer(pk, acting(request))

    @extend_schema(request=ReviewSerializer, responses=shapes.Decision)
    def review(self, request: Request, pk: UUID) -> Response:
        """A supervisor of the deciding force, not the decider, ratifies the decision or overturns it."""
        said, by = body.said(ReviewSerializer, request)
        threshold_review.review(decision_id=pk, said=threshold_review.Review(**said), by=by)
        return answer(pk, by)


class ObjectionView(OneEffect):
    """What any party may say of a decision: that it disagrees, or that there is new information."""

    scopes_to_write = ("cases:write", "referrals:write", "thresholds:write")
    has_version = False
    say = staticmethod(threshold_review.disagree)

    @extend_schema(request=ObjectionSerializer, responses=shapes.Decision)
    def post(self, request: Request, pk: UUID) -> Response:
        """The deciding force's supervisor is told at once, and a clock runs until it is answered."""
        said, by = body.said(ObjectionSerializer, request)
        self.say(decision_id=pk, by=by, **said)
        return answer(pk, by)


class ReopenView(ObjectionView):
    """New information reopens a decision."""

    say = staticmethod(threshold_review.reopen)


def answer(pk: UUID, by: Actor, status: int = 200) -> Response:
    """One decision as it stands now. Raises NotThere."""
    found = read([pk], by)
    if not found:
        raise NotThere("there is no such decision, or your agency has no part in its case")
    return Response(as_json(found[0], by), status)


def as_json(seen: SeenDecision, by: Actor) -> dict[str, Any]:
    """The decision as partners read it."""
    made = seen.row
    return {
        "id": str(made.pk),
        "agency": brief(made.agency),
        "category": made.category,
        "case": made.case and made.case.reference,
        "outcome": made.outcome,
        "computed": made.computed,
        "overridden": made.overridden,
        "outcome_now": seen.outcome,
        "stand": seen.stand,
        "clauses": made.clauses,
        "policy_version": made.policy_version,
        "answers": made.answers,
        **seen.texts,
        "agency_told": made.told_agency and brief(made.told_agency),
        "agency_told_at": at(made.told_at),
        "decided_by": _named(made.decided_by),
        "steps": [_step(step) for step in seen.steps],
        "allowed_actions": _offered(seen, by),
        "occurred_at": at(made.occurred_at),
        "recorded_at": at(made.recorded_at),
    }


def _offered(seen: SeenDecision, by: Actor) -> list[str]:
    """To review takes the scope of who decides; to object, that of anybody who has a part in the case."""
    takes = {"review": ThresholdViewSet.scopes_to_write}
    return [
        each for each in seen.actions if offered([each], by, *takes.get(each, ObjectionView.scopes_to_write))
    ]


def _step(seen: SeenStep) -> dict[str, Any]:
    return {
        "kind": seen.row.kind,
        "outcome": seen.row.outcome or None,
        "cause": seen.row.cause or None,
        "text": seen.text,
        "by": _named(seen.row.actor),
        "occurred_at": at(seen.row.occurred_at),
        "recorded_at": at(seen.row.recorded_at),
    }


def _named(actor: dict[str, Any]) -> dict[str, Any]:
    return {name: actor.get(name) for name in SHOWN_OF_ACTOR}
