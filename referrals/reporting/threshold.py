"""Measures of threshold decisions: how often they are overridden, and what became of those not met.

Definitions follow the project's metrics: *override rate* is decisions changed on review; a *deployment
avoided* is a threshold not met and referred, with no police response to the same incident within 24 hours,
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

# A case counts once, by the first decision in it: what it came to later is what happened to it. The same
# incident may have gone on in other cases: of the same person, or under the same incident number.
NOT_MET = """
with first as (
  select distinct on (d.case_id) d.* from referrals_thresholddecision d
   where d.agency_id = %(agency)s and d.case_id is not null order by d.case_id, d.recorded_at, d.id),
counted as (
  select * from first d
   where d.outcome = 'no_police_response' and d.occurred_at >= %(since)s and d.occurred_at < %(until)s),
incident as (
  select c.id, c.case_id from counted c
  union
  select c.id, s.other_id from counted c cross join lateral (
    select k.other_id from kept_same_person k
     where k.kept_by = %(agency)s and k.case_id = c.case_id offset 0) s
  union
  select c.id, case when l.one_id = c.case_id then l.other_id else l.one_id end
    from counted c join referrals_caselink l on c.case_id in (l.one_id, l.other_id)
   where l.agency_id = %(agency)s and l.ended_at is null
  union
  select c.id, o.case_id from counted c
    join referrals_referral r on r.case_id = c.case_id and r.from_agency_id = %(agency)s
     and r.source_incident_number <> ''
    join referrals_referral o on o.source_incident_number = r.source_incident_number
     and o.source_incident_number <> '' and o.from_agency_id = %(agency)s),
told as (
  select :group as grouped, d.occurred_at > %(now)s - interval '24 hours' as young,
         exists (select from referrals_referral r where r.case_id = d.case_id and r.sent_at is not null)
           as referred,
         exists (select from incident i join referrals_thresholddecision later on later.case_id = i.case_id
                  where i.id = d.id and later.agency_id = d.agency_id and later.id <> d.id
                    and later.outcome = 'police_response'
                    and (i.case_id = d.case_id or later.occurred_at >= d.occurred_at)
                    and later.occurred_at < d.occurred_at + interval '24 hours')
           or exists (select from kept_thresholdstep s
                  where s.decision_id = d.id and s.kept_by = %(agency)s and s.outcome = 'police_response'
                    and s.occurred_at < d.occurred_at + interval '24 hours')
           or exists (select from incident i cross join lateral (
                    select k.detained_at from kept_detention k
                     where k.case_id = i.case_id and k.kept_by = %(agency)s offset 0) h
                  where i.id = d.id and h.detained_at >= d.occurred_at
                    and h.detained_at < d.occurred_at + interval '24 hours') as deployed
    from counted d)
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
        "Deployments avoided", 3,
        "of these, cases with no police response to the same incident, decided or by detaining, within 24 "
        "hours of the decision: in that case, or another of the same person or incident number",
        "cases referred to somebody, whose first decision was, in the period, that the threshold is not met",
        "cases not referred to anybody; decisions of the last 24 hours",
        "per cent", _deployments_avoided, tuple(GROUPS),
    ),
}  # fmt: skip
