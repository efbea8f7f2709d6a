"""Find attached files that no case has: what a crash left between writing a file and its row."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand

from notifications.services import database_now
from referrals.services import keeping


class Command(BaseCommand):
    """Lists them, or with ``--remove`` removes them. Never after a database was put back from a copy."""

    help = "List files older than a day that no attachment has; --remove removes them"

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Look only, unless told otherwise."""
        parser.add_argument("--remove", action="store_true", help="remove them; not after a restore")

    def handle(self, *args: str, remove: bool, **options: object) -> None:
        """List or remove."""
        now = database_now()
        if remove:
            self.stdout.write(f"{keeping.sweep(now)} files removed")
            return
        for name in keeping.without_rows(now):
            self.stdout.write(name)
