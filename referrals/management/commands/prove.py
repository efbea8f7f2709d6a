"""Prove that nothing has been forgotten: the standing proof's checks, now."""

import json
from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import asdict

from django.core.management.base import BaseCommand, CommandError

from referrals.reporting.proof import PROMISE
from referrals.reporting.proving import prove
from referrals.reporting.sweep import WHOLE
from referrals.services.proof import Outcome


class Command(BaseCommand):
    """Exit code 1, with references, if any promise is broken or any check could not be run."""

    help = "Run the standing proof. Exit code 1 if it finds anything."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How much, and how to say it."""
        parser.add_argument("--json", action="store_true", help="one JSON object, for programs")
        parser.add_argument(
            "--whole", action="store_true", help="every chain, rung and anchored head, not only a portion"
        )

    def handle(self, *args: str, **options: bool) -> None:
        """Run, print, and fail if need be."""
        outcomes = prove(WHOLE if options["whole"] else None, write_anchor=True)
        if options["json"]:
            said = [{**asdict(each), "rows": [row._asdict() for row in each.rows]} for each in outcomes]
            whole = {"well": all(each.well for each in outcomes), "checks": said}
            self.stdout.write(json.dumps(whole, default=str, indent=1))
        else:
            self._print(outcomes)
        broken = [each for each in outcomes if not each.well]
        if broken:
            raise CommandError(f"The proof fails: {', '.join(each.name for each in broken)}", returncode=1)

    def _print(self, outcomes: Sequence[Outcome]) -> None:
        for each in outcomes:
            state = "ok" if each.well else each.trouble or f"{each.found} found"
            self.stdout.write(f"{each.name:20} {state:12} {each.took_ms:6} ms  {PROMISE[each.name]}")
            for row in each.rows:
                self.stdout.write(f"    {row.reference}  {row.what}")
