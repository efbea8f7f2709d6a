"""The admin's look at missing patients: reports, checklists and sightings. Texts stand among the contents."""

from django.contrib import admin

from referrals.admin.of_cases import OfCasesAdmin
from referrals.models import ChecklistItem, MissingReport, Sighting


@admin.register(MissingReport)
class MissingReportAdmin(OfCasesAdmin):
    """Reports by their codes and times. What was told of the patient is shown where audiences are minded."""

    list_display = ("reference", "state", "grade", "unit", "missing_since", "sent_at")
    list_select_related = ("unit",)
    list_filter = ("state", "grade", "category")
    ordering = ("-id",)
    exclude = ("details", "last_sighting_place", "reporter")


@admin.register(ChecklistItem)
class ChecklistItemAdmin(OfCasesAdmin):
    """What was done, and when."""

    list_display = ("occurred_at", "code", "agency")
    list_select_related = ("agency",)
    ordering = ("-id",)


@admin.register(Sighting)
class SightingAdmin(OfCasesAdmin):
    """When the patient was seen."""

    list_display = ("seen_at", "sure", "agency")
    list_select_related = ("agency",)
    list_filter = ("sure",)
    ordering = ("-id",)
