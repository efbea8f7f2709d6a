"""Make a member of a team something else in it: a supervisor, a worker again."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from agencies.acting import acting_for
from agencies.roles import Role
from agencies.services import Refused
from referrals.management.naming import in_charge, memberships
from referrals.services import rota_gaps


class Command(BaseCommand):
    """The person keeps their sessions and their shifts, and may do what the new role may.

    A gap of the rota that it makes is told at once.
    """

    help = "Change the role that a person has in a team of an agency."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Who, in which team, becomes what, and who says so."""
        parser.add_argument("user", help="the user name of the member")
        parser.add_argument("role", choices=[role.value for role in Role])
        parser.add_argument("--agency", required=True, help="the agency's code")
        parser.add_argument("--team", help="the team's code, if they are in several")
        parser.add_argument(
            "--by", required=True, help="the user name of a manager or director of the agency"
        )

    def handle(self, *args: str, **options: str) -> None:
        """Change the one, and say what it was."""
        by = in_charge(options["agency"], options["by"])
        with acting_for(by.agency_id):
            held, *others = memberships(options["agency"], options["user"], options["team"])
            if others:
                raise CommandError(f"{options['user']} is in several teams: name one with --team")
            try:
                changed = rota_gaps.change_role(membership_id=held.pk, role=Role(options["role"]), by=by)
            except Refused as refusal:
                raise CommandError(str(refusal)) from refusal
        where = held.team or held.agency
        self.stdout.write(f"{options['user']} was {held.role} of {where}, and is {changed.role} now")
