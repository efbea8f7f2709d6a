"""Measures of referrals: how soon somebody has them, what was promised and kept, how often they come back.

Definitions follow the project's metrics: *time to acknowledge* is acknowledged less sent; *within target* is
promises kept of all that fell due, **open breaches in the denominator**; *decline rate* is declined of
decided; *orphan minutes* are those past the target with nobody's acknowledgement, and those declined or
failed and not re-actioned. They count what the agency asked and what was asked of it, by when it was sent.
"""

from decimal import Decimal
from typing import Any

from referrals.domain.clocks import WATCH
from referrals.domain.referral import ASKED, State
from referrals.reporting.report import Asked, Definition, Line, Tally, rows, share, week_of

GROUPS = {
    "all": "'all'",
    "week": week_of("r.sent_at"),
    "priority": "r.priority",
    "category": "r.category",
    "agency": "o.name",
    "side": """case when r.to_agency_id = r.from_agency_id then 'within your agency'
                    when r.from_agency_id = %(agency)s then 'asked by your agency'
                    else 'asked of your agency' end""",
}
# A shared team's home is asked, too: its people answer.
OURS = """
  from referrals_referral r join agencies_team t on t.id = r.to_team_id
  join agencies_agency o
    on o.id = case when r.from_agency_id = %(agency)s then r.to_agency_id else r.from_agency_id end
 where %(agency)s in (r.from_agency_id, r.to_agency_id, t.agency_id)
   and r.sent_at >= %(since)s and r.sent_at < %(until)s and r.state <> 'entered_in_error'
"""
ACKNOWLEDGED = """
with asked as (select r.id, r.sent_at, r.state, :group as grouped :ours),
told as (
  select a.grouped, a.state, extract(epoch from k.met_at - a.sent_at) / 60 as minutes,
         k.met_at <= k.target_at as in_time
    from asked a left join referrals_clock k on k.referral_id = a.id and k.kind = 'acknowledge')
select grouped, count(*) filter (where in_time), count(minutes),
       percentile_cont(0.5) within group (order by minutes),
       percentile_cont(0.9) within group (order by minutes),
       count(*) filter (where minutes is null and state = 'sent'),
       count(*) filter (where minutes is null and state <> 'sent')
  from told group by 1 order by 1
"""
# What a state waits for. A promise that ended before it was due, by something else than its keeping, is none.
KEPT = """
with asked as (select r.id, :group as grouped :ours),
told as (
  select :promise as grouped, k.met_at, k.target_at, k.stopped_at
    from asked a join referrals_clock k on k.referral_id = a.id and k.kind = any(%(promises)s))
select grouped, count(*) filter (where met_at <= target_at),
       count(*) filter (where met_at is not null or stopped_at > target_at
                           or (stopped_at is null and target_at <= %(now)s)),
       count(*) filter (where met_at is null and stopped_at <= target_at),
       count(*) filter (where stopped_at is null and target_at > %(now)s)
  from told group by 1 order by 1
"""
# The first decision counts: one who declined and took it after all had declined.
DECIDED = """
with asked as (select r.id, r.state, :group as grouped :ours),
told as (
  select a.grouped, a.state, d.action, d.reason_code
    from asked a left join lateral (
      select m.action, m.reason_code from referrals_move m
       where m.referral_id = a.id and m.action in ('accept', 'decline') order by m.version limit 1) d on true)
select :reason, count(*) filter (where action = 'decline'), count(action),
       count(*) filter (where action is null and state = any(%(open)s)),
       count(*) filter (where action is null and state <> all(%(open)s))
  from told group by 1 order by 1
"""
ORPHANED = """
with asked as (select r.id, :group as grouped :ours),
told as (
  select a.grouped, a.id,
         case when k.kind = 'acknowledge' then
           extract(epoch from coalesce(k.stopped_at, %(now)s) - k.target_at) / 60 end as unacknowledged,
         case when k.kind = 're_action' then
           extract(epoch from coalesce(k.stopped_at, %(now)s) - k.started_at) / 60 end as given_back
    from asked a left join referrals_clock k
      on k.referral_id = a.id and k.kind in ('acknowledge', 're_action'))
select grouped, coalesce(sum(greatest(unacknowledged, 0)), 0), coalesce(sum(given_back), 0),
       count(distinct id),
       count(distinct id) filter (where unacknowledged > 0 or given_back > 0)
  from told group by 1 order by 1
"""
OPEN = sorted(map(str, ASKED))
PROMISES = sorted({str(kind) for state, kinds in WATCH.items() if state != State.DRAFT for kind in kinds})


