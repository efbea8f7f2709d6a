"""A clock: one promise with a deadline. Everything in the system that can be late is one of these."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q

from referrals.domain.clocks import ClockKind
from referrals.models.visible import PrivateUntilSentQuerySet


class ClockQuerySet(PrivateUntilSentQuerySet):
    """Clocks, by whether they still wait."""

    recorded_field = "started_at"

    def running(self) -> Self:
        """Neither met nor stopped."""
        return self.filter(stopped_at=None)

    def due(self, now: datetime) -> Self:
        """Running, and to be looked at by ``now``."""
        return self.filter(next_look_at__lte=now)


class Clock(models.Model):
    """One promise. Instants are UTC and run on recorded time.

    ``target_at`` is the deadline; ``next_look_at`` when the engine looks next, null once stopped.
    Meeting a clock sets ``met_at`` and ``stopped_at``. ``step`` and ``repetition`` say how far its
    ladder has been climbed. It runs on the agreement's version that it started with; ``clause``
    is the line of it that set the target. ``tries`` counts looks in a row that failed, ``trouble``
    is the kind of error; ``parked_at`` is set while too many have. Whoever took it (``taken_by``)
    keeps its ladder quiet until ``quiet_until``; the clock itself runs on. ``team`` must act and
    ``other_team`` waits, where a promise is a team's own and neither a referral's end's nor the case's.
    """

    case = models.ForeignKey("referrals.Case", models.PROTECT, related_name="clocks", db_index=False)
    referral = models.ForeignKey(
        "referrals.Referral", models.PROTECT, null=True, related_name="clocks", db_index=False
    )
    kind = models.CharField(max_length=30, choices=[(k, k) for k in ClockKind])
    priority = models.CharField(max_length=2)
    started_at = models.DateTimeField()
    target_at = models.DateTimeField()
    next_look_at = models.DateTimeField(null=True)
    step = models.SmallIntegerField(default=0)
    repetition = models.IntegerField(default=0)
    tries = models.IntegerField(default=0, db_default=0)
    trouble = models.CharField(max_length=60, blank=True, default="", db_default="")
    parked_at = models.DateTimeField(null=True)
    taken_by = models.JSONField(null=True)
    taken_at = models.DateTimeField(null=True)
    quiet_until = models.DateTimeField(null=True)
    met_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    agreement_version = models.ForeignKey(
        "referrals.AgreementVersion", models.PROTECT, related_name="+", db_index=False
    )
    clause = models.CharField(max_length=100)
    team = models.ForeignKey("agencies.Team", models.PROTECT, null=True, related_name="+", db_index=False)
    other_team = models.ForeignKey(
        "agencies.Team", models.PROTECT, null=True, related_name="+", db_index=False
    )
    only_agency = models.ForeignKey(
        "agencies.Agency", models.PROTECT, null=True, related_name="+", db_index=False
    )

    objects = ClockQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["next_look_at"], condition=Q(next_look_at__isnull=False), name="clock_due"),
            models.Index(fields=["referral"], condition=Q(referral__isnull=False), name="clock_of_referral"),
            models.Index(fields=["case"], name="clock_of_case"),
            models.Index(
                fields=["quiet_until"],
                condition=Q(quiet_until__isnull=False, stopped_at=None),
                name="clock_taken",
            ),
            models.Index(
                fields=["team", "target_at"],
                condition=Q(team__isnull=False, stopped_at=None),
                name="clock_of_team",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="clock_running_has_a_next_look",
                condition=Q(stopped_at__isnull=True, next_look_at__isnull=False)
                | Q(stopped_at__isnull=False, next_look_at__isnull=True),
            ),
            models.CheckConstraint(
                name="clock_met_is_stopped",
                condition=Q(met_at__isnull=True) | Q(stopped_at__isnull=False, stopped_at=F("met_at")),
            ),
            models.CheckConstraint(
                name="clock_target_after_start", condition=Q(target_at__gt=F("started_at"))
            ),
            models.CheckConstraint(
                name="clock_taken_has_a_name_and_an_end",
                condition=Q(taken_by__isnull=True, taken_at=None, quiet_until=None)
                | Q(taken_by__isnull=False, taken_at__isnull=False, quiet_until__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["referral", "kind"], condition=Q(stopped_at=None), name="one_running_clock_of_a_kind"
            ),
            models.UniqueConstraint(
                fields=["case", "kind", "team"],
                condition=Q(stopped_at=None, referral=None),
                nulls_distinct=False,
                name="one_running_case_clock_of_a_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.referral_id or self.case_id}"
