"""Links: what one agency holds to be cases of one person. Nobody else sees them, and they can be undone."""

from typing import Self

from django.db import models
from django.db.models import F, Q

from agencies.acting import Actor
from referrals.models.keys import new_id


class CaseLinkQuerySet(models.QuerySet):
    """Links, each agency's its own."""

    def visible_to(self, actor: Actor) -> Self:
        """Those that the actor's agency made."""
        return self.filter(agency_id=actor.agency_id)

    def standing(self) -> Self:
        """Those that were not undone."""
        return self.filter(ended_at=None)


class CaseLink(models.Model):
    """Two cases that one agency holds to be of one person. ``one`` is the older; undone, it is kept."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="+", db_index=False)
    one = models.ForeignKey("referrals.Case", models.PROTECT, related_name="+")
    other = models.ForeignKey("referrals.Case", models.PROTECT, related_name="+")
    made_by = models.JSONField()
    made_at = models.DateTimeField()
    ended_by = models.JSONField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = CaseLinkQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "one", "other"], condition=Q(ended_at=None), name="cases_are_linked_once"
            ),
            models.CheckConstraint(
                name="link_is_of_two_cases_in_their_order", condition=Q(one__lt=F("other"))
            ),
            models.CheckConstraint(
                name="link_is_undone_by_somebody",
                condition=Q(ended_by__isnull=True, ended_at=None)
                | Q(ended_by__isnull=False, ended_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"link of agency {self.agency_id}"
