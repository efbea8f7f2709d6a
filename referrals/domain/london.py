"""The clock on the wall, by which people here agree on hours and days."""

from datetime import datetime
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def on_the_wall(at: datetime) -> str:
    """A moment in words, as in "00:00 on 31 October 2026"."""
    local = at.astimezone(LONDON)
    return f"{local:%H:%M} on {local.day} {local:%B %Y}"
