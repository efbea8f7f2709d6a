"""Simulate a draft of an agreement over a past period: what would have fired, before and after."""

from argparse import ArgumentParser
from datetime import UTC, datetime
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from agencies import rostering
from agencies.models import Agency
from referrals.domain.agreement import Scope
from referrals.domain.simulation import Whom
from referrals.models import AgreementVersion
from referrals.reporting.simulation import Simulated, simulate, whom_by

LINE = "{:>8} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9}"
HEAD = ("", "promises", "breached", "after", "told", "after", "woken", "after")


class Command(BaseCommand):
    """Reads only: the transaction could write nothing."""

    help = "Simulate a version of an agreement over a past period, from --from to --to (days)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which version, over which days."""
        parser.add_argument(
            "--agreement", type=int, required=True, help="the version's number in its address"
        )
        parser.add_argument("--from", dest="since", required=True, help="the first day, as 2026-10-01")
        parser.add_argument("--to", dest="until", required=True, help="the day after the last")
        parser.add_argument(
            "--agency",
            help="the code of one of the two: say who of it would have been told; of an agreement between "
            "kinds, look only at what that agency asked or was asked",
        )
        parser.add_argument(
            "--rota", help="a table of shifts (team, tier, username, from, to), tried instead"
        )

    def handle(self, *args: str, **options: str) -> None:
        """Simulate with progress, and print the table."""
        since, until = _day(options["since"]), _day(options["until"])
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("set transaction read only")
            found = AgreementVersion.objects.select_related("agreement").filter(pk=options["agreement"])
            version = found.first()
            if version is None or version.agreement.scope == Scope():
                raise CommandError("there is no such version between two agencies, or kinds of them")
            agency = self._agency(version.agreement.scope, options)
            whom = self._whom(agency, since, until, options["rota"])
            of = agency.pk if agency else None
            made = simulate(version, since, until, self._progress, whom, of=of)
        self._print(made)

    def _agency(self, scope: Scope, options: dict[str, str]) -> Agency | None:
        """The one named, if it is of those who make the agreement."""
        code = options["agency"]
        if code is None and options["rota"] is None:
            return None
        found = Agency.objects.filter(code=code).first()
        if found is None or not scope.is_made_by(found.pk, found.kind):
            raise CommandError("--agency: the code of one of the two sides")
        return found

    def _whom(
        self, agency: Agency | None, since: datetime, until: datetime, table: str | None
    ) -> tuple[Whom | None, Whom | None]:
        """Who of the agency named answers, as its rota has it and as the table would have it."""
        if agency is None:
            return None, None
        try:
            entries = rostering.read(Path(table).read_text()) if table else []
            shifts = rostering.planned(entries=entries, agency_id=agency.pk) if table else None
        except (OSError, rostering.Refused) as problem:
            raise CommandError(f"--rota: {problem}") from problem
        return whom_by(agency.pk, since, until, shifts)

    def _progress(self, count: int) -> None:
        self.stderr.write(f"{count:,} promises ...")

    def _print(self, made: Simulated) -> None:
        self.stdout.write(f"{made.version}, {made.since:%Y-%m-%d} to {made.until:%Y-%m-%d %H:%M} UTC")
        self.stdout.write(LINE.format(*HEAD))
        for name, before, after in [*made.lines, made.whole]:
            figures = [before.clocks]
            for each in ("breached", "told", "woken"):
                figures += [getattr(before, each), getattr(after, each)]
            self.stdout.write(LINE.format(name, *figures))
        for (party, post), before, after in made.posts:
            self.stdout.write(f"{post} ({party}): told {before}, after {after}")
        for each in made.people:
            nights = f"at night {each.nights}, after {each.would_nights}"
            self.stdout.write(f"{each.name}: told {each.told}, after {each.would}; {nights}")


def _day(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise CommandError(f"{text} is no day such as 2026-10-01") from None
