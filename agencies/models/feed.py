"""Calendars of an agency's rota, read by whoever has the address, until it is revoked."""

from typing import Self

from django.db import models
from django.db.models.functions import Now

from agencies.actor import Actor
from agencies.models.agency import Agency


class RotaFeedQuerySet(models.QuerySet):
    """Feeds, each agency's own."""

    def visible_to(self, actor: Actor) -> Self:
        """Those of the actor's agency."""
        return self.filter(agency=actor.agency_id)


class RotaFeed(models.Model):
    """An address at which the rota of an agency can be subscribed to. The token is stored as a digest.

    Revoked, it answers nobody, and stays so.
    """

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="rota_feeds")
    digest = models.CharField(max_length=64, unique=True)
    made_by = models.JSONField(null=True)
    made_at = models.DateTimeField(db_default=Now())
    revoked_at = models.DateTimeField(null=True)

    objects = RotaFeedQuerySet.as_manager()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"rota of agency {self.agency_id}"
