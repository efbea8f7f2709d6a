"""Measures of missing patients: for how long, how soon reported, how often again, how soon taken.

Definitions follow the project's metrics: *missing duration* is found less last seen, *report delay* sent less
absence confirmed, *missing again* a linked report within 72 hours, or 7 days, of the return. They count the
reports of the agency's units, and for a police force those for whom it was asked to look.

Counted over what the agency keeps for its figures (the views ``kept_...``). For a force that has left a case
it stands as it was then: what happened afterwards is not told to it, not even in a figure.
"""

from typing import Any

from referrals.reporting.report import Asked, Definition, Line, Tally, rows, share, week_of

GROUPS = {
    "all": "'all'",
    "week": week_of("m.sent_at"),
    "category": "m.category",
    "grade": "coalesce(nullif(m.grade, ''), 'not graded')",
    "unit": "u.name",
}
# The rows of every measure but one.
OURS = """
  from kept_missingreport m join agencies_team u on u.id = m.unit_id
 where m.kept_by = %(agency)s and (m.unit_agency_id = %(agency)s or m.asked_agency_id = %(agency)s)
   and m.sent_at >= %(since)s and m.sent_at < %(until)s and m.cancelled is not true
"""
DURATION = """
with told as (select :group as grouped, m.located_at is null as away, m.kept_until <= %(now)s as over,
                     m.located_at < m.last_seen_at as wrong,
                     extract(epoch from case when m.located_at >= m.last_seen_at then m.located_at end
                                          - m.last_seen_at) / 60 as minutes :ours)
select grouped, count(minutes), coalesce(sum(minutes), 0),
       percentile_cont(0.5) within group (order by minutes),
       percentile_cont(0.9) within group (order by minutes), count(*) filter (where away and not over),
       count(*) filter (where not away and wrong is null), count(*) filter (where away and over),
       count(*) filter (where wrong)
  from told group by 1 order by 1
"""
DELAY = """
with told as (
  select :group as grouped, extract(epoch from m.sent_at - m.absence_confirmed_at) / 60 as minutes :ours)
select grouped, count(minutes) filter (where minutes <= 15), count(minutes),
       percentile_cont(0.5) within group (order by minutes), count(*) filter (where minutes is null)
  from told group by 1 order by 1
"""
AGAIN = """
with ended as (
  select :group as grouped, m.returned_at, (select min(later.missing_since)
           from kept_episodelink l cross join lateral (
             select x.missing_since from kept_missingreport x
              where x.id = l.report_id and x.kept_by = %(agency)s and x.cancelled is not true offset 0) later
          where l.earlier_id = m.id and l.kept_by = %(agency)s) as again
    from kept_missingreport m join agencies_team u on u.id = m.unit_id
   where m.kept_by = %(agency)s and (m.unit_agency_id = %(agency)s or m.asked_agency_id = %(agency)s)
     and m.returned_at >= %(since)s and m.returned_at < %(until)s)
select grouped, count(*) filter (where old3), count(*) filter (where old3 and again < returned_at + three),
       count(*) filter (where old7), count(*) filter (where old7 and again < returned_at + seven),
       count(*) filter (where not old3)
  from (select *, interval '72 hours' as three, interval '7 days' as seven,
               returned_at <= %(now)s - interval '72 hours' as old3,
               returned_at <= %(now)s - interval '7 days' as old7 from ended) e
 group by 1 order by 1
"""
TAKEN = """
with reports as (select m.case_id, :group as grouped :ours),
told as (select m.grouped, k.met_at, k.target_at, k.stopped_at
           from reports m cross join lateral (select * from kept_not_taken n
             where n.case_id = m.case_id and n.kept_by = %(agency)s offset 0) k)
select grouped, count(*) filter (where met_at <= target_at),
       count(*) filter (where met_at is not null or (stopped_at is null and target_at <= %(now)s)
                           or stopped_at > target_at),
       count(*) filter (where met_at is null and stopped_at <= target_at),
       count(*) filter (where stopped_at is null and target_at > %(now)s)
  from told group by 1 order by 1
"""


