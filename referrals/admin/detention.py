"""The admin's look at detentions, their milestones and the officers who wait."""

from django.contrib import admin

from referrals.admin.of_cases import OfCasesAdmin
from referrals.models import Detention, DetentionMilestone, OfficerWait


@admin.register(Detention)
class DetentionAdmin(OfCasesAdmin):
    """Where each stands. What is done with it is done in the tracker."""

    list_display = ("reference", "power", "state", "detained_at", "starts_at", "expires_at", "place")
    list_select_related = ("place",)
    list_filter = ("power", "state")
    ordering = ("-id",)


@admin.register(DetentionMilestone)
class DetentionMilestoneAdmin(OfCasesAdmin):
    """Every entry, also those that were corrected. Notes stand among the contents."""

    list_display = ("recorded_at", "kind", "at", "place", "agency", "withdrawn")
    list_select_related = ("place", "agency")
    list_filter = ("kind",)
    exclude = ("doctor",)
    ordering = ("-id",)


@admin.register(OfficerWait)
class OfficerWaitAdmin(OfCasesAdmin):
    """How many officers wait; which, is for police to read."""

    list_display = ("recorded_at", "number", "since", "until", "agency")
    list_select_related = ("agency",)
    exclude = ("identifier", "relieves")
    ordering = ("-id",)
