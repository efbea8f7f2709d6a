"""Events: the append-only history of each case, chained by hash; and the feed made from it."""

from typing import Self

from django.db import models
from django.db.models import Q

from agencies.acting import Actor
from referrals.models.visible import PrivateUntilSentQuerySet


class Event(models.Model):
    """One fact about a case. Written by ``services.events`` only; never changed or removed.

    The database draws ``id`` under the case lock, numbers ``seq`` within the case, sets
    ``recorded_at`` and ``hash`` (over the event and the hash before it). ``data`` holds ids, codes,
    times and digests of contents: never a name or a clinical word of the patient.
    """

    id = models.BigIntegerField(primary_key=True)
    case = models.ForeignKey("referrals.Case", models.PROTECT, related_name="events", db_index=False)
    opened_on = models.DateField()
    referral = models.ForeignKey(
        "referrals.Referral", models.PROTECT, null=True, related_name="+", db_index=False
    )
    seq = models.IntegerField()
    type = models.CharField(max_length=60)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    actor = models.JSONField()
    data = models.JSONField()
    hash = models.BinaryField()
    only_agency = models.ForeignKey(
        "agencies.Agency", models.PROTECT, null=True, related_name="+", db_index=False
    )

    objects = PrivateUntilSentQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["case"], condition=Q(type="case.adverse_outcome"), name="event_adverse"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "seq", "opened_on"], name="events_are_numbered_in_their_case"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.seq} of {self.case_id}"


class FeedQuerySet(models.QuerySet):
    """Positions, each agency's its own."""

    def visible_to(self, actor: Actor) -> Self:
        """The agency's own feed."""
        return self.filter(agency_id=actor.agency_id)


class Feed(models.Model):
    """One event for one agency, at the position by which that agency reads on.

    The sequencer writes it from committed events only, so that a position once passed never fills
    in behind. ``position`` rises, with holes.
    """

    pk = models.CompositePrimaryKey("agency_id", "position")
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="+", db_index=False)
    position = models.BigIntegerField()
    event_id = models.BigIntegerField()
    case_id = models.UUIDField()

    objects = FeedQuerySet.as_manager()

    class Meta:
        db_table = "referrals_feed"

    def __str__(self) -> str:
        return f"{self.position} for agency {self.agency_id}"
