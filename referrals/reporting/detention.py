"""Measures of detentions: how long police wait, how many officer hours it costs, and what came of it.

Definitions follow the project's metrics: a *handover* is the last officer's release after arrival at the
first place of safety; *officer hours* are summed officer by officer, nobody twice. Measured, never modelled:
what is estimated stands in ``modelled``, with its formula and its baseline.

Counted over what the agency keeps for its figures (the views ``kept_...``), whatever became of its part in
the case since: last quarter's figures stand.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from agencies.instants import LONDON
from referrals.domain import officers
from referrals.domain.detention import HOME, Outcome
from referrals.reporting.report import Asked, Definition, Line, Tally, lines_of, rows, share, week_of

GROUPS = {
    "all": "'all'",
    "week": week_of("d.detained_at"),
    "place": "coalesce(t.name, 'no place entered')",
}
# The force's own, and those that came to a place of the agency's.
ROWS = """
  from kept_detention d left join agencies_team t on t.id = d.place_id
 where d.kept_by = %(agency)s and (d.agency_id = %(agency)s or t.agency_id = %(agency)s)
   and d.detained_at >= %(since)s and d.detained_at < %(until)s
"""
BOTH = "d.released_at >= d.starts_at"
HANDOVERS = f"""
select :group,
       count(*) filter (where {BOTH} and d.released_at <= d.starts_at + interval '60 minutes'),
       count(*) filter (where {BOTH}),
       count(*) filter (where d.starts_at is null),
       count(*) filter (where d.starts_at is not null and d.released_at is null and d.ended_at is null),
       count(*) filter (where d.starts_at is not null and d.released_at is null and d.ended_at is not null),
       count(*) filter (where d.released_at < d.starts_at)
  {ROWS} group by 1 order by 1
"""
WAITED = "extract(epoch from d.released_at - d.starts_at) / 60"
RELEASES = f"""
select :group, count(*) filter (where {BOTH} and {WAITED} <= 60), count(*) filter (where {BOTH}),
       percentile_cont(0.5) within group (order by {WAITED}) filter (where {BOTH}),
       percentile_cont(0.9) within group (order by {WAITED}) filter (where {BOTH}),
       avg({WAITED}) filter (where {BOTH}), max({WAITED}) filter (where {BOTH}),
       count(*) filter (where d.starts_at is null or d.released_at is null),
       count(*) filter (where d.released_at < d.starts_at)
  {ROWS} group by 1 order by 1
"""
OUTCOMES = f"""
select :group, count(*) filter (where d.outcome = any(%(home)s)), count(*) filter (where d.outcome <> ''),
       count(*) filter (where d.outcome = '')
  {ROWS} group by 1 order by 1
"""
EXTENSIONS = f"""
select :group, count(*) filter (where d.extension_minutes > 0),
       count(*) filter (where d.expires_at is not null),
       count(*) filter (where d.expires_at is null)
  {ROWS} group by 1 order by 1
"""
# A power that ran out with nobody having assessed the person, whatever was entered afterwards.
LAPSED = """d.expires_at <= %(now)s and coalesce(d.assessed_at, 'infinity') > d.expires_at
            and coalesce(d.ended_at, 'infinity') > d.expires_at"""
OVER = "(d.expires_at <= %(now)s or d.assessed_at is not null or d.ended_at is not null)"
LAPSES = f"""
select :group, count(*) filter (where {LAPSED}), count(*) filter (where d.expires_at is not null and {OVER}),
       count(*) filter (where d.expires_at is not null and not {OVER}),
       count(*) filter (where d.expires_at is null)
  {ROWS} group by 1 order by 1
"""
MINUTES = "extract(epoch from d.assessed_at - d.starts_at) / 60"
ASSESSMENTS = f"""
select :group, count(*) filter (where {MINUTES} <= 180), count({MINUTES}),
       percentile_cont(0.5) within group (order by {MINUTES}),
       percentile_cont(0.9) within group (order by {MINUTES}),
       count(*) filter (where d.starts_at is null), count(*) filter (where d.starts_at is not null
         and d.assessed_at is null)
  {ROWS} group by 1 order by 1
"""
# "offset 0" has the entries looked up by their detention, and not all of them first.
WAITS = """
select d.id, :week, :place, least(d.released_at, d.ended_at, %(now)s),
       w.id, w.identifier, w.number, w.since, w.until, w.supersedes_id
  from kept_detention d left join agencies_team t on t.id = d.place_id
  left join lateral (select * from kept_officerwait o
     where o.detention_id = d.id and o.kept_by = %(agency)s offset 0) w on true
 where d.kept_by = %(agency)s and (d.agency_id = %(agency)s or t.agency_id = %(agency)s)
   and d.detained_at >= %(since)s and d.detained_at < %(until)s
 order by d.id
