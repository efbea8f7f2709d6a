"""Enter an agency into the directory, with its duty contact and its official codes."""

from argparse import ArgumentParser, ArgumentTypeError
from datetime import date

from django.core.management.base import BaseCommand, CommandError
from django.utils.timezone import localdate

from agencies import founding
from agencies.models import Agency, AgencyCode
from agencies.roles import AgencyKind
from agencies.services import Refused


class Command(BaseCommand):
    """What comes next is told: its first manager, then its teams."""

    help = "Enter an agency: police force, trust, council or charity."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """What it is, and whom it has told when nobody else of it can be."""
        parser.add_argument("code", help="by which programs and commands name it, as lyra-trust: it stays")
        parser.add_argument("--name", required=True)
        parser.add_argument("--kind", required=True, choices=AgencyKind.values)
        parser.add_argument("--phone", default="", help="the number that partners are told to ring")
        parser.add_argument(
            "--duty-contact-name", required=True, help="a post that is always held by somebody, or a person"
        )
        parser.add_argument(
            "--duty-contact-email", required=True, help="read day and night: told when nobody else can be"
        )
        parser.add_argument(
            "--official",
            type=_official,
            action="append",
            default=[],
            metavar="SCHEME:CODE[:SINCE]",
            help=f"a code of {', '.join(AgencyCode.Scheme.values)}, as ods:RX9 or ods:RX9:2020-04-01",
        )
        parser.add_argument(
            "--sandbox", action="store_true", help="for partners' trial runs: it never meets a real agency"
        )

    def handle(self, *args: str, **options: object) -> None:
        """Enter it, and say what is still to be done."""
        fields = ("code", "name", "kind", "phone", "duty_contact_name", "duty_contact_email", "sandbox")
        agency = Agency(**{name: options[name] for name in fields})
        try:
            founding.found(agency, options["official"])
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"{agency} is in the directory as {agency.code}.")
        self.stdout.write(
            f"Next: manage.py join USERNAME manager --agency {agency.code}, then manage.py add_team"
        )


def _official(said: str) -> founding.Official:
    scheme, _, rest = said.partition(":")
    code, _, since = rest.partition(":")
    if scheme not in AgencyCode.Scheme.values or not code:
        raise ArgumentTypeError(f"{said}: write it as ods:RX9, of {', '.join(AgencyCode.Scheme.values)}")
    try:
        return founding.Official(scheme, code, date.fromisoformat(since) if since else localdate())
    except ValueError as wrong:
        raise ArgumentTypeError(f"{said}: write the day since when it holds as 2020-04-01") from wrong
