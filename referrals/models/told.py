"""What somebody tells of a case: its columns are the same, whatever it is about."""

from django.db import models

from referrals.models.keys import new_id
from referrals.models.visible import VisibleQuerySet


class Told(models.Model):
    """Who told it, when it happened, and when it was entered; instants are UTC. Append-only.

    Clocks run on ``recorded_at``; ``occurred_at`` is shown beside it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    actor = models.JSONField()
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    objects = VisibleQuerySet.as_manager()

    class Meta:
        abstract = True
