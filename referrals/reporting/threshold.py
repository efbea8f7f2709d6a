"""Measures of threshold decisions: how often they are overridden, and what became of those not met.

Definitions follow the project's metrics: *override rate* is decisions changed on review; a *deployment
avoided* is a threshold not met and referred, with no police response to the same case within 24 hours,
and those deployed later stand beside it. A period is from an instant up to, not including, another (UTC).
"""

from datetime import datetime
from typing import Any

from django.db import connection

from agencies.acting import Actor
from referrals.models.keys import instant
from referrals.reporting.counted import Counted

REVIEWED = """
select count(*) filter (where r.first is not null and r.first = 'overturned'),
       count(*) filter (where r.first is not null),
       count(*) filter (where r.first is null),
       count(*) filter (where d.overridden)
  from referrals_thresholddecision d
  left join lateral (select s.kind as first from referrals_thresholdstep s
     where s.decision_id = d.id and s.kind in ('ratified', 'overturned')
     order by s.recorded_at, s.id limit 1) r on true
 where d.agency_id = %(agency)s and d.occurred_at >= %(since)s and d.occurred_at < %(until)s
"""

# A case counts once, by the first decision in it: what it came to later is what happened to it.
NOT_MET = """
with first as (
  select distinct on (d.case_id) d.* from referrals_thresholddecision d
   where d.agency_id = %(agency)s and d.case_id is not null order by d.case_id, d.recorded_at, d.id),
told as (
  select f.occurred_at > %(now)s - interval '24 hours' as young,
         exists (select from referrals_referral r where r.case_id = f.case_id and r.sent_at is not null)
           as referred,
         exists (select from referrals_thresholddecision d
                  where d.case_id = f.case_id and d.agency_id = f.agency_id and d.id <> f.id
                    and d.outcome = 'police_response'
                    and d.occurred_at < f.occurred_at + interval '24 hours')
           or exists (select from referrals_thresholdstep s
                  where s.decision_id = f.id and s.outcome = 'police_response'
                    and s.occurred_at < f.occurred_at + interval '24 hours') as deployed
    from first f
   where f.outcome = 'no_police_response' and f.occurred_at >= %(since)s and f.occurred_at < %(until)s)
select count(*) filter (where referred and not young and not deployed),
       count(*) filter (where referred and not young),
       count(*) filter (where referred and not young and deployed),
       count(*) filter (where not referred and not young),
       count(*) filter (where young)
  from told
"""


def override_rate(actor: Actor, since: datetime, until: datetime) -> Counted:
    """Of the decisions that a supervisor reviewed, how many were overturned at the first review."""
    overturned, reviewed, waiting, overridden = _counts(REVIEWED, actor, since, until)
    return Counted(
        name="override_rate",
        version=1,
        numerator=overturned,
        denominator=reviewed,
        numerator_is="decisions overturned at their first review",
        denominator_is="decisions of the agency in the period that were reviewed",
        left_out={"not reviewed": waiting},
        beside={"overridden by the officer when decided": overridden},
    )


def deployments_avoided(actor: Actor, since: datetime, until: datetime) -> Counted:
    """Of the cases that did not meet the threshold and were referred, in how many no police went."""
    avoided, referred, deployed, alone, young = _counts(NOT_MET, actor, since, until)
    return Counted(
        name="deployments_avoided",
        version=1,
        numerator=avoided,
        denominator=referred,
        numerator_is="of these, cases without a police response within 24 hours of the decision",
        denominator_is="cases whose first decision in the period was not met, and that were referred",
        left_out={"not referred to anybody": alone, "decided less than 24 hours ago": young},
        beside={"deployed later, within 24 hours": deployed},
    )


def _counts(statement: str, actor: Actor, since: datetime, until: datetime) -> tuple[Any, ...]:
    asked: dict[str, Any] = {"agency": actor.agency_id, "since": since, "until": until, "now": instant()}
    with connection.cursor() as cursor:
        cursor.execute(statement, asked)
        return cursor.fetchone()
