"""The admin's look at the messages owed to the reader's agency, and at its webhooks."""

from django.contrib import admin

from agencies.admin import OVERSEERS, LookOnlyAdmin
from notifications.models import Message, WebhookDelivery, WebhookEndpoint


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


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(LookOnlyAdmin):
    """The agency's webhooks, without their secrets; an address may hold a token, so its host alone."""

    readable_by = OVERSEERS
    fields = ("host", "types", "description", "client", "created_at", "position", "failing_since", "failures",
              "retry_at", "disabled_at", "disabled_reason", "old_secret_until", "removed_at")  # fmt: skip
    list_display = ("host", "description", "created_at", "failing_since", "disabled_at", "removed_at")
    ordering = ("-created_at",)


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(LookOnlyAdmin):
    """What was sent to webhooks, or waits, the latest first."""

    readable_by = OVERSEERS
    list_display = ("created_at", "endpoint", "type", "attempts", "next_attempt_at", "outcome")
    list_select_related = ("endpoint",)
    list_filter = ("outcome",)
    ordering = ("-id",)
