"""Whether the clock engine is at work: a dead engine is louder than a breached case."""

from datetime import datetime, timedelta

from referrals.models import Heartbeat

PATIENCE = timedelta(seconds=30)


def silent_since(now: datetime) -> datetime | None:
    """When the engine was last heard, if that is too long ago; None while it is well.

    Of an engine that was never heard nothing is known: it counts as silent since ``now``.
    """
    beat = next(iter(Heartbeat.objects.filter(part="tick").values_list("beat_at", flat=True)), None)
    if beat is None:
        return now
    return beat if now - beat > PATIENCE else None
