"""Webhooks over HTTP: where an agency's events are sent, with what secret, and what came of it."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers, viewsets
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.api.authentication import acting
from notifications.models import WebhookDelivery, WebhookEndpoint
from referrals import policies
from referrals.api import fields, shapes, words
from referrals.api.event_types import unknown
from referrals.api.fields import OPTIONAL
from referrals.api.filtering import refuse_unknown
from referrals.api.idempotency import OneEffect
from referrals.api.paging import Column, page, whole
from referrals.api.rows import at
from referrals.api.schema import CURSOR, LIMIT
from referrals.api.threshold import SHOWN_OF_ACTOR
from referrals.domain.errors import NotThere
from referrals.services import webhook as webhooks

NEWEST_FIRST = {"newest": (Column("id", int, descending=True),)}
TYPE = re.compile(r"[a-z_]{1,30}\.[a-z_]{1,29}")
STATE = OpenApiParameter("state", enum=words.DELIVERY_STATES, description="Only those that stand so.")
LONGEST_OVERLAP = 7 * 24  # hours


class TypesField(serializers.ListField):
    """Types of events; none means every type."""

    child = fields.Pattern(TYPE, max_length=60, help_text="As in referral.sent.")
    max_length = 100

    def to_internal_value(self, data: object) -> list[str]:
        """Raises ValidationError for a type that there is not: it would never be sent."""
        types = super().to_internal_value(data)
        if wrong := unknown(types):
            raise serializers.ValidationError(wrong)
        return types


class WebhookChangeSerializer(fields.StrictSerializer):
    """What of a webhook can be changed."""

    url = fields.Text(max_length=500, required=False, help_text="https://, on the public internet.")
    types = TypesField(required=False, help_text="Types of events; empty: every type.")
    description = fields.Text(max_length=200, required=False, allow_blank=True)
    enabled = fields.Truth(required=False, help_text="Switched on again, it is sent all that waited.")


class WebhookSerializer(fields.StrictSerializer):
    """A new webhook."""

    url = fields.Text(max_length=500, help_text="https://, on the public internet.")
    types = TypesField(required=False, help_text="Types of events; left out or empty: every type.")
    description = fields.Text(max_length=200, required=False, allow_blank=True)
    after = fields.Whole(
        **OPTIONAL,
        min_value=0,
        max_value=2**63 - 1,
        help_text="Begin after this position of the feed (0: with all there is); by default from now on.",
    )


class WebhookSecretSerializer(fields.StrictSerializer):
    """How long the old secret signs besides the new one."""

    overlap_hours = fields.Whole(default=24, min_value=0, max_value=LONGEST_OVERLAP)


class WebhookViewSet(OneEffect, viewsets.ViewSet):
    """The agency's webhooks: its programs with the scope manage them, and its managers and directors."""

    scopes_to_read = scopes_to_write = ("webhooks:manage",)
    has_version = False
    shown_once = ("secret",)

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        """Whoever may not manage them may not look, either."""
        super().initial(request, *args, **kwargs)
        policies.check_manages_webhooks(acting(request))

    @extend_schema(responses=shapes.page_of(shapes.Webhook))
    def list(self, request: Request) -> Response:
        """Every webhook of your agency."""
        refuse_unknown(request, ())
        found = WebhookEndpoint.objects.visible_to(acting(request)).kept().order_by("created_at", "id")
        return Response(whole([as_json(each) for each in found]))

    @extend_schema(request=WebhookSerializer, responses={201: shapes.WebhookAndSecret})
    def create(self, request: Request) -> Response:
        """Register an address. Its secret is in this answer, and in no other."""
        said = _read(WebhookSerializer, request)
        _check_reads_events(request)
        made, secret = webhooks.register(said=said, by=acting(request))
        where = request.build_absolute_uri(f"/api/v1/webhooks/{made.pk}/")
        return Response({**as_json(made), "secret": secret}, 201, headers={"Location": where})

    @extend_schema(responses=shapes.Webhook)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """One webhook: whether it works, and what waits for it."""
        refuse_unknown(request, ())
        return Response(as_json(_seen(pk, request)))

    @extend_schema(request=WebhookChangeSerializer, responses=shapes.Webhook)
    def partial_update(self, request: Request, pk: UUID) -> Response:
        """Change the address, the types or the description; switch it off or on."""
        said = _read(WebhookChangeSerializer, request)
        if {"url", "types"} & set(said):
            _check_reads_events(request)
        return Response(as_json(webhooks.change(webhook_id=pk, said=said, by=acting(request))))

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: UUID) -> Response:
        """Remove it: nothing more is sent."""
        webhooks.remove(webhook_id=pk, by=acting(request))
        return Response(status=204)

    @extend_schema(request=WebhookSecretSerializer, responses=shapes.WebhookAndSecret)
    def secret(self, request: Request, pk: UUID) -> Response:
        """A new secret, in this answer alone. The old one signs besides it until ``old_secret_until``."""
        overlap = timedelta(hours=_read(WebhookSecretSerializer, request)["overlap_hours"])
        endpoint, secret = webhooks.rotate(webhook_id=pk, overlap=overlap, by=acting(request))
        return Response({**as_json(endpoint), "secret": secret})

    @extend_schema(request=None, responses={202: shapes.Delivery})
    def test(self, request: Request, pk: UUID) -> Response:
        """Have a ``webhook.test`` sent to it now; the log says what came of it."""
        return Response(delivery_as_json(webhooks.test(webhook_id=pk, by=acting(request))), 202)

    @extend_schema(responses=shapes.page_of(shapes.Delivery), parameters=[STATE, CURSOR, LIMIT])
    def deliveries(self, request: Request, pk: UUID) -> Response:
        """What was sent to it, or waits; the newest first, for 30 days, each with its latest attempts."""
        refuse_unknown(request, ("state", "cursor", "limit"))
        mine = WebhookDelivery.objects.visible_to(acting(request)).filter(endpoint=_seen(pk, request))
        found = page([(_standing(mine, request), "")], request, NEWEST_FIRST)
        on_page = mine.filter(pk__in=[key for (key,) in found.keys]).order_by("-id")
        return Response(found.answer([delivery_as_json(each) for each in on_page]))

    @extend_schema(request=None, responses={202: shapes.Delivery})
    def replay(self, request: Request, pk: UUID, delivery: int) -> Response:
        """Have an event sent again, under the ``webhook-id`` that it had."""
        made = webhooks.replay(webhook_id=pk, delivery_id=delivery, by=acting(request))
        return Response(delivery_as_json(made), 202)


