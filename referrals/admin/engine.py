"""The admin's look at clocks, the rungs that fired, and the agreements behind them."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from agencies.admin import LookOnlyInline
from referrals.admin.in_words import InWordsAdmin
from referrals.admin.of_cases import OfCasesAdmin
from referrals.models import Agreement, AgreementVersion, Clock, Demand, Escalation


class EscalationInline(LookOnlyInline):
    """The rungs of a clock that fired."""

    model = Escalation
    fields = ("percent", "repetition", "due_at", "fired_at", "superseded", "told")


class DemandInline(LookOnlyInline):
    """What a clock's ladder demanded, and who has ticked it."""

    model = Demand
    fields = ("code", "made_at", "ticked_at", "ticked_by")


@admin.register(Clock)
class ClockAdmin(OfCasesAdmin):
    """Promises, the soonest due first."""

    list_display = ("kind", "in_case", "priority", "started_at", "target_at", "met_at", "stopped_at")
    list_filter = ("kind",)
    ordering = ("target_at", "id")
    exclude = ("case",)
    inlines = (EscalationInline, DemandInline)


class VersionInline(LookOnlyInline):
    """The versions of an agreement."""

    model = AgreementVersion

    def get_queryset(self, request: HttpRequest) -> QuerySet[AgreementVersion]:
        """What is agreed, and the drafts of the reader's agency."""
        return super().get_queryset(request).visible_to(request.actor)


@admin.register(Agreement)
class AgreementAdmin(InWordsAdmin):
    """What agencies promised each other: everybody reads it; a draft, its two sides. The tracker makes it."""

    list_display = ("name", "from_agency", "to_agency", "category")
    list_select_related = ("from_agency", "to_agency")
    inlines = (VersionInline,)


@admin.register(Escalation)
class EscalationAdmin(OfCasesAdmin):
    """Rungs that fired, the latest first."""

    list_display = ("in_case", "percent", "due_at", "fired_at", "superseded")
    ordering = ("-id",)
    exclude = ("case", "referral", "clock")


@admin.register(Demand)
class DemandAdmin(OfCasesAdmin):
    """What must be done besides, the latest first."""

    list_display = ("in_case", "code", "made_at", "ticked_at")
    list_filter = (("ticked_at", admin.EmptyFieldListFilter),)
    ordering = ("-id",)
    exclude = ("case", "referral", "clock")
