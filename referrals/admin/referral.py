"""The admin's look at referrals and their moves."""

from django.contrib import admin

from agencies.admin import LookOnlyInline
from referrals.admin.of_cases import OfCasesAdmin
from referrals.models import ClaimedAcceptance, ContactAttempt, Move, Referral


class MoveInline(LookOnlyInline):
    """The moves that the referral made."""

    model = Move
    fields = ("version", "action", "from_state", "to_state", "agency", "occurred_at", "recorded_at")
    ordering = ("version",)


class ContactInline(LookOnlyInline):
    """Attempts at contact."""

    model = ContactAttempt
    fields = ("channel", "with_whom", "outcome", "occurred_at", "recorded_at")


class ClaimInline(LookOnlyInline):
    """Acceptances claimed by phone."""

    model = ClaimedAcceptance
    fields = ("accepted_by", "state", "occurred_at", "recorded_at", "answered_at")


@admin.register(Referral)
class ReferralAdmin(OfCasesAdmin):
    """Referrals of the reader's cases, by time to breach."""

    list_display = ("reference", "state", "priority", "category", "from_team", "to_team", "breach_at")
    list_select_related = ("from_team", "to_team")
    list_filter = ("state", "priority", "category")
    ordering = ("breach_at", "id")
    exclude = ("case",)
    inlines = (MoveInline, ContactInline, ClaimInline)