def _check_reads_events(request: Request) -> None:
    """What a program has sent to an address, it may read itself. Raises PermissionDenied."""
    if "events:read" not in acting(request).scopes:
        raise PermissionDenied("your token lacks the scope events:read: a webhook sends what the feed tells")


def _read(kind: type[fields.StrictSerializer], request: Request) -> dict[str, Any]:
    body = kind(data=request.data)
    body.is_valid(raise_exception=True)
    return {**body.validated_data}


def _seen(pk: UUID, request: Request) -> WebhookEndpoint:
    found = WebhookEndpoint.objects.visible_to(acting(request)).kept().filter(pk=pk).first()
    if found is None:
        raise NotThere("there is no such webhook of your agency")
    return found


def _standing(mine: QuerySet, request: Request) -> QuerySet:
    """Deliveries in the state that is asked for. Raises ValidationError."""
    wanted = request.query_params.get("state")
    if wanted is None:
        return mine
    if wanted not in words.DELIVERY_STATES:
        raise serializers.ValidationError({"state": [f"one of {', '.join(words.DELIVERY_STATES)}"]})
    waits = wanted == words.DELIVERY_WAITS
    return mine.filter(next_attempt_at__isnull=False) if waits else mine.filter(outcome=wanted)


def as_json(endpoint: WebhookEndpoint) -> dict[str, Any]:
    """The webhook, without its secrets."""
    return {
        "id": str(endpoint.pk),
        "url": endpoint.url,
        "types": endpoint.types,
        "description": endpoint.description,
        "enabled": endpoint.disabled_at is None,
        "disabled_at": at(endpoint.disabled_at),
        "disabled_reason": endpoint.disabled_reason or None,
        "failing_since": at(endpoint.failing_since),
        "failures": endpoint.failures,
        "next_trial_at": at(endpoint.retry_at),
        "position": endpoint.position,
        "old_secret_until": at(endpoint.old_secret_until),
        "created_by": {name: endpoint.created_by.get(name) for name in SHOWN_OF_ACTOR},
        "created_at": at(endpoint.created_at),
    }


def delivery_as_json(delivery: WebhookDelivery) -> dict[str, Any]:
    """The delivery, and what came of it."""
    return {
        "id": delivery.pk,
        "webhook_id": delivery.message_id,
        "type": delivery.type,
        "sequence": delivery.position,
        "event": delivery.event_id,
        "replay_of": delivery.replay_of,
        "state": delivery.outcome or words.DELIVERY_WAITS,
        "created_at": at(delivery.created_at),
        "next_attempt_at": at(delivery.next_attempt_at),
        "finished_at": at(delivery.finished_at),
        "attempts": delivery.attempts,
        "tried": delivery.tried,
    }
