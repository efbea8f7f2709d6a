"""Say that an agency is part of another from now on."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from agencies.models import Team
from referrals.domain.errors import Invalid
from referrals.services import succession


class Command(BaseCommand):
    """New work for the old one is refused from now on; what it holds stays until it is handed over."""

    help = "Say that an agency was merged into another; hand_over then hands over what it holds."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which into which, or that it was not so."""
        parser.add_argument("agency", help="the code of the agency that is part of another now")
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--into", help="the code of the agency that it is part of")
        which.add_argument("--undo", action="store_true", help="it is an agency of its own after all")

    def handle(self, *args: str, **options: object) -> None:
        """Enter it, and say what comes next."""
        try:
            agency = succession.merge(old=options["agency"], new=options["into"])
        except Invalid as refusal:
            raise CommandError(f"{refusal}: give {'; '.join(refusal.errors.values())}") from refusal
        if agency.succeeded_by is None:
            self.stdout.write(f"{agency.name} is an agency of its own again.")
            return
        self.stdout.write(
            f"{agency.name} is part of {agency.succeeded_by.name}. "
            "Hand over what it holds: manage.py hand_over"
        )
        for team in Team.objects.filter(fallback__agency=agency).exclude(agency=agency).order_by("code"):
            self.stderr.write(
                f"{team.name} ({team.code}) hands on to it while closed, and is asked itself from now on: "
                "choose who stands in, on the tracker's Teams page"
            )
