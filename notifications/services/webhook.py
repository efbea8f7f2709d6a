"""Rows of webhooks, as partners' programs and people make and change them. Whoever calls says who may."""

from datetime import datetime, timedelta
from typing import Any

from agencies import audit
from agencies.actor import Actor
from notifications.channels import signing
from notifications.models import WebhookDelivery, WebhookEndpoint
from notifications.models.webhook import WhyDisabled

TEST = "webhook.test"


def register(*, said: dict[str, Any], position: int, by: Actor, at: datetime) -> tuple[WebhookEndpoint, str]:
    """A new endpoint, which is sent what comes after this position; and its secret, told this once."""
    secret = signing.new_secret()
    made = WebhookEndpoint.objects.create(
        agency_id=by.agency_id,
        client_id=by.client_id,
        secret=signing.seal(secret),
        position=position,
        created_by=by.as_event(),
        created_at=at,
        **said,
    )
    _record("webhook.registered", made, by, host=made.host)
    return made, secret


def change(endpoint: WebhookEndpoint, *, said: dict[str, Any], by: Actor, at: datetime) -> WebhookEndpoint:
    """Another address, types or description; switched off or on again. Switched on it begins afresh."""
    enabled = said.pop("enabled", None)
    for name, value in said.items():
        setattr(endpoint, name, value)
    if enabled is False and endpoint.disabled_at is None:
        endpoint.disabled_at, endpoint.disabled_reason = at, WhyDisabled.BY_YOU
    if enabled or "url" in said:
        endpoint.failures, endpoint.failing_since = 0, None
        endpoint.retry_at = endpoint.warned_at = None
    if enabled:
        endpoint.disabled_at, endpoint.disabled_reason = None, ""
    endpoint.save(update_fields=CHANGED)
    _record("webhook.changed", endpoint, by, changed=sorted(said), enabled=enabled)
    return endpoint


CHANGED = (
    "url", "types", "description", "disabled_at", "disabled_reason", "failures", "failing_since",
    "retry_at", "warned_at",
)  # fmt: skip


def remove(endpoint: WebhookEndpoint, *, by: Actor, at: datetime) -> None:
    """Nothing more is sent to it, and nobody sees it any more."""
    endpoint.removed_at = at
    endpoint.save(update_fields=["removed_at"])
    _record("webhook.removed", endpoint, by)


def rotate(endpoint: WebhookEndpoint, *, overlap: timedelta, by: Actor, at: datetime) -> str:
    """A new secret, told this once. The one before signs besides it as long as they overlap."""
    secret = signing.new_secret()
    endpoint.old_secret, endpoint.old_secret_until = endpoint.secret, at + overlap
    endpoint.secret = signing.seal(secret)
    endpoint.save(update_fields=["secret", "old_secret", "old_secret_until"])
    _record("webhook.secret_rotated", endpoint, by, overlap_minutes=overlap.total_seconds() // 60)
    return secret


def test(endpoint: WebhookEndpoint, *, at: datetime) -> WebhookDelivery:
    """Owe it one document that is about nothing."""
    return WebhookDelivery.objects.create(
        endpoint=endpoint, agency_id=endpoint.agency_id, type=TEST, created_at=at, next_attempt_at=at
    )


def replay(delivery: WebhookDelivery, *, at: datetime) -> WebhookDelivery:
    """Owe the same event again, behind what waits of its case."""
    copied = ("endpoint_id", "agency_id", "position", "event_id", "case_id", "type")
    return WebhookDelivery.objects.create(
        replay_of=delivery.replay_of or delivery.pk,
        created_at=at,
        next_attempt_at=at,
        **{name: getattr(delivery, name) for name in copied},
    )


def _record(action: str, about: WebhookEndpoint, by: Actor, **data: object) -> None:
    audit.record(action=action, by=by, target_label="webhookendpoint", target_id=about.pk, data=data)
