"""Detentions under section 136 or 135, and voluntary handovers: their milestones, and who waits."""

from typing import Self

from django.db import models
from django.db.models import F, Q

from referrals.domain.detention import BASES, LONGEST_EXTENSION, PLACE_KINDS, Milestone, Outcome, Power, State
from referrals.models.keys import new_id
from referrals.models.visible import VisibleQuerySet

CORRECTS = Q(withdrawn=True)


class DetentionQuerySet(VisibleQuerySet):
    """Detentions of the cases to which the actor's agency is a party."""

    def open(self) -> Self:
        """Those that have not ended."""
        return self.filter(ended_at=None)


class Detention(models.Model):
    """Somebody with officers, by a power, until a place of safety has decided what follows.

    Instants are UTC and as stated, not as entered. What the milestones come to is kept beside them:
    ``starts_at``, the earliest arrival, starts the 24-hour limit (Mental Health Act 1983, s.136(2A));
    ``extension_minutes`` is a doctor's decision, recorded here, never made here. ``team`` is the desk of
    the police; ``place`` the place of safety that the person came to last. ``under_18`` is None while
    nobody knows.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    reference = models.CharField(max_length=11, unique=True)
    case = models.ForeignKey("referrals.Case", models.PROTECT, related_name="detentions")
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="+", db_index=False)
    team = models.ForeignKey("agencies.Team", models.PROTECT, related_name="+", db_index=False)
    power = models.CharField(max_length=12, choices=[(p, p) for p in Power])
    state = models.CharField(max_length=12, choices=[(s, s) for s in State], default=State.DETAINED)
    version = models.IntegerField(default=1)
    under_18 = models.BooleanField(null=True)
    location = models.JSONField(default=dict)
    source_incident_number = models.CharField(max_length=60, blank=True)
    detained_at = models.DateTimeField()
    starts_at = models.DateTimeField(null=True)
    extension_minutes = models.PositiveSmallIntegerField(default=0)
    expires_at = models.DateTimeField(null=True)
    place = models.ForeignKey("agencies.Team", models.PROTECT, null=True, related_name="+", db_index=False)
    accepted_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)
    assessed_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=30, blank=True)
    actor = models.JSONField()
    recorded_at = models.DateTimeField()

    objects = DetentionQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["agency", "detained_at"], name="detention_by_force"),
            models.Index(
                fields=["place", "starts_at"], condition=Q(ended_at=None), name="detention_at_place"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(ended_at=None), name="one_open_detention_of_a_case"
            ),
            models.CheckConstraint(
                name="detention_extension_within_12_hours",
                condition=Q(extension_minutes__lte=LONGEST_EXTENSION),
            ),
            models.CheckConstraint(
                name="detention_legal_clock_from_arrival",
                condition=Q(power=Power.VOLUNTARY, expires_at=None)
                | (~Q(power=Power.VOLUNTARY) & Q(starts_at=None, expires_at=None))
                | (~Q(power=Power.VOLUNTARY) & Q(starts_at__isnull=False, expires_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="detention_ended_is_its_state",
                condition=Q(state=State.ENDED, ended_at__isnull=False)
                | (~Q(state=State.ENDED) & Q(ended_at=None)),
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def is_open(self) -> bool:
        """Whether somebody is still kept, or waited with."""
        return self.ended_at is None


class DetentionMilestone(models.Model):
    """One thing that happened, as somebody stated it; append-only.

    ``at`` is when it happened, ``recorded_at`` when it was entered. An entry that ``supersedes`` another
    corrects it, or takes it back if it is ``withdrawn``; the other stays where it is. ``disputed_at`` is
    the time that somebody else has, ``basis`` and ``disputed_basis`` what each goes by. ``doctor`` and
    ``authorised_by`` are ``{name, role, contact}``. Its text is the content ``note_id``; ``referral`` the
    one whose acceptance or refusal it is.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    detention = models.ForeignKey(Detention, models.PROTECT, related_name="milestones")
    case = models.ForeignKey("referrals.Case", models.PROTECT, related_name="+", db_index=False)
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=30, choices=[(m, m) for m in Milestone])
    at = models.DateTimeField()
    place = models.ForeignKey("agencies.Team", models.PROTECT, null=True, related_name="+", db_index=False)
    place_kind = models.CharField(max_length=30, blank=True, choices=[(p, p) for p in PLACE_KINDS])
    basis = models.CharField(max_length=30, blank=True, choices=[(b, b) for b in BASES])
    disputed_at = models.DateTimeField(null=True)
    disputed_basis = models.CharField(max_length=30, blank=True, choices=[(b, b) for b in BASES])
    outcome = models.CharField(max_length=30, blank=True)
    reason_code = models.CharField(max_length=30, blank=True)
    extension_minutes = models.PositiveSmallIntegerField(null=True)
    doctor = models.JSONField(null=True)
    authorised_by = models.JSONField(null=True)
    referral = models.ForeignKey(
        "referrals.Referral", models.PROTECT, null=True, related_name="+", db_index=False
    )
    supersedes = models.OneToOneField("self", models.PROTECT, null=True, related_name="corrected_by")
    withdrawn = models.BooleanField(default=False)
    note_id = models.UUIDField(null=True)
    actor = models.JSONField()
    recorded_at = models.DateTimeField()

    objects = VisibleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(name="milestone_has_happened", condition=Q(at__lte=F("recorded_at"))),
            models.CheckConstraint(
                name="milestone_taken_back_is_another",
                condition=Q(withdrawn=False) | Q(supersedes__isnull=False),
            ),
            models.CheckConstraint(
                name="milestone_extension_names_its_doctor",
                condition=CORRECTS
                | ~Q(kind=Milestone.EXTENDED)
                | Q(
                    extension_minutes__range=(1, LONGEST_EXTENSION),
                    doctor__isnull=False,
                    reason_code="condition",
                ),
            ),
            models.CheckConstraint(
                name="milestone_length_is_an_extensions",
                condition=Q(extension_minutes=None) | Q(kind=Milestone.EXTENDED),
            ),
            models.CheckConstraint(
                name="milestone_decision_has_an_outcome",
                condition=CORRECTS | ~Q(kind=Milestone.DECIDED) | Q(outcome__in=list(Outcome)),
            ),
            models.CheckConstraint(
                name="milestone_arrival_has_its_basis",
                condition=CORRECTS
                | (Q(kind=Milestone.ARRIVED) & Q(basis__in=list(BASES)) & ~Q(place_kind=""))
                | ~Q(kind=Milestone.ARRIVED),
            ),
            models.CheckConstraint(
                name="milestone_dispute_has_its_basis",
                condition=Q(disputed_at=None, disputed_basis="")
                | Q(disputed_at__isnull=False, kind=Milestone.ARRIVED, disputed_basis__in=list(BASES)),
            ),
            models.CheckConstraint(
                name="milestone_refusal_was_authorised",
                condition=~Q(kind=Milestone.CAPACITY_ANSWERED, reason_code="refused")
                | Q(authorised_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.detention_id}"


class OfficerWait(models.Model):
    """An officer who waits, or a number of them, from an instant on (UTC); append-only.

    ``until`` is None while they are there. An entry that ``supersedes`` another ends or corrects it;
    ``relieves`` names the officer whose place this one took.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    detention = models.ForeignKey(Detention, models.PROTECT, related_name="officers")
    case = models.ForeignKey("referrals.Case", models.PROTECT, related_name="+", db_index=False)
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="+", db_index=False)
    identifier = models.CharField(max_length=40, blank=True)
    number = models.PositiveSmallIntegerField(null=True)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    relieves = models.CharField(max_length=40, blank=True)
    supersedes = models.OneToOneField("self", models.PROTECT, null=True, related_name="corrected_by")
    actor = models.JSONField()
    recorded_at = models.DateTimeField()

    objects = VisibleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="officer_is_named_or_counted",
                condition=Q(identifier="", number__isnull=False) | (~Q(identifier="") & Q(number=None)),
            ),
            models.CheckConstraint(
                name="officer_leaves_after_coming", condition=Q(until=None) | Q(until__gte=F("since"))
            ),
        ]

    def __str__(self) -> str:
        return self.identifier or f"{self.number} officers"
