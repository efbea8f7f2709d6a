"""Make somebody a member of an agency, and whoever is new somebody who can sign in."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from agencies import people
from agencies.acting import acting_for
from agencies.roles import Role
from agencies.services import Refused
from referrals.management.naming import agency_called, team_called, who_says


class Command(BaseCommand):
    """A new user has no password: ``manage.py changepassword`` gives them their first one."""

    help = "Let a person join an agency, or one of its teams, in a role."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Who, in which agency and team, as what; and who says so."""
        parser.add_argument("user", help="the user name of whoever joins")
        parser.add_argument("role", choices=[role.value for role in Role])
        parser.add_argument("--agency", required=True, help="the agency's code")
        parser.add_argument("--team", help="the team's code; without it, of the agency as a whole")
        parser.add_argument("--first-name", default="", help="of somebody new")
        parser.add_argument("--last-name", default="", help="of somebody new")
        parser.add_argument("--email", default="", help="of somebody new")
        parser.add_argument("--phone", default="", help="where colleagues and partners reach them at work")
        parser.add_argument(
            "--by",
            help="the user name of a manager or director of the agency; left out for the first one alone",
        )

    def handle(self, *args: str, **options: str) -> None:
        """Make the membership, and say what is still to be done."""
        agency = agency_called(options["agency"])
        team = team_called(options["team"]) if options["team"] else None
        by = who_says(agency, options["by"])
        person = people.Person(*(options[name] for name in ("user", "first_name", "last_name", "email")))
        role, phone = Role(options["role"]), options["phone"]
        with acting_for(agency.pk):
            try:
                held = people.take_on(person=person, agency=agency, team=team, role=role, by=by, phone=phone)
            except Refused as refusal:
                raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"{person.username} is {held.role} of {team or agency} now")
        if not held.user.has_usable_password():
            self.stdout.write(f"To sign in they need a password: manage.py changepassword {person.username}")
