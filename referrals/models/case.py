"""A case: one person in one situation, always somebody's."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField, RangeOperators
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper

from referrals.domain.case import CaseState, Cause
from referrals.models.keys import new_id
from referrals.models.visible import CaseQuerySet, VisibleQuerySet


class Case(models.Model):
    """One person in one situation; open or closed, accountable to exactly one agency at every moment.

    Instants are UTC. ``event_seq`` and ``event_hash`` are the head of the case's chain of events;
    the database writes them. ``holding_lead`` is the lead whose acceptance made the present owner
    accountable. This row is the one lock that every command takes.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    reference = models.CharField(max_length=11, unique=True)
    state = models.CharField(max_length=10, choices=[(s, s) for s in CaseState], default=CaseState.OPEN)
    opened_at = models.DateTimeField()
    opened_on = models.DateField()
    opened_by_agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="+")
    opened_by_team = models.ForeignKey("agencies.Team", models.PROTECT, related_name="+", db_index=False)
    accountable_agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="+")
    accountable_team = models.ForeignKey("agencies.Team", models.PROTECT, related_name="+", db_index=False)
    accountable_since = models.DateTimeField()
    holding_lead = models.ForeignKey(
        "referrals.Referral", models.PROTECT, null=True, related_name="+", db_index=False
    )
    first_sent_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    version = models.IntegerField(default=1)
    event_seq = models.IntegerField(default=0, editable=False)
    event_hash = models.BinaryField(default=b"", editable=False)

    objects = CaseQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["accountable_agency", "state", "-opened_at"], name="case_by_owner"),
            models.Index(fields=["id"], condition=Q(state="open"), name="case_open"),
        ]
        constraints = [
            models.CheckConstraint(
                name="case_is_open_or_closed", condition=Q(state__in=[s.value for s in CaseState])
            ),
            models.CheckConstraint(
                name="case_closed_has_a_closing_time",
                condition=Q(state="closed", closed_at__isnull=False)
                | Q(state="open", closed_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.reference


class Person(models.Model):
    """The person who needs help, as this case knows them now; a description alone is enough.

    Where each detail came from, and when, stands in the case's contents of kind ``person``.
    ``nhs_number`` is ten digits without spaces. Details belong to the case: two cases of one
    person have two rows.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.OneToOneField(Case, models.PROTECT, related_name="person")
    family_name = models.CharField(max_length=100, blank=True)
    given_name = models.CharField(max_length=100, blank=True)
    date_of_birth = models.DateField(null=True)
    age = models.PositiveSmallIntegerField(null=True)
    sex = models.CharField(max_length=20, blank=True)
    nhs_number = models.CharField(max_length=10, blank=True, db_index=True)
    description = models.TextField(blank=True)
    phone = models.CharField(max_length=40, blank=True)
    language = models.CharField(max_length=60, blank=True)

    objects = VisibleQuerySet.as_manager()

    class Meta:
        indexes = [
            GinIndex(OpClass(Upper("family_name"), "gin_trgm_ops"), name="person_family_name"),
            GinIndex(OpClass(Upper("given_name"), "gin_trgm_ops"), name="person_given_name"),
            models.Index(
                F("date_of_birth"),
                Upper("family_name"),
                Upper("given_name"),
                condition=Q(date_of_birth__isnull=False),
                name="person_born",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="person_has_a_name_or_a_description",
                condition=~Q(family_name="") | ~Q(given_name="") | ~Q(description=""),
            ),
        ]

    def __str__(self) -> str:
        return f"person {self.pk}"


class Party(models.Model):
    """An agency's part in a case: since when, and until when. Parties decide who sees rows."""

    case = models.ForeignKey(Case, models.PROTECT, related_name="parties", db_index=False)
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="+", db_index=False)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    objects = VisibleQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["case", "agency"], name="party_by_case"),
            models.Index(fields=["agency", "case"], condition=Q(until=None), name="party_by_agency"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "agency"], condition=Q(until=None), name="party_once_at_a_time"
            ),
        ]

    def __str__(self) -> str:
        return f"agency {self.agency_id} in case {self.case_id}"


class Accountability(models.Model):
    """A period during which one agency answered for the case, and why it began.

    ``during`` is a range of instants, open at its end while it lasts. The periods of a case neither
    overlap nor leave a gap: "who was accountable at 21:40?" has exactly one answer.
    """

    case = models.ForeignKey(Case, models.PROTECT, related_name="accountabilities", db_index=False)
    agency = models.ForeignKey("agencies.Agency", models.PROTECT, related_name="+", db_index=False)
    team = models.ForeignKey("agencies.Team", models.PROTECT, null=True, related_name="+", db_index=False)
    during = DateTimeRangeField()
    cause = models.CharField(max_length=20, choices=[(c, c) for c in Cause])
    referral = models.ForeignKey(
        "referrals.Referral", models.PROTECT, null=True, related_name="+", db_index=False
    )

    objects = VisibleQuerySet.as_manager()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="accountability_one_agency_at_a_time",
                expressions=[("case", RangeOperators.EQUAL), ("during", RangeOperators.OVERLAPS)],
            ),
            models.CheckConstraint(
                name="accountability_cause_names_its_referral",
                condition=Q(cause="opened", referral=None) | (~Q(cause="opened") & Q(referral__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"agency {self.agency_id}: {self.cause}"
