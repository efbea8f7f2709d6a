"""The recorded answer to "is a police response required?", and what became of it."""

from typing import Self

from django.db import models
from django.db.models import F, Q

from agencies.acting import Actor
from referrals.domain.case import Category
from referrals.domain.threshold import Outcome, Step
from referrals.models.keys import new_id
from referrals.models.told import Told
from referrals.models.visible import VisibleQuerySet, is_party


class ThresholdQuerySet(VisibleQuerySet):
    """Decisions: their own agency's, and those of the cases to which it is a party."""

    def visible_to(self, actor: Actor) -> Self:
        """A decision that hangs on no case is its agency's alone."""
        own = Q(agency_id=actor.agency_id)
        return self.alias(_party=is_party(actor, self.case_field)).filter(own | Q(_party=True))

    def with_superseded(self) -> Self:
        """Each knows whether a later decision of its agency in its case stands instead."""
        later = self.model._default_manager.filter(
            case=models.OuterRef("case"),
            agency=models.OuterRef("agency"),
            recorded_at__gt=models.OuterRef("recorded_at"),
        )
        return self.annotate(superseded=models.Exists(later))

    def own(self, actor: Actor) -> Self:
        """Those that the actor's agency made: the part of the scope with an index."""
        return self.filter(agency_id=actor.agency_id)


class ThresholdDecision(models.Model):
    """One decision, as made; append-only. ``answers`` are codes only.

    ``agency`` decided it. Its texts are contents of the case (``contents`` names them by kind); they
    stand in the row itself only where there is no case, as in decisions made before each had one.
    ``policy_version`` is the code of what was in force, ``policy`` the version itself, if there was
    one. ``told_agency`` is which agency was told, and ``told_at`` when (UTC).
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey("referrals.Case", models.PROTECT, null=True, related_name="threshold_decisions")
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="+")
    team = models.ForeignKey("agencies.Team", models.PROTECT, null=True, related_name="+", db_index=False)
    category = models.CharField(max_length=30, choices=[(c, c) for c in Category])
    policy_version = models.CharField(max_length=60)
    policy = models.ForeignKey(
        "referrals.ThresholdPolicyVersion", models.PROTECT, null=True, related_name="+", db_index=False
    )
    answers = models.JSONField()
    computed = models.CharField(max_length=20, choices=[(o, o) for o in Outcome])
    outcome = models.CharField(max_length=20, choices=[(o, o) for o in Outcome])
    overridden = models.BooleanField(default=False)
    clauses = models.JSONField(default=list)
    decided_by = models.JSONField()
    rationale = models.TextField(blank=True)
    already_tried = models.TextField(blank=True)
    caller_told = models.TextField(blank=True)
    contents = models.JSONField(default=dict, db_default={})
    told_agency = models.ForeignKey(
        "agencies.Agency", models.PROTECT, null=True, related_name="+", db_index=False
    )
    told_at = models.DateTimeField(null=True)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    superseded: bool  # where ``with_superseded`` was asked for
    objects = ThresholdQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["agency", "-id"], name="threshold_by_agency")]
        constraints = [
            models.CheckConstraint(
                name="threshold_texts_are_the_cases",
                condition=Q(case=None) | Q(rationale="", already_tried="", caller_told=""),
            ),
            models.CheckConstraint(
                name="threshold_undetermined_has_a_case",
                condition=~Q(outcome=Outcome.UNDETERMINED) | Q(case__isnull=False),
            ),
            models.CheckConstraint(
                name="threshold_agency_and_time_told_together",
                condition=Q(told_agency=None, told_at=None)
                | Q(told_agency__isnull=False, told_at__isnull=False),
            ),
            models.CheckConstraint(
                name="threshold_is_recorded_after_it_occurred",
                condition=Q(occurred_at__lte=F("recorded_at"))
                & (Q(told_at=None) | Q(told_at__lte=F("recorded_at"))),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.outcome} {self.pk}"


class ThresholdStep(Told):
    """What became of a decision: reviewed, disagreed with, reopened. Append-only.

    ``outcome`` is what a review left, empty otherwise; ``cause`` a code of what reopened it. Its text is
    the content ``text_id`` of the case. ``agency`` is whose step it was: any party disagrees or has news,
    the deciding agency reviews.
    """

    decision = models.ForeignKey(ThresholdDecision, models.PROTECT, related_name="steps")
    case = models.ForeignKey("referrals.Case", models.PROTECT, related_name="+", db_index=False)
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=20, choices=[(s, s) for s in Step])
    outcome = models.CharField(max_length=20, blank=True)
    cause = models.CharField(max_length=30, blank=True)
    text_id = models.UUIDField(null=True)

    class Meta:
        indexes = [models.Index(fields=["case"], name="threshold_step_of_case")]
        constraints = [
            models.CheckConstraint(
                name="threshold_review_leaves_an_outcome",
                condition=Q(kind__in=[Step.RATIFIED, Step.OVERTURNED], outcome__in=list(Outcome))
                | (~Q(kind__in=[Step.RATIFIED, Step.OVERTURNED]) & Q(outcome="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.decision_id}"
