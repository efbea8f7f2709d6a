"""A force's policy on when police respond: questions by category, in versions with effective dates."""

from django.db import models
from django.db.models import Q

from agencies.acting import Actor
from referrals.domain.case import Category


class PublicQuerySet(models.QuerySet):
    """Rows that every agency reads: a policy is no secret to whom it binds."""

    def visible_to(self, actor: Actor) -> "PublicQuerySet":
        """All of them."""
        return self.all()


class ThresholdPolicy(models.Model):
    """What one force asks in one category; without an agency, what every force asks that has none."""

    agency = models.ForeignKey("agencies.Agency", models.PROTECT, null=True, related_name="+")
    category = models.CharField(max_length=30, choices=[(c, c) for c in Category])

    objects = PublicQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "threshold policies"
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "category"], name="threshold_policy_once", nulls_distinct=False
            )
        ]

    def __str__(self) -> str:
        return f"{self.category} of agency {self.agency_id}"


class ThresholdPolicyVersion(models.Model):
    """One version, never changed. ``adopted`` False says that police attend here as before.

    ``questions`` is ``domain.threshold.as_stored``. When it takes effect stands in its go-lives.
    """

    policy = models.ForeignKey(ThresholdPolicy, models.PROTECT, related_name="versions", db_index=False)
    number = models.PositiveIntegerField()
    code = models.CharField(max_length=60)
    adopted = models.BooleanField(default=True)
    questions = models.JSONField()
    made_by = models.JSONField()
    made_at = models.DateTimeField()

    objects = PublicQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["policy", "number"], name="threshold_versions_are_numbered"),
            models.CheckConstraint(name="threshold_version_has_a_code", condition=~Q(code="")),
        ]

    def __str__(self) -> str:
        return f"{self.code} v{self.number}"


class ThresholdGoLive(models.Model):
    """When a version goes live, as it was set; the last one set holds. Append-only: so dates have a history.

    A date may be moved until it is reached, and only to one that has not passed.
    """

    version = models.ForeignKey(ThresholdPolicyVersion, models.PROTECT, related_name="go_lives")
    live_from = models.DateTimeField()
    reason = models.CharField(max_length=500)
    set_by = models.JSONField()
    set_at = models.DateTimeField()

    objects = PublicQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.version_id} from {self.live_from:%Y-%m-%d}"
