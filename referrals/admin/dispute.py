"""The admin's look at disputes about whose a person is."""

from django.contrib import admin

from referrals.admin.of_cases import OfCasesAdmin
from referrals.models import Dispute


@admin.register(Dispute)
class DisputeAdmin(OfCasesAdmin):
    """Disputes of the reader's cases. What was said stands among the contents."""

    list_display = ("recorded_at", "cause", "from_team", "to_team", "outcome", "settled_at")
    list_select_related = ("from_team", "to_team")
    list_filter = ("cause",)
    ordering = ("-id",)
    exclude = ("case", "referral")
