"""When a team is at its desk, and who is on call for it."""

from datetime import datetime
from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, Now

from agencies.actor import Actor
from agencies.models.agency import Team
from agencies.models.user import Membership
from agencies.roles import TIERS


class ServiceHours(models.Model):
    """A team's hours on one day of the week, by the clock on the wall in London.

    ``weekday`` is 0 for Monday, as in Python. ``closes`` at or before ``opens`` is
    on the next morning: 20:00 to 08:00, or 00:00 to 00:00 for the whole day.
    """

    team = models.ForeignKey(Team, models.CASCADE, related_name="hours")
    weekday = models.PositiveSmallIntegerField()
    opens = models.TimeField()
    closes = models.TimeField()

    class Meta:
        verbose_name_plural = "service hours"
        ordering = ["team", "weekday", "opens"]
        constraints = [
            models.CheckConstraint(name="hours_are_on_a_day_of_the_week", condition=Q(weekday__range=(0, 6))),
            models.UniqueConstraint(name="hours_open_once_at_a_time", fields=["team", "weekday", "opens"]),
        ]

    def __str__(self) -> str:
        return f"{self.weekday} {self.opens:%H:%M}-{self.closes:%H:%M}"


class Shift(models.Model):
    """A member on call for a team at a tier, during a stretch of time (UTC, end excluded).

    Several may be on call together. The constraint's index is also the one that
    finds who is on call at a moment: hence the order of its columns.
    """

    team = models.ForeignKey(Team, models.CASCADE, related_name="shifts", db_index=False)
    tier = models.CharField(max_length=20, choices=[(t.value, t.label) for t in TIERS])
    membership = models.ForeignKey(Membership, models.PROTECT, related_name="shifts")
    during = DateTimeRangeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(name="shift_is_at_a_tier", condition=Q(tier__in=[t.value for t in TIERS])),
            models.CheckConstraint(
                name="shift_begins_and_ends",
                condition=Q(
                    during__isempty=False,
                    during__lower_inf=False,
                    during__upper_inf=False,
                ),
            ),
            ExclusionConstraint(
                name="shift_of_a_member_does_not_overlap_itself",
                expressions=[
                    ("team", RangeOperators.EQUAL),
                    ("tier", RangeOperators.EQUAL),
                    ("during", RangeOperators.OVERLAPS),
                    ("membership", RangeOperators.EQUAL),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.team_id} {self.tier}"


class ShiftOverrideQuerySet(models.QuerySet):
    """Changes of the rota."""

    def visible_to(self, actor: Actor) -> Self:
        """Those of the teams of the actor's agency."""
        return self.filter(team__agency=actor.agency_id)

    def in_force(self, at: datetime) -> Self:
        """Those that hold at an instant, and were not withdrawn."""
        return self.filter(during__contains=at, withdrawn_at=None)


class ShiftOverride(models.Model):
    """A change of a shift, which wins over it: ``membership`` is on call instead of ``instead_of``.

    Without ``instead_of`` it replaces everybody on call at that tier; without ``membership`` nobody
    stands in. ``during`` is UTC, its end excluded. It is withdrawn, never deleted.
    """

    team = models.ForeignKey(Team, models.PROTECT, related_name="overrides", db_index=False)
    tier = models.CharField(max_length=20, choices=[(t.value, t.label) for t in TIERS])
    during = DateTimeRangeField()
    instead_of = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    membership = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="overrides")
    reason = models.CharField(max_length=200)
    made_by = models.JSONField(null=True)
    made_at = models.DateTimeField(db_default=Now())
    withdrawn_at = models.DateTimeField(null=True)

    objects = ShiftOverrideQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="override_is_at_a_tier", condition=Q(tier__in=[t.value for t in TIERS])
            ),
            models.CheckConstraint(
                name="override_begins_and_ends",
                condition=Q(during__isempty=False, during__lower_inf=False, during__upper_inf=False),
            ),
            models.CheckConstraint(
                name="override_changes_somebody",
                condition=(Q(instead_of__isnull=False) | Q(membership__isnull=False))
                & (Q(instead_of=None) | Q(membership=None) | ~Q(instead_of=F("membership"))),
            ),
            ExclusionConstraint(
                name="one_override_of_a_shift_at_a_time",
                expressions=[
                    ("team", RangeOperators.EQUAL),
                    ("tier", RangeOperators.EQUAL),
                    ("during", RangeOperators.OVERLAPS),
                    (Coalesce(F("instead_of_id"), Value(0)), RangeOperators.EQUAL),
                ],
                condition=Q(withdrawn_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.team_id} {self.tier}, changed"