""".replace(":week", GROUPS["week"]).replace(":place", GROUPS["place"])


def _handovers(asked: Asked) -> Tally:
    """One query."""
    found = _rows(HANDOVERS, asked, 6)
    lines: list[Line] = []
    for group, quick, both, *missing, _ in found:
        lines.append(share(group, quick, both))
        lines.append(share(f"{group}, a time missing or still to come", sum(missing), both + sum(missing)))
    left_out = {
        "no arrival entered": sum(row[3] for row in found),
        "police still wait": sum(row[4] for row in found),
        "ended, and no release entered": sum(row[5] for row in found),
        "released before they arrived: one of the times is wrong": sum(row[6] for row in found),
    }
    return Tally(lines, sum(row[2] for row in found), left_out)


def _releases(asked: Asked) -> Tally:
    """One query. The value is a median; the 90th centile, the mean and the longest stand beside it."""
    found = _rows(RELEASES, asked, 8)
    lines = [
        Line(f"{group}{which}", quick, both, _rounded(minutes))
        for group, quick, both, *waits, _, _ in found
        for which, minutes in zip(("", ", 90th centile", ", mean", ", longest"), waits, strict=True)
    ]
    left_out = {
        "a time missing or still to come": sum(row[7] for row in found),
        "released before they arrived: one of the times is wrong": sum(row[8] for row in found),
    }
    return Tally(lines, sum(row[2] for row in found), left_out)


def _outcomes(asked: Asked) -> Tally:
    """One query; by outcome, the share of each."""
    if asked.by == "outcome":
        return _by_outcome(asked)
    found = _rows(OUTCOMES, asked, 3)
    lines = [share(group, home, decided) for group, home, decided, _ in found]
    return Tally(lines, sum(row[2] for row in found), {"not decided yet": sum(row[3] for row in found)})


def _by_outcome(asked: Asked) -> Tally:
    statement = f"select d.outcome, count(*) {ROWS} group by 1 order by 1"
    found = dict(lines_of(statement, asked))
    undecided = found.pop("", 0)
    counts = {outcome: found[outcome] for outcome in Outcome if outcome in found}
    whole = sum(counts.values())
    lines = [share(outcome, number, whole) for outcome, number in counts.items()]
    return Tally(lines, whole, {"not decided yet": undecided})


def _extensions(asked: Asked) -> Tally:
    """One query."""
    found = _rows(EXTENSIONS, asked, 3)
    lines = [share(group, extended, legal) for group, extended, legal, _ in found]
    return Tally(lines, sum(row[2] for row in found), {"no legal clock": sum(row[3] for row in found)})


def _lapses(asked: Asked) -> Tally:
    """One query."""
    found = _rows(LAPSES, asked, 4)
    lines = [share(group, lapsed, over) for group, lapsed, over, *_ in found]
    left_out = {
        "still within their time": sum(row[3] for row in found),
        "no legal clock": sum(row[4] for row in found),
    }
    return Tally(lines, sum(row[2] for row in found), left_out)


def _assessments(asked: Asked) -> Tally:
    """One query. The value is a median; the 90th centile stands beside it."""
    found = _rows(ASSESSMENTS, asked, 6)
    lines: list[Line] = []
    for group, quick, both, median, ninetieth, *_ in found:
        lines.append(Line(group, quick, both, _rounded(median)))
        lines.append(Line(f"{group}, 90th centile", quick, both, _rounded(ninetieth)))
    left_out = {
        "no arrival entered": sum(row[5] for row in found),
        "no assessment entered": sum(row[6] for row in found),
    }
    return Tally(lines, sum(row[2] for row in found), left_out)


def _rounded(minutes: float | None) -> float | None:
    return None if minutes is None else round(float(minutes), 1)


class Wait(NamedTuple):
    """One entry of an officer, as it is asked for here."""

    pk: Any
    identifier: str
    number: int | None
    since: datetime
    until: datetime | None
    supersedes_id: Any


class Waited(NamedTuple):
    """One detention's officers: its week and place, until when they count, and their entries."""

    week: str
    place: str
    end: datetime
    waits: list[Wait]


def _officer_hours(asked: Asked) -> Tally:
    """One query; the hours are summed here, by the same rule as on each detention's page."""
    spent: dict[str, float] = defaultdict(float)
    counts: dict[str, int] = defaultdict(int)
    nobody = entered = 0
    for each in _waited(asked):
        if not each.waits:
            nobody += 1
            continue
        entered += 1
        for group, seconds in _by_group(each, asked.by):
            spent[group] += seconds
            counts[group] += 1
    hours = {group: round(seconds / 3_600, 1) for group, seconds in spent.items()}
    order = HOURS_OF_WEEK if asked.by == "hour_of_week" else sorted(hours)
    lines = [Line(group, hours[group], counts[group], hours[group]) for group in order if group in hours]
    return Tally(lines, entered, {"no officer entered": nobody})


