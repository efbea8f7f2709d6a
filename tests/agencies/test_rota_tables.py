"""A table or a calendar that cannot be read, or would be read wrongly, is refused at its line."""

import pytest

from agencies import rostering

EVENT = [
    "BEGIN:VCALENDAR",
    "BEGIN:VTIMEZONE",
    "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU",  # of the clocks, not of a shift
    "END:VTIMEZONE",
    "BEGIN:VEVENT",
    "DTSTART;TZID=Europe/London:20261127T160000",
    "DTEND:20261128T080000Z",
    "SUMMARY:supervisor trust-",
    " desk amy",
    "END:VEVENT",
    "END:VCALENDAR",
]


def calendar(at=0, *lines):
    """The event, with other lines instead of one."""
    return "\r\n".join(EVENT if not lines else [*EVENT[: at - 1], *lines, *EVENT[at:]])


def test_a_calendar_is_read_with_the_lines_of_its_events():
    (entry,) = rostering.read(calendar())
    assert (entry.number, entry.team, entry.tier, entry.username) == (5, "trust-desk", "supervisor", "amy")
    assert (entry.begins, entry.ends) == ("2026-11-27 16:00", "2026-11-28 08:00")
    (entry,) = rostering.read(calendar(6, "DTSTART:20261025T003000Z"))
    assert entry.begins == "2026-10-25 01:30"


@pytest.mark.parametrize(
    ("at", "lines", "said"),
    [
        (6, ["DTSTART:20260230T160000Z"], "line 6: DTSTART:20260230T160000Z: there is no such time"),
        (7, ["DTEND:20261025T013000Z"], "line 7: DTEND:20261025T013000Z: this hour comes twice"),
        (6, ["DTSTART:00010101T000000Z"], "there is no such time"),
        (
            7,
            [EVENT[6], "STATUS:CANCELLED"],
            "line 8: STATUS:CANCELLED: this event is cancelled: leave it out",
        ),
        (7, [EVENT[6], "RRULE:FREQ=WEEKLY"], "line 8: RRULE:FREQ=WEEKLY: repeats are not read: write each"),
        (9, [EVENT[8], "RDATE;VALUE=DATE:20261201"], "line 10: RDATE;VALUE=DATE:20261201: repeats"),
        (7, ["DTEND;TZID=Europe/Paris:20261128T080000"], "Paris:20261128T080000: write the time in UTC"),
        (6, ['DTSTART;VALUE=DATE-TIME;TZID="GMT Standard Time":20261127T160000'], "line 6: DTSTART;VALUE"),
    ],
)
def test_an_event_that_would_be_read_wrongly_is_refused_at_its_line(at, lines, said):
    with pytest.raises(rostering.Refused) as refused:
        rostering.read(calendar(at, *lines))
    assert said in str(refused.value)


@pytest.mark.parametrize("line", [1, 3])
def test_a_field_too_long_for_a_table_is_refused_at_its_line(line):
    lines = ["team,tier,username,from,to", "a,b,c,d,e", "a,b,c,d,e"]
    lines[line - 1] += "x" * 140_000
    with pytest.raises(rostering.Refused, match=f"^line {line}: field larger than"):
        rostering.read("\n".join(lines))
