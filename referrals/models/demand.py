"""What a rung demanded, until a named person has done it."""

from typing import Self

from django.db import models
from django.db.models import Q

from referrals.models.visible import PrivateUntilSentQuerySet


class DemandQuerySet(PrivateUntilSentQuerySet):
    """Demands, by whether somebody still has to meet them."""

    recorded_field = "made_at"

    def unticked(self) -> Self:
        """Those of a clock that still runs, which nobody has said to be done."""
        return self.filter(ticked_at=None, clock__stopped_at=None)


class Demand(models.Model):
    """Something that a ladder demands while a clock is late, once for each clock.

    Only a named person ticks it. Until then each further rung names it again.
    """

    case = models.ForeignKey("referrals.Case", models.PROTECT, related_name="+", db_index=False)
    referral = models.ForeignKey(
        "referrals.Referral", models.PROTECT, null=True, related_name="demands", db_index=False
    )
    clock = models.ForeignKey("referrals.Clock", models.PROTECT, related_name="demands", db_index=False)
    code = models.CharField(max_length=60)
    made_at = models.DateTimeField()
    ticked_at = models.DateTimeField(null=True)
    ticked_by = models.JSONField(null=True)
    only_agency = models.ForeignKey(
        "agencies.Agency", models.PROTECT, null=True, related_name="+", db_index=False
    )

    objects = DemandQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["case"], name="demand_of_case")]
        constraints = [
            models.UniqueConstraint(fields=["clock", "code"], name="a_clock_demands_a_thing_once"),
            models.CheckConstraint(
                name="demand_is_ticked_by_somebody",
                condition=Q(ticked_at=None, ticked_by__isnull=True)
                | Q(ticked_at__isnull=False, ticked_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} of clock {self.clock_id}"
