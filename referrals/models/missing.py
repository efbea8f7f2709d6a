"""Missing patients: reports, their moves, checklists and sightings, and the episodes before."""

from typing import Self

from django.db import models
from django.db.models import F, Q

from agencies.acting import Actor
from agencies.roles import TIERS, Role
from referrals.domain.case import Category
from referrals.domain.missing import AWAY, FINAL, Grade, State
from referrals.domain.missing_fields import Security
from referrals.domain.retaking import LegalStatus
from referrals.domain.threshold import Answer
from referrals.models.keys import new_id
from referrals.models.visible import VisibleQuerySet

ON_BOARD = sorted(AWAY)
UNSENT = [State.DRAFT.value, State.DISCARDED.value]


class MissingReportQuerySet(VisibleQuerySet):
    """Reports, by reader: what somebody began on a shared computer its next user does not read."""

    def opened_by(self, actor: Actor) -> Self:
        """Those that the actor reads and adds to: of the unsent, whoever typed it, and every supervisor."""
        return self.exclude(_withheld(actor))

    def withheld_from(self, actor: Actor) -> Self:
        """The unsent that somebody else of the actor's agency typed. A program typed what no member did."""
        return self.filter(_withheld(actor))


def opens_all_drafts(actor: Actor) -> bool:
    """Whether the actor oversees whoever types: a supervisor, or somebody above."""
    return actor.level in TIERS and actor.level != Role.WORKER


def _withheld(actor: Actor) -> Q:
    if opens_all_drafts(actor):
        return Q(pk=None)
    return Q(state__in=UNSENT) & ~Q(typed_by=actor.membership_id)


class MissingReport(models.Model):
    """One episode of a patient missing from a unit. Instants are UTC.

    It has a case of its own, which its unit's agency opened; while it is a draft nobody else has a part
    there. Sending it made ``referral``, of ``asked_agency``. ``missing_since`` is when last seen, else when
    the absence was confirmed, else when it was written; ``urgency``, from 1, is of its grade, or until there
    is one of the grade proposed: boards go by both. ``details`` are texts by the names of
    ``domain.missing_fields``, as now known; who said what, when, stands in the contents.
    ``last_sighting_*`` are of the latest sighting.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    reference = models.CharField(max_length=11, unique=True)
    case = models.OneToOneField("referrals.Case", models.PROTECT, related_name="missing_report")
    unit = models.ForeignKey("agencies.Team", models.PROTECT, related_name="+", db_index=False)
    unit_agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="+", db_index=False)
    asked_team = models.ForeignKey(
        "agencies.Team", models.PROTECT, null=True, related_name="+", db_index=False
    )
    asked_agency = models.ForeignKey(
        "agencies.Agency", models.PROTECT, null=True, related_name="+", db_index=False
    )
    referral = models.ForeignKey(
        "referrals.Referral", models.PROTECT, null=True, related_name="missing_reports", db_index=False
    )
    state = models.CharField(max_length=10, choices=[(s, s) for s in State], default=State.DRAFT)
    version = models.IntegerField(default=1)
    category = models.CharField(max_length=30, choices=[(c, c) for c in Category])
    grade = models.CharField(max_length=11, choices=[(g, g) for g in Grade], blank=True)
    graded_at = models.DateTimeField(null=True)
    urgency = models.SmallIntegerField()
    police_lead = models.BooleanField(null=True)
    reporter = models.JSONField(default=dict)
    typed_by = models.ForeignKey(
        "agencies.Membership", models.PROTECT, null=True, related_name="+", db_index=False
    )
    last_seen_at = models.DateTimeField(null=True)
    absence_confirmed_at = models.DateTimeField(null=True)
    missing_since = models.DateTimeField()
    legal_status = models.CharField(
        max_length=10, choices=[(s, s) for s in LegalStatus], default=LegalStatus.UNKNOWN
    )
    section_started_at = models.DateTimeField(null=True)
    section_expires_at = models.DateTimeField(null=True)
    immediate_risk = models.CharField(max_length=10, choices=[(a, a) for a in Answer], default=Answer.UNKNOWN)
    under_18 = models.BooleanField(default=False)
    security = models.CharField(max_length=10, choices=[(s, s) for s in Security], default=Security.NONE)
    details = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    located_at = models.DateTimeField(null=True)
    returned_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    last_sighting_at = models.DateTimeField(null=True)
    last_sighting_place = models.TextField(blank=True)

    objects = MissingReportQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["unit_agency", "urgency", "missing_since", "id"],
                condition=Q(state__in=ON_BOARD),
                name="missing_board_of_unit",
            ),
            models.Index(
                fields=["asked_agency", "urgency", "missing_since", "id"],
                condition=Q(state__in=ON_BOARD),
                name="missing_board_of_asked",
            ),
            models.Index(fields=["unit_agency", "-id"], condition=Q(state="draft"), name="missing_drafts"),
            models.Index(fields=["unit_agency", "-id"], name="missing_of_unit_agency"),
            models.Index(fields=["asked_agency", "-id"], name="missing_of_asked_agency"),
            models.Index(fields=["unit", "-sent_at"], name="missing_of_unit"),
            models.Index(fields=["referral"], name="missing_by_referral"),
        ]
        constraints = [
            models.CheckConstraint(name="missing_state_exists", condition=Q(state__in=sorted(State))),
            models.CheckConstraint(
                name="missing_grade_has_its_time",
                condition=Q(grade="", graded_at=None) | Q(grade__in=sorted(Grade), graded_at__isnull=False),
            ),
            models.CheckConstraint(name="missing_urgency_from_1_to_4", condition=Q(urgency__range=(1, 4))),
            models.CheckConstraint(
                name="missing_sent_has_asked_the_police",
                condition=Q(state__in=UNSENT, sent_at=None, referral=None)
                | (
                    ~Q(state__in=UNSENT)
                    & Q(sent_at__isnull=False, referral__isnull=False, asked_agency__isnull=False)
                ),
            ),
            models.CheckConstraint(
                name="missing_located_has_a_time",
                condition=~Q(state=State.LOCATED) | Q(located_at__isnull=False),
            ),
            models.CheckConstraint(
                name="missing_returned_has_a_time",
                condition=~Q(state=State.RETURNED) | Q(returned_at__isnull=False),
            ),
            models.CheckConstraint(
                name="missing_ended_has_a_time",
                condition=Q(state__in=sorted(FINAL), ended_at__isnull=False)
                | (~Q(state__in=sorted(FINAL)) & Q(ended_at=None)),
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class MissingMove(models.Model):
    """One step of a report, as made; append-only. ``details`` holds codes; texts are contents."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey("referrals.Case", models.PROTECT, related_name="+", db_index=False)
    report = models.ForeignKey(MissingReport, models.PROTECT, related_name="moves", db_index=False)
    version = models.IntegerField()
    action = models.CharField(max_length=20)
    from_state = models.CharField(max_length=10)
    to_state = models.CharField(max_length=10)
    grade = models.CharField(max_length=11, blank=True)
    actor = models.JSONField()
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="+", db_index=False)
    details = models.JSONField(default=dict)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    objects = VisibleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["report", "version"], name="one_missing_move_per_version")
        ]

    def __str__(self) -> str:
        return f"{self.action} of {self.report_id}"


