"""Rungs that have fired."""

from django.db import models

from referrals.models.visible import PrivateUntilSentQuerySet


class EscalationQuerySet(PrivateUntilSentQuerySet):
    """Escalations are dated by when they fired."""

    recorded_field = "fired_at"


class Escalation(models.Model):
    """One rung of a clock's ladder, fired once: unique by clock, step and repetition.

    ``superseded`` rungs were due in the same look as a higher one, and woke nobody. ``told`` lists
    the recipients: ``[{"agency_id", "team_id", "tier", "role", "name", "membership_id"}]``; an agency's
    duty contact has no membership.
    """

    case = models.ForeignKey("referrals.Case", models.PROTECT, related_name="+", db_index=False)
    referral = models.ForeignKey(
        "referrals.Referral", models.PROTECT, null=True, related_name="escalations", db_index=False
    )
    clock = models.ForeignKey("referrals.Clock", models.PROTECT, related_name="escalations", db_index=False)
    step = models.SmallIntegerField()
    repetition = models.IntegerField()
    percent = models.SmallIntegerField()
    due_at = models.DateTimeField()
    fired_at = models.DateTimeField()
    superseded = models.BooleanField(default=False)
    told = models.JSONField(default=list)
    only_agency = models.ForeignKey(
        "agencies.Agency", models.PROTECT, null=True, related_name="+", db_index=False
    )

    objects = EscalationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["clock", "step", "repetition"], name="a_rung_fires_once"),
        ]

    def __str__(self) -> str:
        return f"rung {self.step} of clock {self.clock_id}"
