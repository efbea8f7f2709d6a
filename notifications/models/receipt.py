"""What a provider says became of what it took from us."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from agencies.acting import Actor
from notifications.models.message import new_id


class ReceiptQuerySet(models.QuerySet):
    """Receipts are the machine's: they belong to no agency."""

    def visible_to(self, actor: Actor) -> Self:
        """None, for any actor."""
        return self.none()


class Receipt(models.Model):
    """A status as GOV.UK Notify gave it (https://docs.notifications.service.gov.uk/python.html, receipts).

    ``reference`` is ours, as text: what is not ours is kept, and changes nothing. Applied once, by the
    worker.
    """

    class Status(models.TextChoices):
        """What Notify may say in a receipt."""

        DELIVERED = "delivered"
        PERMANENT_FAILURE = "permanent-failure"  # no such number or mailbox
        TEMPORARY_FAILURE = "temporary-failure"  # switched off, or full, for up to 72 hours
        TECHNICAL_FAILURE = "technical-failure"  # between Notify and its own providers

    id = models.UUIDField(default=new_id, editable=False, primary_key=True)
    provider_id = models.CharField(max_length=40)
    reference = models.CharField(max_length=40)
    status = models.CharField(max_length=20, choices=Status.choices)
    received_at = models.DateTimeField(db_default=Now())
    applied_at = models.DateTimeField(null=True)

    objects = ReceiptQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["received_at"], condition=Q(applied_at=None), name="receipt_to_apply"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["provider_id", "status"], name="a_status_is_taken_in_once"),
            models.CheckConstraint(
                name="receipt_status_is_known",
                condition=Q(
                    status__in=["delivered", "permanent-failure", "temporary-failure", "technical-failure"]
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.status} of {self.provider_id}"
