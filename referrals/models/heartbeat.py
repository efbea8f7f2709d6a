"""What shows that the engine lives: heartbeats, the canary, and figures that are kept because they cost."""

from django.db import models
from django.db.models import F, Q


class Heartbeat(models.Model):
    """One part of the engine (``tick``, ``deliver``, ``number``, ``node:<name>``) and when it last finished.

    In UTC. ``trouble`` is what a worker node says of itself, such as a broker that does not answer.
    """

    part = models.CharField(max_length=100, primary_key=True)
    beat_at = models.DateTimeField()
    trouble = models.CharField(max_length=100, blank=True, default="", db_default="")

    def __str__(self) -> str:
        return f"{self.part} at {self.beat_at}"


class Canary(models.Model):
    """A thing due every minute that belongs to no case, and must pass the tick and then the delivery.

    Only the worker's role may write it: an engine that runs in the wrong role, and so sees no rows and
    finds nothing due, loses its canary.
    """

    due_at = models.DateTimeField(unique=True)
    ticked_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="canary_ticks_before_it_is_sent",
                condition=Q(sent_at=None) | Q(ticked_at__isnull=False, sent_at__gte=F("ticked_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"canary of {self.due_at}"


class Measure(models.Model):
    """One figure for the metrics that is too dear to be counted at each look; the worker keeps it."""

    pk = models.CompositePrimaryKey("name", "label")
    name = models.CharField(max_length=60)
    label = models.CharField(max_length=60, blank=True)
    value = models.FloatField()

    def __str__(self) -> str:
        return f"{self.name} {self.label}"
