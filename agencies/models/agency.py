"""Agencies, their official codes, and their teams."""

from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Func, Q

from agencies.actor import Actor
from agencies.roles import AgencyKind, TeamKind

# A code starts with a letter, so that no code can be taken for an id.
CODE_FORM = r"^[a-z][a-z0-9-]*$"


class DirectoryQuerySet(models.QuerySet):
    """Rows of the directory: whoever acts for an agency may look up where to turn."""

    def visible_to(self, actor: Actor) -> Self:
        """Every row, for any actor."""
        return self.all()


class TeamQuerySet(DirectoryQuerySet):
    """Teams, and which of them may be asked."""

    def beside(self, agency_id: int) -> Self:
        """Those on the agency's side of the line between trial runs and real work."""
        side = Agency.objects.filter(pk=agency_id).values("sandbox")
        return self.filter(agency__sandbox=models.Subquery(side))


class Agency(models.Model):
    """An organisation, with the contact that is told when nobody else can be.

    ``code`` is ours and stable: integrators address it. ``succeeded_by`` is set
    when the agency was merged into another. A ``sandbox`` agency takes partners'
    trial runs, and neither asks a real one nor is asked by one; a ``demo`` one is invented.
    """

    id = models.SmallAutoField(primary_key=True)
    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=30, choices=AgencyKind.choices)
    phone = models.CharField(max_length=40, blank=True)
    duty_contact_name = models.CharField(max_length=200)
    duty_contact_email = models.EmailField()
    succeeded_by = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="succeeds")
    sandbox = models.BooleanField(default=False)
    demo = models.BooleanField(default=False)

    objects = DirectoryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "agencies"
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                name="agency_code_starts_with_a_letter", condition=Q(code__regex=CODE_FORM)
            ),
            models.CheckConstraint(
                name="agency_kind_is_a_known_kind", condition=Q(kind__in=AgencyKind.values)
            ),
            models.CheckConstraint(
                name="agency_has_a_duty_contact",
                condition=~Q(duty_contact_name="") & ~Q(duty_contact_email=""),
            ),
            models.CheckConstraint(name="agency_does_not_succeed_itself", condition=~Q(succeeded_by=F("id"))),
        ]

    def __str__(self) -> str:
        return self.name


class AgencyCode(models.Model):
    """An official code of an agency, from one day until (not including) another."""

    class Scheme(models.TextChoices):
        """Who issues the code."""

        ODS = "ods", "NHS Organisation Data Service"
        POLICE_FORCE = "police_force", "Police force code"
        LOCAL_AUTHORITY = "local_authority", "Local authority (GSS) code"

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="codes")
    scheme = models.CharField(max_length=20, choices=Scheme.choices)
    code = models.CharField(max_length=20)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)

    objects = DirectoryQuerySet.as_manager()

    class Meta:
        ordering = ["scheme", "valid_from", "code"]
        constraints = [
            models.CheckConstraint(
                name="agency_code_ends_after_it_begins",
                condition=Q(valid_until__isnull=True) | Q(valid_until__gt=F("valid_from")),
            ),
            ExclusionConstraint(
                name="agency_code_means_one_agency_at_a_time",
                expressions=[
                    ("scheme", RangeOperators.EQUAL),
                    ("code", RangeOperators.EQUAL),
                    (
                        Func(
                            "valid_from",
                            "valid_until",
                            function="daterange",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scheme}:{self.code}"


class Team(models.Model):
    """A desk that sends or receives, of one agency, perhaps working for others too.

    ``areas`` (postcode districts or boroughs) and ``categories`` (of referrals) say
    what it covers; no categories means any, no areas that only its code finds it.
    ``youngest`` and ``oldest`` are the ages (years) of whom it sees, if not all; ``rooms`` how many
    people a place of safety can keep at once, if that is known.
    Closed, it has ``fallback`` answer. ``serves`` are agencies besides its own.
    """

    id = models.AutoField(primary_key=True)
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="teams")
    code = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=30, choices=TeamKind.choices)
    phone = models.CharField(max_length=40, blank=True)
    always_open = models.BooleanField(default=True)
    closed_on_bank_holidays = models.BooleanField(default=False)
    areas = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    categories = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    youngest = models.PositiveSmallIntegerField(null=True, blank=True)
    oldest = models.PositiveSmallIntegerField(null=True, blank=True)
    rooms = models.PositiveSmallIntegerField(null=True, blank=True)
    fallback = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="stands_in_for")
    serves = models.ManyToManyField(Agency, related_name="served_by", blank=True)

    objects = TeamQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(name="team_code_starts_with_a_letter", condition=Q(code__regex=CODE_FORM)),
            models.CheckConstraint(name="team_kind_is_a_known_kind", condition=Q(kind__in=TeamKind.values)),
            models.CheckConstraint(name="team_is_not_its_own_fallback", condition=~Q(fallback=F("id"))),
            models.CheckConstraint(
                name="team_sees_an_age",
                condition=Q(youngest=None) | Q(oldest=None) | Q(oldest__gte=F("youngest")),
            ),
            models.CheckConstraint(
                name="team_that_is_always_open_never_closes",
                condition=~Q(always_open=True, closed_on_bank_holidays=True),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Whoever stands in is on the same side of the line. Raises ValidationError."""
        super().clean()
        if self.fallback is not None and self.fallback.agency.sandbox != self.agency.sandbox:
            raise ValidationError({"fallback": "a trial desk and a real one do not stand in for each other"})
