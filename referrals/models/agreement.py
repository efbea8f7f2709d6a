"""Agreements: what agencies promised each other, as data, by version."""

from django.db import models
from django.db.models import Q

from agencies.roles import AgencyKind
from referrals.domain.case import Category


class Agreement(models.Model):
    """A concordat between two agencies, or two kinds of agency; with neither, the default."""

    name = models.CharField(max_length=200)
    from_agency = models.ForeignKey("agencies.Agency", models.PROTECT, null=True, related_name="+")
    to_agency = models.ForeignKey("agencies.Agency", models.PROTECT, null=True, related_name="+")
    from_kind = models.CharField(max_length=30, blank=True, choices=AgencyKind.choices)
    to_kind = models.CharField(max_length=30, blank=True, choices=AgencyKind.choices)
    category = models.CharField(max_length=30, blank=True, choices=[(c, c) for c in Category])

    def __str__(self) -> str:
        return self.name


class AgreementVersion(models.Model):
    """One version of an agreement, immutable once live.

    ``terms`` holds the targets in minutes (``domain.clocks.default_terms`` gives the shape) and the
    ``ladder`` (``domain.escalation.as_terms``). In force from ``live_from`` (UTC).
    """

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    terms = models.JSONField()
    live_from = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agreement", "number"], name="agreement_versions_are_numbered"),
            models.UniqueConstraint(
                fields=["agreement", "live_from"],
                condition=Q(live_from__isnull=False),
                name="one_agreement_version_at_a_moment",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement} v{self.number}"
