"""The outbox: one row for each thing owed to one recipient over one channel."""

from datetime import datetime
from typing import Self
from uuid import UUID

from django.db import models
from django.db.models import Q
from uuid_utils.compat import uuid7

from agencies.acting import Actor


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562)."""
    return uuid7()


class MessageQuerySet(models.QuerySet):
    """Messages, by reader and by what is due."""

    def visible_to(self, actor: Actor) -> Self:
        """Those owed to the actor's agency."""
        return self.filter(agency_id=actor.agency_id)

    def due(self, now: datetime) -> Self:
        """Neither sent nor given up, and to be tried by ``now``."""
        return self.filter(next_attempt_at__lte=now)


class Message(models.Model):
    """One thing owed to one recipient over one channel. Instants are UTC.

    It names a case by reference and carries codes and times, never a name or a clinical word.
    ``about`` is a label such as ``referral:<id>``: no foreign key upwards. ``recipient`` is
    ``member:<id>``, ``team:<id>`` (its whole desk) or ``agency:<id>`` (its duty
    contact). ``next_attempt_at`` is null once the message is sent or given up; until ``claimed_until``
    one worker is sending it. ``then`` are further channels, ``[name, minutes after]``, of which the
    first is tried at ``then_at`` if nobody has seen the message. ``failure_told_at`` is when somebody
    was told that it was given up. ``reference`` is the one under which a provider took it, or may have,
    together with whatever shared its envelope; ``provider_id`` is the provider's own. Without a receipt by
    ``receipt_due_at`` the provider is asked; ``delivered_at`` is when a receipt said so.
    """

    class Channel(models.TextChoices):
        """How it travels."""

        INBOX = "inbox"
        EMAIL = "email"
        SMS = "sms"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    opened_on = models.DateField()
    key = models.CharField(max_length=200)
    case_id = models.UUIDField(null=True)
    about = models.CharField(max_length=80)
    escalation_id = models.BigIntegerField(null=True)
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="+", db_index=False)
    membership = models.ForeignKey(
        "agencies.Membership", models.PROTECT, null=True, related_name="+", db_index=False
    )
    team = models.ForeignKey("agencies.Team", models.PROTECT, null=True, related_name="+", db_index=False)
    recipient = models.CharField(max_length=40)
    role = models.CharField(max_length=20)
    channel = models.CharField(max_length=20, choices=Channel.choices, default=Channel.INBOX)
    kind = models.CharField(max_length=60)
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    next_attempt_at = models.DateTimeField(null=True)
    attempts = models.SmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)
    claimed_until = models.DateTimeField(null=True)
    then = models.JSONField(null=True)
    then_at = models.DateTimeField(null=True)
    failure_told_at = models.DateTimeField(null=True)
    reference = models.UUIDField(null=True)
    provider_id = models.CharField(max_length=40, blank=True, default="", db_default="")
    receipt_due_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["next_attempt_at"], condition=Q(next_attempt_at__isnull=False), name="message_due"
            ),
            models.Index(fields=["then_at"], condition=Q(then_at__isnull=False), name="message_next_channel"),
            models.Index(
                fields=["channel", "recipient", "next_attempt_at"],
                condition=~Q(channel="inbox") & Q(next_attempt_at__isnull=False),
                name="message_due_to",
            ),
            models.Index(
                fields=["channel", "sent_at"],
                condition=~Q(channel="inbox") & Q(sent_at__isnull=False),
                name="message_sent_lately",
            ),
            models.Index(
                fields=["claimed_until"], condition=Q(claimed_until__isnull=False), name="message_claimed"
            ),
            models.Index(
                fields=["failed_at"],
                condition=Q(failed_at__isnull=False, failure_told_at=None),
                name="message_failure_to_tell",
            ),
            models.Index(
                fields=["reference"], condition=Q(reference__isnull=False), name="message_reference"
            ),
            models.Index(
                fields=["receipt_due_at"],
                condition=Q(receipt_due_at__isnull=False),
                name="message_receipt_due",
            ),
            models.Index(fields=["agency", "-created_at"], name="message_inbox"),
            models.Index(fields=["membership", "-created_at"], name="message_inbox_of_member"),
            models.Index(
                fields=["agency", "membership", "team"],
                condition=Q(seen_at__isnull=True),
                name="message_unseen",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["key", "opened_on"], name="one_message_per_key"),
            models.UniqueConstraint(
                fields=["escalation_id", "recipient", "channel", "opened_on"],
                name="one_message_per_escalation_recipient_channel",
            ),
            models.CheckConstraint(
                name="message_waits_or_is_finished",
                condition=Q(next_attempt_at__isnull=False, sent_at=None, failed_at=None)
                | Q(next_attempt_at=None, sent_at__isnull=False, failed_at=None)
                | Q(next_attempt_at=None, sent_at=None, failed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} to {self.recipient}"


class Attempt(models.Model):
    """One try at sending one message. No foreign key: messages are to be partitioned by day."""

    message_id = models.UUIDField(db_index=True)
    number = models.SmallIntegerField()
    at = models.DateTimeField()
    error = models.CharField(max_length=200, blank=True)  # the kind of error; empty if it went

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message_id", "number"], name="attempts_are_numbered")]

    def __str__(self) -> str:
        return f"attempt {self.number} at {self.message_id}"
