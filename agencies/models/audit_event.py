"""The audit log: who signed in, read, exported, or was given a right."""

from typing import Self

from django.db import models
from django.db.models import DateTimeField, Func

from agencies.actor import Actor
from agencies.models.agency import Agency


class ClockTimestamp(Func):
    """The database's clock at this very moment, not at the start of the transaction."""

    function = "clock_timestamp"
    output_field = DateTimeField()


class AuditEventQuerySet(models.QuerySet):
    """Lines of the log, seen by those who work in the same agency."""

    def visible_to(self, actor: Actor) -> Self:
        """Those of the actor's agency."""
        return self.filter(agency=actor.agency_id)


class AuditEvent(models.Model):
    """One line of the log. The database refuses to change or remove it.

    It points at what it is about by label and id (``referral``, ``7f..``), never by a
    foreign key. Without an agency it is about nobody we know, as a failed sign-in.
    """

    recorded_at = models.DateTimeField(db_default=ClockTimestamp())
    action = models.CharField(max_length=60)
    agency = models.ForeignKey(
        Agency, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    actor = models.JSONField(null=True, blank=True)
    target_label = models.CharField(max_length=60, blank=True)
    target_id = models.CharField(max_length=60, blank=True)
    data = models.JSONField(default=dict, blank=True)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(name="audit_of_an_agency", fields=["agency", "-id"]),
            models.Index(name="audit_of_a_target", fields=["target_label", "target_id"]),
        ]

    def __str__(self) -> str:
        return self.action
