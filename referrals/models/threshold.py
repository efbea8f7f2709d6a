"""The recorded answer to "is a police response required?"."""

from django.db import models

from referrals.domain.case import Category
from referrals.domain.threshold import Outcome
from referrals.models.keys import new_id
from referrals.models.visible import VisibleQuerySet


class ThresholdDecision(models.Model):
    """One decision, as made; append-only. Texts are contents; ``answers`` are codes only.

    ``agency`` decided it; a decision made before there is a case is that agency's alone.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey("referrals.Case", models.PROTECT, null=True, related_name="threshold_decisions")
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="+")
    category = models.CharField(max_length=30, choices=[(c, c) for c in Category])
    policy_version = models.CharField(max_length=60)
    answers = models.JSONField()
    computed = models.CharField(max_length=20, choices=[(o, o) for o in Outcome])
    outcome = models.CharField(max_length=20, choices=[(o, o) for o in Outcome])
    overridden = models.BooleanField(default=False)
    clauses = models.JSONField(default=list)
    decided_by = models.JSONField()
    rationale = models.TextField()
    already_tried = models.TextField(blank=True)
    caller_told = models.TextField()
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()

    objects = VisibleQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.outcome} {self.pk}"
