"""What the standing proof found when it last ran, and how far its sweeps have come."""

from typing import Self

from django.db import models
from django.db.models import Exists, OuterRef, Q

from agencies.acting import Actor
from referrals.models.visible import is_party


class Proof(models.Model):
    """One check of the standing proof: when it last ran, for how long, and how many rows it found.

    ``trouble`` is set if it could not be run, which counts as a failure.
    """

    name = models.CharField(max_length=40, primary_key=True)
    ran_at = models.DateTimeField()
    took_ms = models.IntegerField()
    found = models.IntegerField()
    trouble = models.CharField(max_length=100, blank=True)

    def __str__(self) -> str:
        return self.name


class FindingQuerySet(models.QuerySet):
    """Findings, by reader."""

    def visible_to(self, actor: Actor) -> Self:
        """Those in cases to which the actor's agency is a party; a draft's are its sender's alone."""
        referrals = self.model._meta.get_field("referral").related_model.objects
        theirs = referrals.visible_to(actor).filter(pk=OuterRef("referral_id"))
        return self.alias(_party=is_party(actor, "case_id")).filter(
            Q(_party=True), Q(referral=None) | Exists(theirs)
        )


class Finding(models.Model):
    """One row that breaks a promise. ``row`` is its key, by which the next proof looks at it again."""

    proof = models.ForeignKey(Proof, models.CASCADE, related_name="findings")
    case = models.ForeignKey("referrals.Case", models.PROTECT, null=True, related_name="+", db_index=False)
    referral = models.ForeignKey(
        "referrals.Referral", models.PROTECT, null=True, related_name="+", db_index=False
    )
    reference = models.CharField(max_length=100)
    row = models.CharField(max_length=100)
    what = models.CharField(max_length=200)

    objects = FindingQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.reference}: {self.what}"


class ProofCursor(models.Model):
    """How far a check that works through its rows bit by bit has come."""

    name = models.CharField(max_length=40, primary_key=True)
    position = models.CharField(max_length=200)

    def __str__(self) -> str:
        return f"{self.name} at {self.position}"
