"""Let the demonstration go on while it is watched: ``make run`` starts this beside web and worker."""

import signal
import time
from types import FrameType

from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, connection

from referrals.management.commands.demo_data import REAL, refuse_in_production
from referrals.management.demo import directory
from referrals.management.demo.stream import Stream
from referrals.models.keys import instant

LOOKS_EVERY = 5  # seconds


def stop(number: int, frame: FrameType | None) -> None:
    """Asked to end: what is half done is undone by the database."""
    raise SystemExit(0)


class Command(BaseCommand):
    """New referrals every few minutes, and people who answer them, until it is stopped."""

    help = "Go on with the demonstration: a new referral every few minutes, most of them answered"
    requires_system_checks = ()  # it serves no page

    def handle(self, *args: str, **options: object) -> None:
        """Look every few seconds what is due. A database that is away for a moment is waited for."""
        refuse_in_production()
        if real := directory.real_agencies():
            raise CommandError(f"{REAL}{', '.join(real[:5])}")
        signal.signal(signal.SIGTERM, stop)
        stream = Stream(instant())
        while True:
            time.sleep(LOOKS_EVERY)
            try:
                stream.step(instant())
            except OperationalError:
                connection.close()
