"""The admin's look at interim support and at the calls that are owed back."""

from django.contrib import admin

from referrals.admin.of_cases import OfCasesAdmin
from referrals.models import CallBack, SupportEntry


@admin.register(SupportEntry)
class SupportEntryAdmin(OfCasesAdmin):
    """Who is with the person. Notes stand among the contents."""

    list_display = ("recorded_at", "in_case", "who", "how", "next_contact_at", "ends", "agency")
    list_select_related = ("agency",)
    list_filter = ("who", "ends")
    ordering = ("-id",)


@admin.register(CallBack)
class CallBackAdmin(OfCasesAdmin):
    """Calls that teams owe to callers."""

    list_display = ("recorded_at", "in_case", "team", "due_at", "done_at")
    list_select_related = ("team",)
    ordering = ("-id",)