def _duration(asked: Asked) -> Tally:
    """One query."""
    found = _rows(DURATION, asked, 9)
    lines: list[Line] = []
    for group, count, minutes, median, ninetieth, *_ in found:
        mean = round(float(minutes) / count, 1) if count else None
        lines.append(Line(group, round(float(minutes), 1), count, mean))
        lines += [_centile(f"{group}, median", median, count), _centile(f"{group}, 90th", ninetieth, count)]
    left_out = {
        "not found yet": sum(row[5] for row in found),
        "not known when last seen": sum(row[6] for row in found),
        "not found before your agency's part ended": sum(row[7] for row in found),
        "found before last seen, as entered": sum(row[8] for row in found),
    }
    return Tally(lines, sum(row[1] for row in found), left_out)


def _centile(group: str, minutes: float | None, count: int) -> Line:
    said = round(float(minutes), 1) if minutes is not None and count else None
    return Line(group, said or 0.0, count, said)


def _delay(asked: Asked) -> Tally:
    """One query."""
    found = _rows(DELAY, asked, 5)
    lines: list[Line] = []
    for group, soon, confirmed, median, _ in found:
        lines += [share(group, soon, confirmed), _centile(f"{group}, median minutes", median, confirmed)]
    left_out = {"not known when confirmed": sum(row[4] for row in found)}
    return Tally(lines, sum(row[2] for row in found), left_out)


def _again(asked: Asked) -> Tally:
    """One query."""
    found = _rows(AGAIN, asked, 6)
    lines: list[Line] = []
    for group, old3, again3, old7, again7, _ in found:
        lines += [share(group, again3, old3), share(f"{group}, within 7 days", again7, old7)]
    left_out = {"back for less than 72 hours": sum(row[5] for row in found)}
    return Tally(lines, sum(row[1] for row in found), left_out)


def _taken(asked: Asked) -> Tally:
    """One query."""
    found = _rows(TAKEN, asked, 5)
    lines = [share(group, in_time, due) for group, in_time, due, *_ in found]
    left_out = {
        "found, lowered or cancelled before it was due": sum(row[3] for row in found),
        "not due yet": sum(row[4] for row in found),
    }
    return Tally(lines, sum(row[2] for row in found), left_out)


def _rows(statement: str, asked: Asked, columns: int) -> list[tuple[Any, ...]]:
    return rows(statement.replace(":ours", OURS).replace(":group", GROUPS[asked.by]), asked, columns)


MEASURES: dict[str, Definition] = {
    "missing-duration": Definition(
        "How long patients are missing", 2,
        "minutes from when last seen until found, all together; beside it the median and the 90th centile",
        "reports sent in the period whose patient was found",
        "patients not found yet, or not before your agency's part ended; not known when last seen; "
        "found before last seen, as entered; "
        "reports cancelled as mistakes",
        "minutes", _duration, tuple(GROUPS), of_people=False,
    ),
    "missing-report-delay": Definition(
        "Reported within 15 minutes of the absence being confirmed", 1,
        "of these, reports sent within 15 minutes; beside it the median delay",
        "reports sent in the period that say when the absence was confirmed",
        "reports that do not say when; reports cancelled as mistakes",
        "per cent", _delay, tuple(GROUPS),
    ),
    "missing-again": Definition(
        "Missing again within 72 hours", 2,
        "of these, returns after which a linked report of the same patient began within 72 hours, or 7 days",
        "returns in the period, 72 hours old or more, or 7 days",
        "returns that are younger, or after your agency's part ended; episodes that nobody has linked; "
        "reports cancelled as mistakes",
        "per cent", _again, tuple(GROUPS),
    ),
    "missing-high-taken": Definition(
        "High risk, taken by the police in time", 1,
        "of these, taken within the time agreed",
        "promises that high reports of the period be taken: kept, broken, or open and overdue",
        "found, lowered or cancelled before it was due; not due yet",
        "per cent", _taken, tuple(GROUPS),
    ),
}  # fmt: skip
