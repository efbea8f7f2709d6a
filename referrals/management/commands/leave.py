"""End what somebody is in an agency: they have left, or lost their rights."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from agencies.acting import acting_for
from agencies.services import Refused
from referrals.management.naming import in_charge, memberships
from referrals.services import handback


class Command(BaseCommand):
    """At once, and all or nothing: sessions, tokens, shared rotas; what they held returns to its queue."""

    help = "End a person's memberships of an agency, with their sessions, tokens and shared rotas."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Who leaves which agency, or one team of it, and who says so."""
        parser.add_argument("user", help="the user name of whoever leaves")
        parser.add_argument("--agency", required=True, help="the agency's code")
        parser.add_argument("--team", help="the code of the one team that they leave; without it, all")
        parser.add_argument(
            "--by", required=True, help="the user name of a manager or director of the agency"
        )

    def handle(self, *args: str, **options: str) -> None:
        """End each, and say which."""
        by = in_charge(options["agency"], options["by"])
        with transaction.atomic(), acting_for(by.agency_id):
            for held in memberships(options["agency"], options["user"], options["team"]):
                try:
                    handback.leave(membership_id=held.pk, by=by)
                except Refused as refusal:
                    raise CommandError(str(refusal)) from refusal
                self.stdout.write(f"{options['user']} is no longer {held.role} of {held.team or held.agency}")
