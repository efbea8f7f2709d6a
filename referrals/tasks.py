"""When to look for work. The rows are the truth; these are wake-ups, safe to lose and to repeat."""

from celery import shared_task

from referrals.services import engine, feed, heartbeat


@shared_task
def tick_clocks() -> None:
    """Run by beat every 5 seconds, until nothing is due.

    A missed tick delays an alert; it cannot lose one.
    """
    while engine.tick().claimed >= engine.BATCH:
        pass
    heartbeat.beat("tick")


@shared_task
def number_events() -> None:
    """Run by beat every second, until nothing waits. Readers of the feed do it too."""
    while feed.number_events() == feed.BATCH:
        pass
    heartbeat.beat("number")