def _acknowledged(asked: Asked) -> Tally:
    """One query. The value is a median; the 90th centile stands beside it."""
    found = _rows(ACKNOWLEDGED, asked, 7)
    lines: list[Line] = []
    for group, in_time, count, median, ninetieth, *_ in found:
        lines.append(Line(group, in_time, count, _rounded(median, count)))
        lines.append(Line(f"{group}, 90th centile", in_time, count, _rounded(ninetieth, count)))
    left_out = {
        "not acknowledged yet": sum(row[5] for row in found),
        "ended before anybody acknowledged": sum(row[6] for row in found),
    }
    return Tally(lines, sum(row[2] for row in found), left_out)


def _kept(asked: Asked) -> Tally:
    """One query; by promise, each kind of clock."""
    promise = "k.kind" if asked.by == "promise" else "a.grouped"
    found = _rows(KEPT.replace(":promise", promise), asked, 5)
    lines = [share(group, in_time, due) for group, in_time, due, *_ in found]
    return _shares(lines, found, "ended before it was due", "not due yet")


def _declined(asked: Asked) -> Tally:
    """One query; by reason, the share of each reason in all that was decided."""
    by_reason = asked.by == "reason"
    reason = "coalesce(reason_code, '')" if by_reason else "grouped"
    found = _rows(DECIDED.replace(":reason", reason), asked, 5)
    decided = sum(row[2] for row in found)
    lines = [share(group, declined, decided if by_reason else of) for group, declined, of, *_ in found]
    if by_reason:
        lines = [line for line in lines if line.numerator]
    return _shares(lines, found, "not decided yet", "ended before it was decided")


def _shares(lines: list[Line], found: list[tuple[Any, ...]], *why: str) -> Tally:
    """Rows of a group, a part, a whole, and how many were left out for either reason."""
    left_out = {said: sum(row[place] for row in found) for place, said in enumerate(why, start=3)}
    return Tally(lines, sum(row[2] for row in found), left_out)


def _orphaned(asked: Asked) -> Tally:
    """One query: minutes of all together, and of either kind."""
    lines: list[Line] = []
    found = _rows(ORPHANED, asked, 5)
    for group, unacknowledged, given_back, count, _ in found:
        lines.append(_minutes(group, unacknowledged + given_back, count))
        lines.append(_minutes(f"{group}, past the target, not acknowledged", unacknowledged, count))
        lines.append(_minutes(f"{group}, declined or failed, not re-actioned", given_back, count))
    counted = sum(row[3] for row in found)
    return Tally(lines, counted, {"never without somebody": counted - sum(row[4] for row in found)})


def _minutes(group: str, minutes: Decimal, count: int) -> Line:
    told = round(float(minutes), 1)
    return Line(group, told, count, told if count else None)


def _rounded(minutes: float, count: int) -> float | None:
    return round(float(minutes), 1) if count else None


def _rows(statement: str, asked: Asked, columns: int) -> list[tuple[Any, ...]]:
    whole = statement.replace(":group", GROUPS.get(asked.by, "'all'")).replace(":ours", OURS)
    return rows(whole, asked, columns, open=OPEN, promises=PROMISES)


OF_THE_PERIOD = "referrals sent in the period by your agency, or to it"
IN_ERROR = "entered in error"
MEASURES: dict[str, Definition] = {
    "time-to-acknowledge": Definition(
        "From sent to acknowledged", 1,
        "of these, acknowledged within the time agreed; the value is the median in minutes",
        f"{OF_THE_PERIOD}, that a named person acknowledged",
        f"those not acknowledged yet, or ended before; {IN_ERROR}",
        "minutes, median", _acknowledged, tuple(GROUPS), of_people=False,
    ),
    "within-target": Definition(
        "Promises kept in time", 1,
        "of these, kept by their deadline",
        f"promises about {OF_THE_PERIOD}: kept, broken, or open and past their deadline",
        f"promises not due yet, or ended by something else before they were due; {IN_ERROR}",
        "per cent", _kept, (*GROUPS, "promise"), of_people=False,
    ),
    "decline-rate": Definition(
        "Declined", 1,
        "of these, declined at the first decision; by reason, each reason",
        f"{OF_THE_PERIOD}, that were accepted or declined",
        f"those not decided yet, or ended before; {IN_ERROR}",
        "per cent", _declined, (*GROUPS, "reason"),
    ),
    "orphan-minutes": Definition(
        "Minutes without anybody", 1,
        "minutes past the target without an acknowledgement, and from a decline or failure until re-actioned",
        OF_THE_PERIOD,
        f"{IN_ERROR}; those never without somebody count with no minutes",
        "minutes", _orphaned, tuple(GROUPS), of_people=False,
    ),
}  # fmt: skip
