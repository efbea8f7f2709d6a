"""Hand over what an agency holds to the agency that it was merged into."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from agencies.acting import Actor, acting_for
from agencies.models import Team
from referrals.domain.errors import Refused
from referrals.management.naming import in_charge
from referrals.models import Case, Referral
from referrals.services import succession


class Command(BaseCommand):
    """Asks; each case moves once a named human of the successor accepts it."""

    help = "Hand over the open cases of an agency to a team of the agency that succeeds it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Of which agency, to which team, in whose name."""
        parser.add_argument("agency", help="the code of the agency that was merged into another")
        parser.add_argument("--team", required=True, help="the code of the successor's team")
        parser.add_argument(
            "--by", required=True, help="the user name of a manager or director of the old agency"
        )

    def handle(self, *args: str, **options: str) -> None:
        """Ask for each in turn; leave with an error if any was refused."""
        by = in_charge(options["agency"], options["by"])
        team = Team.objects.select_related("agency").filter(code=options["team"]).first()
        if team is None:
            raise CommandError(f"there is no team {options['team']}")
        try:
            with acting_for(by.agency_id):
                held = succession.still_held(to_team=team, by=by)
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        refused = sum(not self._hand_over(each, team, by) for each in held)
        if refused:
            raise CommandError(f"{refused} were refused: see to them by hand, and run this again")

    def _hand_over(self, held: Referral | Case, team: Team, by: Actor) -> bool:
        """One, in a transaction of its own: a refusal stops no other, and no case stays locked meanwhile."""
        with acting_for(by.agency_id):
            done = succession.hand_over(held=held, to_team=team, by=by)
        self.stdout.write(f"{done.reference}: {done.refused or f'asked as {done.child}'}")
        return not done.refused
