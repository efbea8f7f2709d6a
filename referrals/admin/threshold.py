"""The admin's look at threshold decisions, at what became of them, and at the policies behind them."""

from django.contrib import admin

from agencies.admin import LookOnlyInline
from referrals.admin.in_words import InWordsAdmin
from referrals.models import ThresholdDecision, ThresholdPolicy, ThresholdPolicyVersion, ThresholdStep


@admin.register(ThresholdDecision)
class ThresholdDecisionAdmin(InWordsAdmin):
    """Whether a police response was required, as decided. Texts stand among the contents."""

    list_display = ("recorded_at", "category", "outcome", "overridden", "agency")
    list_select_related = ("agency",)
    list_filter = ("outcome", "category")
    ordering = ("-id",)


@admin.register(ThresholdStep)
class ThresholdStepAdmin(InWordsAdmin):
    """Reviews, disagreements and news."""

    list_display = ("recorded_at", "kind", "outcome", "agency")
    list_select_related = ("agency",)
    list_filter = ("kind",)
    ordering = ("-id",)


class VersionInline(LookOnlyInline):
    """Versions; their go-live dates are read over the API."""

    model = ThresholdPolicyVersion
    fields = ("number", "code", "adopted", "questions", "made_at")


@admin.register(ThresholdPolicy)
class ThresholdPolicyAdmin(InWordsAdmin):
    """What each force asks in each category; without a force, what all ask."""

    list_display = ("agency", "category")
    list_select_related = ("agency",)
    list_filter = ("category",)
    inlines = (VersionInline,)