def _waited(asked: Asked) -> Iterator[Waited]:
    """Each detention of the period with its officers' entries."""
    held: dict[Any, Waited] = {}
    for key, week, place, end, *entry in lines_of(WAITS, asked):
        one = held.setdefault(key, Waited(week, place, end, []))
        if entry[0] is not None:
            one.waits.append(Wait(*entry))
    yield from held.values()


DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
HOURS_OF_WEEK = [f"{day} {hour:02d}:00" for day in DAYS for hour in range(24)]
HOUR = timedelta(hours=1)


def _by_group(each: Waited, by: str) -> Iterable[tuple[str, float]]:
    """Officer-seconds of one detention, by what the lines are."""
    if by != "hour_of_week":
        group = {"week": each.week, "place": each.place}.get(by, "all")
        return [(group, officers.seconds(each.waits, each.end))]
    found: dict[str, float] = defaultdict(float)
    for begins, ends, number in officers.steps(each.waits, each.end):
        for at, seconds in _hours_between(begins, ends):
            local = at.astimezone(LONDON)
            found[f"{DAYS[local.weekday()]} {local.hour:02d}:00"] += number * seconds
    return [(group, seconds) for group, seconds in found.items() if seconds]


def _hours_between(begins: datetime, ends: datetime) -> Iterator[tuple[datetime, float]]:
    """The stretch cut at every full hour; London's hours begin when the world's do."""
    at = begins
    while at < ends:
        next_hour = at.replace(minute=0, second=0, microsecond=0) + HOUR
        until = min(next_hour, ends)
        yield at, (until - at).total_seconds()
        at = until


def _rows(statement: str, asked: Asked, numbers: int) -> list[tuple[Any, ...]]:
    grouped = statement.replace(":group", GROUPS.get(asked.by, "'all'"))
    return rows(grouped, asked, numbers + 1, home=sorted(HOME))


OF_THE_PERIOD = "detentions and voluntary handovers that began in the period, your agency's or at its places"
MEASURES: dict[str, Definition] = {
    "handover-within-60": Definition(
        "Handovers within 60 minutes", 3,
        "of these, the last officer was released at most 60 minutes after the first arrival",
        f"{OF_THE_PERIOD}, with both times entered",
        "those without one of the times; their share stands beside; those released before they arrived",
        "per cent", _handovers, tuple(GROUPS),
    ),
    "arrival-to-release": Definition(
        "How long police wait", 1,
        "of these, the last officer was released at most 60 minutes after the first arrival; the value is "
        "the median wait in minutes, with the 90th centile, the mean and the longest beside it",
        f"{OF_THE_PERIOD}, with both times entered",
        "those without one of the times; those released before they arrived",
        "minutes, median", _releases, tuple(GROUPS),
    ),
    "officer-hours": Definition(
        "Officer hours", 2,
        "hours that officers were with somebody, officer by officer, nobody twice, up to the last release",
        f"{OF_THE_PERIOD}, with officers entered; by hour of the week, those with officers in that hour",
        "those without an officer entered; nothing is assumed of them",
        "hours", _officer_hours, (*GROUPS, "hour_of_week"), of_people=False,
    ),
    "detention-outcomes": Definition(
        "Discharged home", 2,
        "of these, discharged home with or without follow-up; by outcome, each outcome",
        f"{OF_THE_PERIOD}, with an outcome entered",
        "those that are not decided yet",
        "per cent", _outcomes, (*GROUPS, "outcome"),
    ),
    "detention-extensions": Definition(
        "Extensions", 2,
        "of these, extended by a doctor",
        f"{OF_THE_PERIOD}, under section 136 or 135, with an arrival entered",
        "voluntary handovers, and those without an arrival",
        "per cent", _extensions, tuple(GROUPS),
    ),
    "detention-lapses": Definition(
        "Lapsed unassessed", 3,
        "of these, the power ran out and nobody had assessed the person",
        f"{OF_THE_PERIOD}, under section 136 or 135, that ran out, ended or were assessed",
        "those still within their time; voluntary handovers, and those without an arrival",
        "per cent", _lapses, tuple(GROUPS),
    ),
    "arrival-to-assessment": Definition(
        "From arrival to assessment", 3,
        "of these, assessed within 180 minutes; the value is the median in minutes",
        f"{OF_THE_PERIOD}, with arrival and assessment entered",
        "those without one of the times: that somebody was moved on, admitted for other care, arrested or "
        "lost is no assessment",
        "minutes, median", _assessments, tuple(GROUPS),
    ),
}  # fmt: skip
