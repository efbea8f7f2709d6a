"""Open a team of an agency: a desk that sends or receives."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from agencies import founding
from agencies.acting import acting_for
from agencies.models import Team
from agencies.roles import TeamKind
from agencies.services import Refused
from referrals.domain.case import Category
from referrals.management.naming import agency_called, team_called, who_says


class Command(BaseCommand):
    """It is open at all hours; its own are given on the tracker's page of teams."""

    help = "Open a team of an agency."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which desk, of whom, and what it covers."""
        parser.add_argument("code", help="by which programs and commands name it, as lyra-hub: it stays")
        parser.add_argument("--agency", required=True, help="the agency's code")
        parser.add_argument("--name", required=True)
        parser.add_argument("--kind", required=True, choices=TeamKind.values)
        parser.add_argument("--phone", required=True, help="answered at the desk")
        parser.add_argument(
            "--area",
            action="append",
            default=[],
            help="a borough or postcode district it covers; once for each",
        )
        parser.add_argument(
            "--category",
            action="append",
            default=[],
            choices=list(Category),
            help="of help that it gives; none: any",
        )
        parser.add_argument("--youngest", type=int, help="age in years of the youngest it sees")
        parser.add_argument("--oldest", type=int, help="age in years of the oldest it sees")
        parser.add_argument("--rooms", type=int, help="of a place of safety: people at once")
        parser.add_argument("--fallback", help="the code of the team that answers while it is closed")
        parser.add_argument(
            "--serves", action="append", default=[], help="an agency it works for besides its own"
        )
        parser.add_argument("--by", help="the user name of a manager or director of the agency")

    def handle(self, *args: str, **options: object) -> None:
        """Open it, and say what is still to be done."""
        agency = agency_called(options["agency"])
        by = who_says(agency, options["by"])
        fields = ("code", "name", "kind", "phone", "youngest", "oldest", "rooms")
        team = Team(
            agency=agency,
            areas=options["area"],
            categories=options["category"],
            fallback=team_called(options["fallback"]) if options["fallback"] else None,
            **{name: options[name] for name in fields},
        )
        try:
            with acting_for(agency.pk):
                founding.open_team(team, serves=[agency_called(code) for code in options["serves"]], by=by)
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"{team} of {agency} is open at all hours, as {team.code}.")
        self.stdout.write(
            f"Next: manage.py join USERNAME ROLE --agency {agency.code} --team {team.code}, its hours"
        )
        self.stdout.write("on the tracker's Teams page, and its shifts on the Rota page")
