"""The admin's look at the files of cases: what they are, not what is in them."""

from django.contrib import admin

from referrals.admin.of_cases import OfCasesAdmin
from referrals.models import Attachment


@admin.register(Attachment)
class AttachmentAdmin(OfCasesAdmin):
    """Files of the kinds that the agency reads. They are fetched from the case's own page."""

    list_display = ("recorded_at", "in_case", "kind", "media_type", "size", "agency")
    list_select_related = ("agency",)
    list_filter = ("kind", "media_type")
    ordering = ("-id",)
