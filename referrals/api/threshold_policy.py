"""Threshold policies over HTTP: what call handlers are asked, by force and category, and since when."""

from datetime import datetime
from typing import Any

from django.db.models import Prefetch, Q
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.api.authentication import acting
from agencies.models import Agency
from referrals.api import body, fields, places, shapes, words
from referrals.api.briefs import brief
from referrals.api.fields import OPTIONAL
from referrals.api.filtering import refuse_unknown
from referrals.api.idempotency import OneEffect
from referrals.api.paging import whole
from referrals.api.rows import at
from referrals.api.threshold import SHOWN_OF_ACTOR
from referrals.models import ThresholdGoLive, ThresholdPolicy, ThresholdPolicyVersion
from referrals.models.keys import instant
from referrals.services import threshold_policy

AGENCY = OpenApiParameter("agency", description="The id or code of a force: its own, and those for all.")
CATEGORY = OpenApiParameter("category", enum=words.CATEGORIES)


class DeclaredSerializer(fields.StrictSerializer):
    """A version of a force's own policy in one category, as its director declares it."""

    category = fields.Choice(words.CATEGORIES)
    live_from = fields.Instant()
    reason = fields.Text(max_length=500)
    adopted = fields.Truth(
        default=True, help_text="False: the force stands outside; police attend as before."
    )
    by = fields.NamedSerializer(**OPTIONAL)


class GoLiveSerializer(fields.StrictSerializer):
    """Another date for a version that is not live yet."""

    live_from = fields.Instant()
    reason = fields.Text(max_length=500)
    by = fields.NamedSerializer(**OPTIONAL)


class PolicyViewSet(OneEffect, viewsets.ViewSet):
    """Policies of every force; one that declares none of its own has the shipped ones."""

    scopes_to_read = ("cases:read", "referrals:read", "thresholds:write")
    scopes_to_write = ("thresholds:write",)
    has_version = False

    @extend_schema(responses=shapes.page_of(shapes.Policy), parameters=[AGENCY, CATEGORY])
    def list(self, request: Request) -> Response:
        """With every version's questions, clauses and sources, and the history of its go-live dates."""
        refuse_unknown(request, ("agency", "category"))
        seen = ThresholdPolicy.objects.visible_to(acting(request)).select_related("agency")
        if word := request.query_params.get("agency"):
            force = places.one(Agency, word, "agency", acting(request))
            seen = seen.filter(Q(agency=force) | Q(agency=None))
        if category := request.query_params.get("category"):
            if category not in words.CATEGORIES:
                raise serializers.ValidationError({"category": [f"one of {', '.join(words.CATEGORIES)}"]})
            seen = seen.filter(category=category)
        go_lives = ThresholdGoLive.objects.visible_to(acting(request)).order_by("id")
        versions = ThresholdPolicyVersion.objects.visible_to(acting(request)).order_by("number")
        versions_too = Prefetch("versions", versions.prefetch_related(Prefetch("go_lives", go_lives)))
        found = seen.prefetch_related(versions_too).order_by("id")
        now = instant()
        return Response(whole([_policy(each, now) for each in found]))

    @extend_schema(request=DeclaredSerializer, responses={201: shapes.PolicyVersion})
    def create(self, request: Request) -> Response:
        """Declare a further version of your force's own policy, with the shipped questions."""
        said, by = body.said(DeclaredSerializer, request)
        made = threshold_policy.declare(declared=threshold_policy.Declared(**said), by=by)
        return Response(_version(made, instant()), 201)

    @extend_schema(request=GoLiveSerializer, responses={201: shapes.PolicyVersion})
    def go_live(self, request: Request, pk: int) -> Response:
        """Move the date at which a version goes live, before it is reached; the old one is kept."""
        said, by = body.said(GoLiveSerializer, request)
        moved = threshold_policy.move_go_live(version_id=pk, by=by, **said)
        return Response(_version(moved.version, instant()), 201)


def _policy(policy: ThresholdPolicy, now: datetime) -> dict[str, Any]:
    versions = list(policy.versions.all())
    return {
        "agency": policy.agency and brief(policy.agency),
        "category": policy.category,
        "versions": [_version(each, now) for each in versions],
    }


def _version(version: ThresholdPolicyVersion, now: datetime) -> dict[str, Any]:
    dates = sorted(version.go_lives.all(), key=lambda each: each.pk)
    live_from = dates[-1].live_from if dates else None
    return {
        "id": version.pk,
        "number": version.number,
        "code": version.code,
        "adopted": version.adopted,
        "questions": version.questions,
        "live_from": at(live_from),
        "live": live_from is not None and live_from <= now,
        "go_lives": [
            {
                "live_from": at(each.live_from),
                "reason": each.reason,
                "set_by": {name: each.set_by.get(name) for name in SHOWN_OF_ACTOR},
                "set_at": at(each.set_at),
            }
            for each in dates
        ],
        "made_at": at(version.made_at),
    }
