"""The admin's look at the standing proof: what was checked, when, and what was found."""

from typing import Any

from django.contrib import admin
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest

from agencies.admin import OVERSEERS, LookOnlyAdmin, LookOnlyInline
from referrals.models import Finding, Proof
from referrals.reporting.proof import PROMISE


class FindingInline(LookOnlyInline):
    """What was found in the cases of the reader's agency."""

    model = Finding
    fields = ("reference", "what")
    readable_by = OVERSEERS

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Its own cases' alone; ``in_other_cases`` counts the rest."""
        return super().get_queryset(request).visible_to(request.actor)


@admin.register(Proof)
class ProofAdmin(LookOnlyAdmin):
    """Each promise that the system makes about itself, and whether it held when last looked at."""

    readable_by = OVERSEERS
    list_display = ("name", "promise", "ran_at", "took_ms", "found", "trouble")
    fields = ("name", "promise", "ran_at", "took_ms", "found", "in_other_cases", "trouble")
    ordering = ("-found", "name")
    inlines = (FindingInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """All of them: a check is nobody's. With each, how many findings the reader may see."""
        theirs = Finding.objects.visible_to(request.actor).filter(proof=OuterRef("pk"))
        own = theirs.order_by().values("proof").annotate(number=Count("pk")).values("number")
        whole = admin.ModelAdmin.get_queryset(self, request)
        return whole.annotate(own=Coalesce(Subquery(own), 0))

    @admin.display(description="what must hold")
    def promise(self, proof: Proof) -> str:
        """In a sentence."""
        return PROMISE.get(proof.name, "")

    @admin.display(description="of these, in cases of other agencies")
    def in_other_cases(self, proof: Proof) -> int:
        """How many the reader's agency does not see."""
        return proof.found - proof.own
