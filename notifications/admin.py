"""The admin's look at the messages owed to the reader's agency."""

from django.contrib import admin

from agencies.admin import LookOnlyAdmin
from notifications.models import Message


@admin.register(Message)
class MessageAdmin(LookOnlyAdmin):
    """Messages, the latest first: reference, codes and times."""

    list_display = (
        "created_at",
        "kind",
        "recipient",
        "channel",
        "attempts",
        "sent_at",
        "failed_at",
        "seen_at",
    )
    list_filter = ("channel", ("failed_at", admin.EmptyFieldListFilter))
    ordering = ("-created_at",)
