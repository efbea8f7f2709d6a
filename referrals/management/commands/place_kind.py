"""Enter from when, or until when, a kind of place is a place of safety."""

from argparse import ArgumentParser
from datetime import date

from django.core.management.base import BaseCommand, CommandError

from referrals.domain.detention import PLACE_KINDS
from referrals.domain.errors import Invalid
from referrals.services.places_of_safety import change_kind_of_place


class Command(BaseCommand):
    """One more row: what held before stays readable."""

    help = "Say from when, or until when, a kind of place is a place of safety, and by what law."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which kind, which days, which law."""
        parser.add_argument("code", choices=list(PLACE_KINDS))
        parser.add_argument("--since", type=date.fromisoformat, help="the first day, as 2027-04-01")
        parser.add_argument(
            "--until", type=date.fromisoformat, help="the first day on which it is none any more"
        )
        parser.add_argument("--source", required=True, help="the Act and section, or the commencement order")

    def handle(self, *args: str, **options: object) -> None:
        """Enter it, and say what holds now."""
        said = {name: options[name] for name in ("code", "since", "until", "source")}
        try:
            made = change_kind_of_place(**said)
        except Invalid as refusal:
            raise CommandError(f"{refusal}: {'; '.join(refusal.errors.values())}") from refusal
        span = f"from {made.since or 'ever'} until {made.until or 'further notice'}"
        self.stdout.write(f"{made.name}: a place of safety {span} ({made.source}).")
