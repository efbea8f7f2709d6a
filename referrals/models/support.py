"""Interim support until help arrives, and the calls that are owed back to a caller."""

from django.db import models
from django.db.models import Q

from referrals.domain.support import Ends, How, Who
from referrals.models.contact import ContactAttempt
from referrals.models.keys import new_id
from referrals.models.told import Told
from referrals.models.visible import VisibleQuerySet


class SupportEntry(Told):
    """Who is with the person at a moment, and when the next contact is due (UTC); or why it ended.

    Append-only. ``referral`` is the one whose help is waited for; none where nobody has been asked yet, or it
    was logged for the case. Its text is the content ``note_id``.
    """

    case = models.ForeignKey("referrals.Case", models.PROTECT, related_name="support")
    referral = models.ForeignKey(
        "referrals.Referral", models.PROTECT, null=True, related_name="+", db_index=False
    )
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="+", db_index=False)
    who = models.CharField(max_length=30, choices=[(w, w) for w in Who])
    how = models.CharField(max_length=20, choices=[(h, h) for h in How])
    ends = models.CharField(max_length=20, blank=True)
    next_contact_at = models.DateTimeField(null=True)
    note_id = models.UUIDField(null=True)

    class Meta:
        verbose_name_plural = "support entries"
        constraints = [
            models.CheckConstraint(
                name="support_goes_on_or_ends",
                condition=Q(ends="", next_contact_at__isnull=False)
                | Q(ends__in=list(Ends), next_contact_at=None),
            ),
            models.CheckConstraint(
                name="support_by_nobody_is_not_at_all",
                condition=Q(who=Who.NOBODY, how=How.NOT_AT_ALL)
                | (~Q(who=Who.NOBODY) & ~Q(how=How.NOT_AT_ALL)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.who}: {self.how}"


class CallBack(models.Model):
    """A call that is owed to a caller by a team, until they were reached. ``caller_id`` is a content.

    A team owes one at a time in a case.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey("referrals.Case", models.PROTECT, related_name="call_backs")
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="+", db_index=False)
    team = models.ForeignKey("agencies.Team", models.PROTECT, related_name="+", db_index=False)
    caller_id = models.UUIDField()
    due_at = models.DateTimeField()
    actor = models.JSONField()
    recorded_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    objects = VisibleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["case", "team"], condition=Q(done_at=None), name="one_call_back_owed_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"call back due {self.due_at:%H:%M}"


class CallBackAttempt(Told):
    """One try to reach the caller. Append-only. ``told_id`` is the content of what they were told."""

    call_back = models.ForeignKey(CallBack, models.PROTECT, related_name="attempts")
    case = models.ForeignKey("referrals.Case", models.PROTECT, related_name="+", db_index=False)
    outcome = models.CharField(max_length=20, choices=ContactAttempt.Outcome.choices)
    told_id = models.UUIDField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="a_caller_who_is_reached_is_told",
                condition=~Q(outcome="reached") | Q(told_id__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.outcome
