"""Fill a database with the demonstration, or with as many referrals as a measurement needs."""

import os
import time
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from referrals.management.demo import directory, make, roster
from referrals.management.demo.places import PLACES
from referrals.management.scale.load import BrokenError, Load
from referrals.management.scale.owner import NotTheOwnerError, as_owner

REAL = "This database holds agencies that are not invented: "


class Command(BaseCommand):
    """Invented agencies, people and cases, and the file with the ways in; or ``--scale``."""

    help = "Make demo agencies, people and about 100 cases; or, with --scale N, N referrals for measuring"
    requires_system_checks = ()  # it serves no page

    def add_arguments(self, parser: CommandParser) -> None:
        """Where the sign-ins go."""
        path = os.environ.get("DEMO_JSON") or str(Path(os.environ.get("RUN_DIR") or ".run") / "demo.json")
        address = os.environ.get("BASE_URL") or f"http://127.0.0.1:{os.environ.get('PORT') or 8000}"
        parser.add_argument("--json", type=Path, default=path, help="the file for sign-ins and clients")
        parser.add_argument("--base-url", default=address, help="the site's address, for that file")
        parser.add_argument(
            "--first-start", action="store_true", help="keep quiet where the database is in real use"
        )
        parser.add_argument("--scale", type=int, default=0, metavar="N", help="load N referrals instead")
        parser.add_argument("--due", type=int, default=0, metavar="K", help="K of them with a clock due now")
        parser.add_argument("--seed", type=int, default=1, help="the same seed, the same referrals")

    def handle(self, *args: str, **options: object) -> None:
        """Refuse, or make what is missing."""
        refuse_in_production()
        if options["scale"]:
            numbers = (int(str(options[name])) for name in ("scale", "due", "seed"))
            self.stdout.write(self.load(*numbers))
            return
        path, base_url = Path(str(options["json"])), str(options["base_url"])
        self.stdout.write(self.demonstrate(path, base_url, quiet=bool(options["first_start"])))

    def demonstrate(self, path: Path, base_url: str, *, quiet: bool) -> str:
        """The demonstration, once; its file, whenever it is missing. What was done, in a line."""
        if real := directory.real_agencies():
            if quiet:
                return "This database is in real use: no demo data."
            raise CommandError(f"{REAL}{', '.join(real[:5])}")
        if not directory.known(PLACES):
            return self._make(path, base_url)
        if path.exists():
            return f"The demo data is there already; its sign-ins are in {path}"
        make.new_passwords(path, base_url)
        return f"The demo data was there already; its new sign-ins are in {path}"

    def load(self, referrals: int, due: int, seed: int) -> str:
        """So many referrals; what was made and how long it took, in a line."""
        if real := directory.real_agencies():
            raise CommandError(f"{REAL}{', '.join(real[:5])}")
        began = time.monotonic()
        with self._progress() as progress:
            task = progress.add_task("", total=referrals)
            load = Load(
                referrals,
                due,
                seed,
                advance=lambda more: progress.advance(task, more),
                phase=lambda what: progress.update(task, description=what),
            )
            try:
                with as_owner():
                    load.run()
            except (BrokenError, NotTheOwnerError) as problem:
                raise CommandError(f"Nothing was loaded: {problem}") from problem
        made = ", ".join(f"{count:,} {name}" for name, count in load.made.items())
        return f"{made} in {time.monotonic() - began:.0f} s"

    def _make(self, path: Path, base_url: str) -> str:
        cases = len(list(roster.entries()))
        with self._progress() as progress:
            task = progress.add_task("Telling cases", total=cases)
            make.everything(path, base_url, lambda more: progress.advance(task, more))
        return f"{cases} demo cases; the sign-ins are in {path}"

    def _progress(self) -> Progress:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        return Progress(*columns, console=Console(file=self.stderr))


def refuse_in_production() -> None:
    """Demo agencies have passwords that are printed. Raises CommandError, naming the settings."""
    name = os.environ.get("DJANGO_SETTINGS_MODULE", "")
    if name.endswith("production") or settings.SECURE_SSL_REDIRECT:
        raise CommandError(f"{name} are settings for the real thing: demo data is refused there")
