"""Disputes about whose a person is, and how each was settled."""

from typing import Self

from django.db import models
from django.db.models import F, Q

from referrals.domain.dispute import WITHDRAWN, Opened, Settled
from referrals.models.keys import new_id
from referrals.models.visible import VisibleQuerySet

ENDS = [*Settled, WITHDRAWN]


class DisputeQuerySet(VisibleQuerySet):
    """Disputes, by whether they still wait."""

    def open(self) -> Self:
        """Not settled yet."""
        return self.filter(settled_at=None)


class Dispute(models.Model):
    """One dispute about one referral, between the desk that asked and the one that was asked.

    Whoever is accountable holds meanwhile. ``arbiter`` is the code of the agency that the agreement names.
    ``text_id`` and ``settled_text_id`` are contents. ``agreed_with`` names who agreed for the other side, or
    the arbiter who decided. Settled once, it stays so.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey("referrals.Case", models.PROTECT, related_name="disputes")
    referral = models.ForeignKey("referrals.Referral", models.PROTECT, related_name="+", db_index=False)
    from_agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="+", db_index=False)
    from_team = models.ForeignKey("agencies.Team", models.PROTECT, related_name="+", db_index=False)
    to_agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="+", db_index=False)
    to_team = models.ForeignKey("agencies.Team", models.PROTECT, related_name="+", db_index=False)
    arbiter = models.CharField(max_length=40, blank=True)
    cause = models.CharField(max_length=20, choices=[(c, c) for c in Opened])
    actor = models.JSONField()
    text_id = models.UUIDField(null=True)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    outcome = models.CharField(max_length=20, blank=True)
    agreed_with = models.JSONField(null=True)
    settled_by = models.JSONField(null=True)
    settled_text_id = models.UUIDField(null=True)
    settled_at = models.DateTimeField(null=True)

    objects = DisputeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(settled_at=None), name="one_open_dispute_of_a_case"
            ),
            models.CheckConstraint(name="dispute_is_between_two_teams", condition=~Q(from_team=F("to_team"))),
            models.CheckConstraint(
                name="dispute_waits_or_is_settled",
                condition=Q(outcome="", settled_by__isnull=True, settled_at=None)
                | Q(outcome__in=ENDS, settled_by__isnull=False, settled_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"dispute of {self.case_id}"

    @property
    def agencies(self) -> set[int]:
        """The two sides."""
        return {self.from_agency_id, self.to_agency_id}
