"""An instant, as partners' programs write it and as people here read it on the wall."""

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")

NOUGHTS = re.compile(r"(?<=\.)(\d*?)0+(?=[+-])")
"""What PostgreSQL leaves out at the end of a fraction of a second, and Python writes."""


def spelt(at: datetime) -> str:
    """ISO 8601 with its offset, letter for letter as PostgreSQL writes it in JSON.

    So that one moment looks the same wherever it is read, whoever made the document:
    ``2026-11-21T23:41:00.25+00:00``. A time without an offset names no instant: ValueError.
    """
    if at.tzinfo is None:
        raise ValueError(f"{at} has no offset")
    return NOUGHTS.sub(r"\1", at.isoformat())


def day_of(at: datetime) -> date:
    """The day in London at that moment: in summer it begins an hour before UTC's."""
    return at.astimezone(LONDON).date()


def on_the_wall(at: datetime) -> str:
    """A moment in words, as in "00:00 on 31 October 2026"."""
    local = at.astimezone(LONDON)
    return f"{local:%H:%M} on {local.day} {local:%B %Y}"
