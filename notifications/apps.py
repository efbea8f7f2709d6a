"""Names the app to Django."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """Messages owed to people and agencies."""

    name = "notifications"
    verbose_name = "Notifications"
