"""Let a partner's system act for an agency over the API."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from agencies import services
from agencies.acting import acting_for
from agencies.roles import SCOPES
from agencies.services import Refused
from referrals.management.naming import agency_called, team_called, who_says


class Command(BaseCommand):
    """Its secret is printed this once, and kept only as a hash."""

    help = "Make an API client of an agency."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """For whom it acts, and what it may do."""
        parser.add_argument("name", help="what people call the system, in the agency's log")
        parser.add_argument("--agency", required=True, help="the agency's code")
        parser.add_argument("--team", help="the code of the desk for which it acts")
        parser.add_argument(
            "--scope",
            action="append",
            required=True,
            choices=list(SCOPES),
            help="what it may do; once for each",
        )
        parser.add_argument("--by", help="the user name of a manager or director of the agency")

    def handle(self, *args: str, **options: str) -> None:
        """Make it, and print what its makers need."""
        agency = agency_called(options["agency"])
        team = team_called(options["team"]) if options["team"] else None
        by = who_says(agency, options["by"])
        try:
            with acting_for(agency.pk):
                made = services.create_client(
                    name=options["name"],
                    agency_id=agency.pk,
                    team_id=team and team.pk,
                    scopes=options["scope"],
                    by=by,
                )
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"client_id={made.client.client_id}")
        self.stdout.write(f"client_secret={made.secret}")
        self.stderr.write("The secret is shown this once. Hand it over by a channel that nobody else reads.")