class ChecklistItem(models.Model):
    """One thing that was done, when and by whom; append-only, once each. Its text is content ``note_id``."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey("referrals.Case", models.PROTECT, related_name="+", db_index=False)
    report = models.ForeignKey(MissingReport, models.PROTECT, related_name="items", db_index=False)
    code = models.CharField(max_length=30)
    actor = models.JSONField()
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="+", db_index=False)
    note_id = models.UUIDField(null=True)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    objects = VisibleQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["report", "code"], name="an_item_is_ticked_once")]

    def __str__(self) -> str:
        return f"{self.code} of {self.report_id}"


class Sighting(models.Model):
    """Somebody saw the patient, or believes so; append-only. What was seen is content ``text_id``."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey("referrals.Case", models.PROTECT, related_name="+", db_index=False)
    report = models.ForeignKey(MissingReport, models.PROTECT, related_name="sightings")
    seen_at = models.DateTimeField()
    sure = models.CharField(max_length=10, choices=[(a, a) for a in Answer])
    actor = models.JSONField()
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="+", db_index=False)
    text_id = models.UUIDField()
    recorded_at = models.DateTimeField()

    objects = VisibleQuerySet.as_manager()

    def __str__(self) -> str:
        return f"sighting of {self.report_id}"


class EpisodeLink(models.Model):
    """An earlier episode of the same patient, as the unit's agency knows them; reversible, never merged.

    ``basis`` says what the two have in common. A link that was taken back keeps who did so, and when (UTC).
    """

    class Basis(models.TextChoices):
        """What both reports say."""

        NHS_NUMBER = "nhs_number"
        NAME_AND_BIRTH = "name_and_birth"
        SAID = "said"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey("referrals.Case", models.PROTECT, related_name="+", db_index=False)
    report = models.ForeignKey(MissingReport, models.PROTECT, related_name="links", db_index=False)
    earlier = models.ForeignKey(MissingReport, models.PROTECT, related_name="+", db_index=False)
    basis = models.CharField(max_length=20, choices=Basis.choices)
    actor = models.JSONField()
    linked_at = models.DateTimeField()
    unlinked_at = models.DateTimeField(null=True)
    unlinked_by = models.JSONField(null=True)

    objects = VisibleQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["report", "earlier"], condition=Q(unlinked_at=None), name="episodes_linked_once"
            ),
            models.CheckConstraint(name="an_episode_is_not_its_own_past", condition=~Q(report=F("earlier"))),
            models.CheckConstraint(
                name="unlinked_by_somebody_at_a_time",
                condition=Q(unlinked_at=None, unlinked_by__isnull=True)
                | Q(unlinked_at__isnull=False, unlinked_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.earlier_id} before {self.report_id}"
