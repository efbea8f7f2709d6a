"""When a team is at its desk, and who is on call for it."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import Q

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
