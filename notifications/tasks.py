"""When to look for messages to send. The rows are the truth; these are wake-ups."""

from time import monotonic

from celery import shared_task

from notifications import services

LONGEST = 60  # seconds; the next wake-up goes on


@shared_task
def deliver_due() -> None:
    """Run by beat every 5 seconds, until nothing is due.

    A missed run delays a message; it cannot lose one.
    """
    began = monotonic()
    while services.deliver_due(now=services.database_now()) and monotonic() - began < LONGEST:
        pass
