"""A referral: one ask of a case, from one team to one team; and the moves it made."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from referrals.domain.case import Category, Priority, SceneSafety
from referrals.domain.referral import HELD, OPEN, State
from referrals.models.keys import new_id
from referrals.models.visible import PrivateUntilSentQuerySet, ReferralQuerySet, VisibleQuerySet

OPEN_STATES = sorted(OPEN)


class Referral(models.Model):
    """One ask, ``lead`` or supporting. Instants are UTC.

    ``breach_at`` is the earliest target of its open clocks, else the last one: worklists go by it.
    ``held_by_*`` names who works on it, which is not accountability. ``asking`` is shared by
    referrals asked at once. ``parent`` is what this one was resent or redirected from. ``routed`` says why
    this team is asked, where nobody named it. ``answering_team`` is set while that team is closed and
    another of its agency stands in for it.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    reference = models.CharField(max_length=11, unique=True)
    case = models.ForeignKey("referrals.Case", models.PROTECT, related_name="referrals")
    case_reference = models.CharField(max_length=11)
    opened_on = models.DateField()
    lead = models.BooleanField(default=True)
    asking = models.UUIDField(default=new_id)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    parent_link = models.CharField(
        max_length=10, blank=True, choices=[("resend", "resend"), ("redirect", "redirect")]
    )
    from_agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="+", db_index=False)
    from_team = models.ForeignKey("agencies.Team", models.PROTECT, related_name="+", db_index=False)
    to_agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="+", db_index=False)
    to_team = models.ForeignKey("agencies.Team", models.PROTECT, related_name="+", db_index=False)
    category = models.CharField(max_length=30, choices=[(c, c) for c in Category])
    priority = models.CharField(max_length=2, choices=[(p, p) for p in Priority])
    state = models.CharField(max_length=20, choices=[(s, s) for s in State], default=State.DRAFT)
    version = models.IntegerField(default=1)
    summary = models.TextField(blank=True)
    location = models.JSONField(default=dict)
    scene_safety = models.CharField(
        max_length=10, choices=[(s, s) for s in SceneSafety], default=SceneSafety.UNKNOWN
    )
    flags = ArrayField(models.CharField(max_length=30), default=list)
    source_incident_number = models.CharField(max_length=60, blank=True)
    occurred_at = models.DateTimeField()
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    breach_at = models.DateTimeField()
    escalation_level = models.SmallIntegerField(default=0)
    held_by_name = models.CharField(max_length=200, blank=True)
    held_by_role = models.CharField(max_length=100, blank=True)
    held_by = models.ForeignKey(
        "agencies.Membership", models.PROTECT, null=True, related_name="+", db_index=False
    )
    accepted_at = models.DateTimeField(null=True)
    cancel_requested_at = models.DateTimeField(null=True)
    redirect_pending = models.BooleanField(default=False)
    risk_raised_at = models.DateTimeField(null=True)
    phone_confirmation = models.JSONField(null=True)
    threshold_decision = models.ForeignKey(
        "referrals.ThresholdDecision", models.PROTECT, null=True, related_name="+", db_index=False
    )
    agreement_version = models.ForeignKey(
        "referrals.AgreementVersion", models.PROTECT, related_name="+", db_index=False
    )
    answering_team = models.ForeignKey(
        "agencies.Team", models.PROTECT, null=True, related_name="+", db_index=False
    )
    routed = models.CharField(max_length=500, blank=True, default="", db_default="")

    objects = ReferralQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["to_agency", "breach_at", "id"],
                condition=Q(state__in=OPEN_STATES),
                name="worklist_received",
            ),
            models.Index(
                fields=["from_agency", "breach_at", "id"],
                condition=Q(state__in=OPEN_STATES),
                name="worklist_sent",
            ),
            models.Index(
                fields=["to_team", "breach_at", "id"],
                condition=Q(state__in=OPEN_STATES),
                name="worklist_team",
            ),
            models.Index(
                fields=["answering_team", "breach_at", "id"],
                condition=Q(answering_team__isnull=False),
                name="worklist_answering",
            ),
            models.Index(fields=["to_agency", "breach_at", "id"], name="received_by_breach"),
            models.Index(fields=["from_agency", "breach_at", "id"], name="sent_by_breach"),
            models.Index(fields=["to_agency", "-sent_at", "id"], name="received_by_sent"),
            models.Index(fields=["from_agency", "-sent_at", "id"], name="sent_by_sent"),
            models.Index(fields=["held_by"], condition=Q(held_by__isnull=False), name="referral_held"),
            models.Index(fields=["case_reference"], name="referral_by_case_reference"),
            models.Index(
                fields=["source_incident_number"],
                condition=~Q(source_incident_number=""),
                name="referral_by_incident",
            ),
        ]
        constraints = [
            models.CheckConstraint(name="referral_state_exists", condition=Q(state__in=sorted(State))),
            models.UniqueConstraint(
                fields=["case"],
                condition=Q(lead=True, state__in=sorted(HELD)),
                name="one_lead_holds_the_case",
            ),
            models.CheckConstraint(
                name="referral_goes_to_another_team", condition=~Q(from_team=F("to_team"))
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def is_open(self) -> bool:
        """Whether it still waits for somebody."""
        return self.state in OPEN

    def agencies_on(self, side: str) -> set[int]:
        """The agencies that act on this side; a shared team's home agency acts beside the one it serves."""
        if side == "sender":
            return {self.from_agency_id}
        return {self.to_agency_id, self.to_team.agency_id}


class Move(models.Model):
    """One step of a referral's lifecycle, as made; append-only.

    ``occurred_at`` is when it is said to have happened, ``recorded_at`` when it was entered; clocks
    run on the latter. ``reason`` points at a content, so that text can be redacted and the step stay.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey("referrals.Case", models.PROTECT, related_name="+", db_index=False)
    referral = models.ForeignKey(Referral, models.PROTECT, related_name="moves", db_index=False)
    version = models.IntegerField()
    action = models.CharField(max_length=30)
    from_state = models.CharField(max_length=20)
    to_state = models.CharField(max_length=20)
    actor = models.JSONField()
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="+", db_index=False)
    reason_code = models.CharField(max_length=40, blank=True)
    reason = models.ForeignKey(
        "referrals.Content", models.PROTECT, null=True, related_name="+", db_index=False
    )
    details = models.JSONField(default=dict)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    event_seq = models.IntegerField()
    only_agency = models.ForeignKey(
        "agencies.Agency", models.PROTECT, null=True, related_name="+", db_index=False
    )

    objects = PrivateUntilSentQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["referral", "version"], name="one_move_per_version")]

    def __str__(self) -> str:
        return f"{self.action} of {self.referral_id}"


class ClaimedAcceptance(models.Model):
    """An acceptance given by phone, as its sender recorded it. Accountability stays until it is confirmed."""

    class State(models.TextChoices):
        """Open until the receiver answers, or the referral ends without an answer: its sender took it back
        (withdrawn), or somebody else took it (overtaken)."""

        OPEN = "open"
        CONFIRMED = "confirmed"
        DENIED = "denied"
        WITHDRAWN = "withdrawn"
        OVERTAKEN = "overtaken"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey("referrals.Case", models.PROTECT, related_name="+", db_index=False)
    referral = models.ForeignKey(Referral, models.PROTECT, related_name="claims")
    accepted_by = models.JSONField()
    claimed_by = models.JSONField()
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    answered_at = models.DateTimeField(null=True)

    objects = VisibleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["referral"], condition=Q(state="open"), name="one_open_claim_per_referral"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.state} claim on {self.referral_id}"
