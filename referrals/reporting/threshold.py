"""Measures of threshold decisions: how often they are overridden, and what became of those not met.

Definitions follow the project's metrics: *override rate* is decisions changed on review; a *deployment
avoided* is a threshold not met and referred, with no police response to the same case within 24 hours,
whether decided or by detaining the person, and those deployed later stand beside it.

A decision is its agency's for good, and so is a referral that it sent or got. What became of a decision, and
who was detained, is counted over what the agency keeps for its figures (the views ``kept_...``): up to the
end of its part in the case, and from then on as it stood.
"""

from typing import Any

from referrals.reporting.report import Asked, Definition, Line, Tally, rows, share, week_of

GROUPS = {
    "all": "'all'",
    "week": week_of("d.occurred_at"),
    "category": "d.category",
}
REVIEWED = """
select :group, count(*) filter (where r.first = 'overturned'), count(r.first),
       count(*) filter (where d.overridden), count(*)
  from referrals_thresholddecision d
  left join lateral (select s.kind as first from kept_thresholdstep s
     where s.decision_id = d.id and s.kept_by = %(agency)s and s.kind in ('ratified', 'overturned')
     order by s.recorded_at, s.id limit 1) r on true
 where d.agency_id = %(agency)s and d.occurred_at >= %(since)s and d.occurred_at < %(until)s
 group by 1 order by 1
"""

# A case counts once, by the first decision in it: what it came to later is what happened to it.
NOT_MET = """
with first as (
  select distinct on (d.case_id) d.* from referrals_thresholddecision d
   where d.agency_id = %(agency)s and d.case_id is not null order by d.case_id, d.recorded_at, d.id),
told as (
  select :group as grouped, d.occurred_at > %(now)s - interval '24 hours' as young,
         exists (select from referrals_referral r where r.case_id = d.case_id and r.sent_at is not null)
           as referred,
         exists (select from referrals_thresholddecision later
                  where later.case_id = d.case_id and later.agency_id = d.agency_id and later.id <> d.id
                    and later.outcome = 'police_response'
                    and later.occurred_at < d.occurred_at + interval '24 hours')
           or exists (select from kept_thresholdstep s
                  where s.decision_id = d.id and s.kept_by = %(agency)s and s.outcome = 'police_response'
                    and s.occurred_at < d.occurred_at + interval '24 hours')
           or exists (select from kept_detention h
                  where h.case_id = d.case_id and h.kept_by = %(agency)s and h.detained_at >= d.occurred_at
                    and h.detained_at < d.occurred_at + interval '24 hours') as deployed
    from first d
   where d.outcome = 'no_police_response' and d.occurred_at >= %(since)s and d.occurred_at < %(until)s)
select grouped, count(*) filter (where referred and not young),
       count(*) filter (where referred and not young and deployed),
       count(*) filter (where not referred and not young),
       count(*) filter (where young)
  from told group by 1 order by 1
"""


def _override_rate(asked: Asked) -> Tally:
    """One query."""
    found = _rows(REVIEWED, asked)
    lines: list[Line] = []
    for group, overturned, reviewed, overridden, every in found:
        lines.append(share(group, overturned, reviewed))
        lines.append(share(f"{group}, overridden by the officer when decided", overridden, every))
    reviewed = sum(row[2] for row in found)
    return Tally(lines, reviewed, {"not reviewed": sum(row[4] for row in found) - reviewed})


def _deployments_avoided(asked: Asked) -> Tally:
    """One query."""
    found = _rows(NOT_MET, asked)
    lines: list[Line] = []
    for group, referred, deployed, *_ in found:
        lines.append(share(group, referred - deployed, referred))
        lines.append(share(f"{group}, deployed later, within 24 hours", deployed, referred))
    left_out = {
        "not referred to anybody": sum(row[3] for row in found),
        "decided less than 24 hours ago": sum(row[4] for row in found),
    }
    return Tally(lines, sum(row[1] for row in found), left_out)


def _rows(statement: str, asked: Asked) -> list[tuple[Any, ...]]:
    return rows(statement.replace(":group", GROUPS[asked.by]), asked, 5)


MEASURES: dict[str, Definition] = {
    "override-rate": Definition(
        "Decisions overturned on review", 1,
        "decisions overturned at their first review",
        "your agency's decisions of the period that a supervisor reviewed",
        "decisions that nobody reviewed; overrides by the officer stand beside them, of all decisions",
        "per cent", _override_rate, tuple(GROUPS), of_people=False,
    ),
    "deployments-avoided": Definition(
        "Deployments avoided", 2,
        "of these, cases with no police response, decided or by detaining, within 24 hours of the decision",
        "cases referred to somebody, whose first decision was, in the period, that the threshold is not met",
        "cases not referred to anybody; decisions of the last 24 hours",
        "per cent", _deployments_avoided, tuple(GROUPS),
    ),
}  # fmt: skip
