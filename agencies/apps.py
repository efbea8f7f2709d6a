"""The app that says who."""

from django.apps import AppConfig


class AgenciesConfig(AppConfig):
    """Agencies, teams, users, clients, duty and the audit log: the ground floor."""

    name = "agencies"
    verbose_name = "Agencies and people"
