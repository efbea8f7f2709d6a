"""Webhooks: addresses of partners' systems, and each event that is owed to one of them."""

from enum import StrEnum
from typing import Self
from urllib.parse import urlsplit

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from agencies.acting import Actor
from notifications.models.message import new_id

WAITING = Q(next_attempt_at__isnull=False)


class Outcome(StrEnum):
    """How a delivery ended. Withheld: the agency may no longer see the event."""

    DELIVERED = "delivered"
    GIVEN_UP = "given_up"
    WITHHELD = "withheld"


class WhyDisabled(StrEnum):
    """Why an endpoint is sent nothing."""

    BY_YOU = "by_you"
    GONE = "gone"  # it answered 410
    FAILING = "failing"  # for days


class WebhookQuerySet(models.QuerySet):
    """Endpoints and deliveries, each an agency's own."""

    def visible_to(self, actor: Actor) -> Self:
        """Those of the actor's agency."""
        return self.filter(agency_id=actor.agency_id)

    def kept(self) -> Self:
        """Endpoints that have not been removed."""
        return self.filter(removed_at=None)


class WebhookEndpoint(models.Model):
    """An address to which an agency's events are sent, in the order of its feed. Instants are UTC.

    ``position`` is how far the feed has been written out into deliveries; ``types`` empty means every
    type. Secrets are sealed; the old one signs besides the new one until ``old_secret_until``. It stands on
    the rights of ``client``, if a client made it: revoked, nothing more is sent. ``failures`` counts those
    since the last success; from the third on nothing but one trial is sent, at ``retry_at``. Until
    ``claimed_until`` one worker is sending to it: one at a time keeps the order.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="+")
    client = models.ForeignKey("agencies.ApiClient", models.PROTECT, null=True, related_name="+")
    url = models.CharField(max_length=500)
    types = ArrayField(models.CharField(max_length=60), default=list)
    description = models.CharField(max_length=200, blank=True)
    secret = models.CharField(max_length=300)
    old_secret = models.CharField(max_length=300, blank=True)
    old_secret_until = models.DateTimeField(null=True)
    position = models.BigIntegerField()
    created_by = models.JSONField()
    created_at = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True)
    failures = models.IntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    retry_at = models.DateTimeField(null=True)
    warned_at = models.DateTimeField(null=True)
    disabled_at = models.DateTimeField(null=True)
    disabled_reason = models.CharField(max_length=20, blank=True)
    removed_at = models.DateTimeField(null=True)

    objects = WebhookQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="webhook_is_disabled_for_a_reason",
                condition=Q(disabled_at=None, disabled_reason="")
                | Q(disabled_at__isnull=False, disabled_reason__in=list(WhyDisabled)),
            ),
            models.CheckConstraint(
                name="webhook_old_secret_ends",
                condition=Q(old_secret="", old_secret_until=None)
                | (~Q(old_secret="") & Q(old_secret_until__isnull=False)),
            ),
            models.CheckConstraint(
                name="webhook_fails_since_an_instant",
                condition=Q(failures=0, failing_since=None, retry_at=None)
                | Q(failures__gt=0, failing_since__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"webhook to {self.host}"

    @property
    def host(self) -> str:
        """The part of the address that people know it by; the rest may hold a token."""
        return urlsplit(self.url).hostname or ""


class WebhookDelivery(models.Model):
    """One event owed to one endpoint. Its case's events are sent by ``id``, each after the one before.

    It holds no content: the document is made when it is sent, of what the agency may see then. ``position``
    is the event's in the agency's feed; a test has neither. ``tried`` holds the latest attempts.
    """

    id = models.BigAutoField(primary_key=True)
    endpoint = models.ForeignKey(WebhookEndpoint, models.PROTECT, related_name="deliveries", db_index=False)
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="+", db_index=False)
    position = models.BigIntegerField(null=True)
    event_id = models.BigIntegerField(null=True)
    case_id = models.UUIDField(null=True)
    type = models.CharField(max_length=60)
    replay_of = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()
    next_attempt_at = models.DateTimeField(null=True)
    attempts = models.IntegerField(default=0)
    tried = models.JSONField(default=list)
    finished_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=20, blank=True)

    objects = WebhookQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "webhook deliveries"
        indexes = [
            models.Index(fields=["endpoint", "id"], condition=WAITING, name="webhook_waiting"),
            models.Index(fields=["endpoint", "case_id", "id"], condition=WAITING, name="webhook_in_order"),
            models.Index(fields=["endpoint", "-id"], name="webhook_log"),
            models.Index(fields=["finished_at"], condition=~WAITING, name="webhook_to_forget"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["endpoint", "position"],
                condition=Q(replay_of=None),
                name="an_event_is_owed_to_a_webhook_once",
            ),
            models.CheckConstraint(
                name="webhook_delivery_waits_or_is_finished",
                condition=Q(next_attempt_at__isnull=False, finished_at=None, outcome="")
                | Q(next_attempt_at=None, finished_at__isnull=False, outcome__in=list(Outcome)),
            ),
            models.CheckConstraint(
                name="webhook_delivery_is_of_an_event_or_a_test",
                condition=Q(position=None, event_id=None, case_id=None, type="webhook.test")
                | Q(position__isnull=False, event_id__isnull=False, case_id__isnull=False),
            ),
            models.CheckConstraint(
                name="webhook_delivery_replays_an_earlier_one",
                condition=Q(replay_of=None) | Q(replay_of__lt=F("id")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} to {self.endpoint_id}"

    @property
    def message_id(self) -> str:
        """The same at every attempt and replay, so that a receiver can tell what it has had."""
        return f"evt_{self.event_id}" if self.event_id else f"test_{self.pk}"
