"""The rota as an iCalendar (RFC 5545), written and read: posts, people and times, nothing of any patient."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from agencies.duty.stints import Stint
from agencies.instants import LONDON

HEAD = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Right Care Right Person//rota//EN"]
STAMP = "%Y%m%dT%H%M%SZ"
TIME = re.compile(r"^DT(START|END)(?:;[^:]*)?:(\d{8}T\d{6})(Z?)$")
SUMMARY = re.compile(r"^SUMMARY:(.*)$")
CANCELLED = re.compile(r"^STATUS:CANCELLED$")
REPEATS = re.compile(r"^(RRULE|RDATE)[;:]")
ZONE = re.compile(r"^DT(?:START|END)[^:]*;TZID=\"?([^:;\"]*)")
SHOWN = 60  # characters of a line that is quoted


class Unreadable(Exception):
    """A calendar that would be read wrongly; the message names the line, and what to do."""


@dataclass(frozen=True)
class Entry:
    """A shift as somebody wrote it down: codes and times as text, the times in London's."""

    number: int
    team: str
    tier: str
    username: str
    begins: str
    ends: str


def written(stints: Iterable[Stint], now: datetime) -> str:
    """A calendar of who is really on call, changes of shifts included; where nobody is, it has nothing."""
    lines = [*HEAD, *(line for stint in stints for line in _event(stint, now)), "END:VCALENDAR", ""]
    return "\r\n".join(lines)


def _event(stint: Stint, now: datetime) -> list[str]:
    if stint.who is None:
        return []
    begins, ends = (f"{at.astimezone(UTC):{STAMP}}" for at in (stint.begins, stint.ends))
    row = f"change-{stint.change.pk}" if stint.change else f"shift-{stint.shift}"
    return [
        "BEGIN:VEVENT",
        f"UID:{row}-{begins}@rota",
        f"DTSTAMP:{now.astimezone(UTC):{STAMP}}",
        f"DTSTART:{begins}",
        f"DTEND:{ends}",
        f"SUMMARY:{stint.tier} {stint.team.code} {stint.who.user.username}",
        "END:VEVENT",
    ]


def is_calendar(text: str) -> bool:
    """Whether this is one, and no table."""
    return text.lstrip().upper().startswith("BEGIN:VCALENDAR")


def read(text: str) -> list[Entry]:
    """The shifts of a calendar whose summaries are a tier, a team's code and a user name, as ours are.

    Each is numbered by the line on which it begins. Raises Unreadable.
    """
    return [_entry(number, lines) for number, lines in _events(text)]


Line = tuple[int, str]


def _lines(text: str) -> list[Line]:
    """The lines, long ones unfolded, each with the number of the first that it was written on."""
    found: list[Line] = []
    for number, line in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), start=1):
        if line.startswith((" ", "\t")) and found:
            found[-1] = (found[-1][0], found[-1][1] + line[1:])
        else:
            found.append((number, line))
    return found


def _events(text: str) -> Iterator[tuple[int, list[Line]]]:
    """The lines of each event, with the number of its first."""
    begins, held = 0, []
    for number, line in _lines(text):
        if line == "BEGIN:VEVENT":
            begins, held = number, []
        elif line == "END:VEVENT" and begins:
            yield begins, held
            begins = 0
        else:
            held.append((number, line))


def _entry(number: int, lines: list[Line]) -> Entry:
    _check(lines)
    times = {found[1]: _local(at, found) for at, line in lines if (found := TIME.search(line))}
    summary = next((found[1] for _, line in lines if (found := SUMMARY.search(line))), "")
    words = [*summary.split(), "", "", ""]
    return Entry(number, words[1], words[0], words[2], times.get("START", ""), times.get("END", ""))


def _check(lines: list[Line]) -> None:
    """Nothing in an event would be read as something else than it means. Raises Unreadable."""
    for number, line in lines:
        if CANCELLED.search(line):
            raise _unreadable(number, line, "this event is cancelled: leave it out")
        if REPEATS.search(line):
            raise _unreadable(number, line, "repeats are not read: write each shift as an event of its own")
        zone = ZONE.search(line)
        if zone and zone[1] != LONDON.key:
            raise _unreadable(number, line, "write the time in UTC, ending in Z, or in Europe/London's")


def _local(number: int, found: re.Match[str]) -> str:
    """In London's time; a time without Z is a reading of the wall there. Raises Unreadable."""
    _, stamp, utc = found.groups()
    try:
        at = datetime.strptime(stamp, "%Y%m%dT%H%M%S").replace(tzinfo=UTC if utc else LONDON)
        at = at.astimezone(LONDON)
    except (ValueError, OverflowError):
        raise _unreadable(number, found[0], "there is no such time: one is 20261127T160000Z") from None
    if at.fold:  # on the wall it would be the hour before
        raise _unreadable(number, found[0], "this hour comes twice, and this is the second: take 02:00")
    return f"{at:%Y-%m-%d %H:%M}"


def _unreadable(number: int, line: str, remedy: str) -> Unreadable:
    return Unreadable(f"line {number}: {line[:SHOWN]}: {remedy}")
