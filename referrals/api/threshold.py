"""Threshold decisions over HTTP: is a police response required?"""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.api.authentication import acting
from referrals.api import fields, shapes, words
from referrals.api.fields import OPTIONAL, named
from referrals.api.idempotency import OneEffect
from referrals.api.rows import at
from referrals.api.shapes import AnswersSerializer
from referrals.models import ThresholdDecision
from referrals.services.threshold import Decided, record


class DecisionSerializer(fields.StrictSerializer):
    """A decision as its maker states it."""

    category = serializers.ChoiceField(words.CATEGORIES)
    policy = serializers.ChoiceField(words.POLICIES, **OPTIONAL)
    answers = AnswersSerializer()
    rationale = fields.Text()
    decided_by = fields.NamedSerializer(
        **OPTIONAL, help_text="Ignored for somebody signed in: it is they who decide."
    )
    occurred_at = fields.Instant(**OPTIONAL)
    caller_told = fields.Text(help_text="What the caller was told.")
    already_tried = fields.Text(**OPTIONAL, allow_blank=True)
    agrees = fields.Truth(default=True, allow_null=True, help_text="False overrides the computed outcome.")
    case = fields.CaseReference(**OPTIONAL)


class ThresholdView(OneEffect):
    """Record the answer to: is a police response required?"""

    scopes_to_write = ("thresholds:write",)

    @extend_schema(request=DecisionSerializer, responses={201: shapes.Decision})
    def post(self, request: Request) -> Response:
        """The outcome is computed from the answers, and recorded with its clauses."""
        body = DecisionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        said = {**body.validated_data}
        said.pop("policy", None)
        by = acting(request).asserting(named(said.pop("decided_by", None)))
        return Response(as_json(record(decided=Decided(**said), by=by), said), 201)


def as_json(made: ThresholdDecision, said: Mapping[str, Any]) -> dict[str, Any]:
    """The decision, as it was recorded."""
    return {
        "id": str(made.pk),
        "category": made.category,
        "case": said.get("case"),
        "outcome": made.outcome,
        "computed": made.computed,
        "overridden": made.overridden,
        "clauses": made.clauses,
        "policy_version": made.policy_version,
        "answers": made.answers,
        "rationale": made.rationale,
        "already_tried": made.already_tried,
        "caller_told": made.caller_told,
        "decided_by": {name: made.decided_by[name] for name in ("name", "role", "contact", "agency")},
        "occurred_at": at(made.occurred_at),
        "recorded_at": at(made.recorded_at),
    }
