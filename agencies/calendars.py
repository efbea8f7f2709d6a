"""The rota as an iCalendar (RFC 5545), written and read: posts, people and times, nothing of any patient."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from agencies.instants import LONDON
from agencies.models import Shift

HEAD = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Right Care Right Person//rota//EN"]
STAMP = "%Y%m%dT%H%M%SZ"
EVENT = re.compile(r"^BEGIN:VEVENT$(.*?)^END:VEVENT$", re.MULTILINE | re.DOTALL)
TIME = re.compile(r"^DT(START|END)(?:;[^:\n]*)?:(\d{8}T\d{6})(Z?)$", re.MULTILINE)
SUMMARY = re.compile(r"^SUMMARY:(.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Entry:
    """A shift as somebody wrote it down: codes and times as text, the times in London's."""

    number: int
    team: str
    tier: str
    username: str
    begins: str
    ends: str


def written(shifts: Iterable[Shift], now: datetime) -> str:
    """A calendar of these shifts. Select their teams and members' users with them."""
    lines = [*HEAD, *(line for shift in shifts for line in _event(shift, now)), "END:VCALENDAR", ""]
    return "\r\n".join(lines)


def _event(shift: Shift, now: datetime) -> list[str]:
    return [
        "BEGIN:VEVENT",
        f"UID:shift-{shift.pk}@rota",
        f"DTSTAMP:{now.astimezone(UTC):{STAMP}}",
        f"DTSTART:{shift.during.lower.astimezone(UTC):{STAMP}}",
        f"DTEND:{shift.during.upper.astimezone(UTC):{STAMP}}",
        f"SUMMARY:{shift.tier} {shift.team.code} {shift.membership.user.username}",
        "END:VEVENT",
    ]


def is_calendar(text: str) -> bool:
    """Whether this is one, and no table."""
    return text.lstrip().upper().startswith("BEGIN:VCALENDAR")


def read(text: str) -> list[Entry]:
    """The shifts of a calendar whose summaries are a tier, a team's code and a user name, as ours are."""
    plain = text.replace("\r\n", "\n").replace("\n ", "").replace("\r", "\n")
    return [_entry(number, each) for number, each in enumerate(EVENT.findall(plain), start=1)]


def _entry(number: int, event: str) -> Entry:
    times = {which: _local(stamp, utc) for which, stamp, utc in TIME.findall(event)}
    summary = SUMMARY.search(event)
    words = [*(summary.group(1).split() if summary else []), "", "", ""]
    return Entry(number, words[1], words[0], words[2], times.get("START", ""), times.get("END", ""))


def _local(stamp: str, utc: str) -> str:
    """In London's time; a time without Z is a reading of the wall there."""
    at = datetime.strptime(stamp, "%Y%m%dT%H%M%S").replace(tzinfo=UTC if utc else LONDON)
    return f"{at.astimezone(LONDON):%Y-%m-%d %H:%M}"
