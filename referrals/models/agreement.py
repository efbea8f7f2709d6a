"""Agreements: what agencies promised each other, as data, by version."""

from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q

from agencies.acting import Actor
from agencies.roles import AgencyKind
from referrals.domain.agreement import Scope, Step
from referrals.domain.case import Category


def made_by(actor: Actor, to: str = "") -> Q:
    """Agreements that the actor's agency makes: as a side, or as one of two kinds. ``to`` leads to them."""
    kinds = Q(**{f"{to}from_kind": actor.agency_kind}) | Q(**{f"{to}to_kind": actor.agency_kind})
    return (
        Q(**{f"{to}from_agency": actor.agency_id})
        | Q(**{f"{to}to_agency": actor.agency_id})
        | Q(**{f"{to}from_agency": None, f"{to}to_agency": None}) & kinds
    )


class AgreementQuerySet(models.QuerySet):
    """Agreements: what holds is no secret to whom it binds; what is only drafted is theirs who make it."""

    def visible_to(self, actor: Actor) -> Self:
        """Those of which something was agreed, and the agency's own."""
        agreed = AgreementVersion.objects.filter(agreement=OuterRef("pk"), live_from__isnull=False)
        return self.filter(made_by(actor) | Exists(agreed))


class Agreement(models.Model):
    """A concordat between two agencies, or two kinds of agency; with neither, the default.

    Between kinds it holds only between agencies that have both signed it.
    """

    name = models.CharField(max_length=200)
    from_agency = models.ForeignKey("agencies.Agency", models.PROTECT, null=True, related_name="+")
    to_agency = models.ForeignKey("agencies.Agency", models.PROTECT, null=True, related_name="+")
    from_kind = models.CharField(max_length=30, blank=True, choices=AgencyKind.choices)
    to_kind = models.CharField(max_length=30, blank=True, choices=AgencyKind.choices)
    category = models.CharField(max_length=30, blank=True, choices=[(c, c) for c in Category])

    objects = AgreementQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["from_agency", "to_agency", "from_kind", "to_kind", "category"],
                nulls_distinct=False,
                name="one_agreement_for_a_scope",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def scope(self) -> Scope:
        """For whom and what it holds."""
        return Scope(self.from_agency_id, self.to_agency_id, self.from_kind, self.to_kind, self.category)

    @property
    def sides(self) -> set[int]:
        """The two agencies that make it; none, where it is open to kinds of agency, or for all."""
        return {self.from_agency_id, self.to_agency_id} - {None}


class OfAnAgreementQuerySet(models.QuerySet):
    """What hangs off versions: read by whoever reads the version."""

    to_version = "version__"

    def visible_to(self, actor: Actor) -> Self:
        """Of what was agreed, and of the drafts of the agency's own agreements."""
        agreed = Q(**{f"{self.to_version}live_from__isnull": False})
        return self.filter(agreed | made_by(actor, f"{self.to_version}agreement__"))


class AgreementVersionQuerySet(OfAnAgreementQuerySet):
    """Versions."""

    to_version = ""


class AgreementVersion(models.Model):
    """One version of an agreement: a draft while ``live_from`` is null, and then never changed.

    ``terms`` holds the targets in minutes (``domain.clocks.default_terms`` gives the shape), the ``ladder``
    (``domain.escalation.as_terms``), and perhaps ``decline_reasons``, the ``arbiter``'s code and the day of
    ``review_on``. In force from ``live_from`` (UTC), which the database takes from the last go-live set.
    """

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    terms = models.JSONField()
    live_from = models.DateTimeField(null=True)

    objects = AgreementVersionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agreement", "number"], name="agreement_versions_are_numbered"),
            models.UniqueConstraint(
                fields=["agreement", "live_from"],
                condition=Q(live_from__isnull=False),
                name="one_agreement_version_at_a_moment",
            ),
            models.UniqueConstraint(
                fields=["agreement"], condition=Q(live_from=None), name="one_draft_of_an_agreement"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement} v{self.number}"


class AgreementStep(models.Model):
    """What somebody did with a version: drafted, edited, remarked on or signed it. Append-only.

    ``terms_digest`` is of the text as it was then, by the database: a signature is of that text and no other.
    """

    version = models.ForeignKey(AgreementVersion, models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=20, choices=[(s, s) for s in Step])
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="+", db_index=False)
    actor = models.JSONField()
    text = models.CharField(max_length=2000, blank=True)
    terms_digest = models.CharField(max_length=32, blank=True)
    at = models.DateTimeField()

    objects = OfAnAgreementQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.kind} {self.version_id}"


class AgreementGoLive(models.Model):
    """When a version goes live, as it was set; the last one set holds. Append-only: so dates have a history.

    A date may be moved until it is reached, and only to one that has not passed; the first one needs both
    sides' signatures of the text as it is.
    """

    version = models.ForeignKey(AgreementVersion, models.PROTECT, related_name="go_lives")
    live_from = models.DateTimeField()
    reason = models.CharField(max_length=500)
    set_by = models.JSONField()
    set_at = models.DateTimeField()

    objects = OfAnAgreementQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.version_id} from {self.live_from:%Y-%m-%d}"
