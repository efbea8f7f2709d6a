"""Names the app to Django."""

from django.apps import AppConfig


class ReferralsConfig(AppConfig):
    """Referrals between police, health and social care."""

    name = "referrals"
    verbose_name = "Referrals"
