"""What holds for every case however it came to be: queries that must return no rows.

A load goes past the triggers that would refuse a wrong row, so it asks these before it commits.
"""

from collections.abc import Iterator

import psycopg
from psycopg import sql

from referrals.domain.clocks import WATCH
from referrals.domain.referral import OPEN

WATCHED = [(state, kind) for state, kinds in WATCH.items() for kind in kinds]
PARAMETERS = {
    "states": [state for state, _ in WATCHED],
    "kinds": [kind for _, kind in WATCHED],
    "open": sorted(OPEN),
}

CHECKS = {
    "every open referral has the clocks of its state": """
select r.reference from referrals_referral r
  join unnest(%(states)s::text[], %(kinds)s::text[]) w(state, kind) on w.state = r.state
 where not exists (select from referrals_clock k
                    where k.referral_id = r.id and k.kind = w.kind and k.next_look_at is not null)""",
    "every open case is looked at": """
select c.reference from referrals_case c where c.state = 'open'
   and not exists (select from referrals_referral r where r.case_id = c.id and r.state = any(%(open)s))
   and not exists (select from referrals_clock k
                    where k.case_id = c.id and k.kind = 'case_review' and k.next_look_at is not null)""",
    "a case that is closed has nothing open": """
select c.reference from referrals_case c where c.state = 'closed'
   and (exists (select from referrals_referral r where r.case_id = c.id and r.state = any(%(open)s))
        or exists (select from referrals_clock k where k.case_id = c.id and k.stopped_at is null))""",
    "somebody is accountable without a gap": """
select c.reference from referrals_case c left join (
  select case_id, count(*) filter (where prev is null or prev <> lower(during)) as starts,
         min(lower(during)) as first, count(*) filter (where upper_inf(during)) as lasting
    from (select *, lag(upper(during)) over (partition by case_id order by during) as prev
            from referrals_accountability) a group by case_id
) p on p.case_id = c.id
 where (p.starts, p.first, p.lasting) is distinct from (1, c.opened_at, 1)""",
    "who is accountable follows from a cause": """
select c.reference from referrals_case c
  join referrals_accountability p on p.case_id = c.id and upper_inf(p.during)
  left join referrals_referral r on r.id = p.referral_id
 where p.agency_id <> c.accountable_agency_id or lower(p.during) <> c.accountable_since
    or case p.cause
       when 'opened' then p.agency_id <> c.opened_by_agency_id or c.holding_lead_id is not null
       when 'accepted' then r.case_id <> c.id or not r.lead or r.to_agency_id <> p.agency_id
         or r.state not in ('accepted', 'in_progress', 'completed', 'closed')
         or c.holding_lead_id is distinct from r.id
       else r.case_id <> c.id or not r.lead or r.from_agency_id <> p.agency_id
         or c.holding_lead_id is not null or r.state not in (p.cause, 'closed', 'entered_in_error') end""",
    "one lead at most holds a case": """
select c.reference from referrals_referral r join referrals_case c on c.id = r.case_id
 where r.lead and r.state in ('accepted', 'in_progress') and r.id is distinct from c.holding_lead_id""",
    "a referral stands where its moves led": """
select coalesce(r.reference, m.id::text) from (
  select *, lag(to_state) over (partition by referral_id order by version) as before,
         lead(id) over (partition by referral_id order by version) as next from referrals_move
) m full join referrals_referral r on r.id = m.referral_id
 where m.from_state <> coalesce(m.before, 'draft')
    or (m.next is null and r.state <> coalesce(m.to_state, 'draft'))
    or r.case_id <> m.case_id or m.version > r.version or r.id is null""",
    "every move has its event": """
select m.id from referrals_move m
 where not exists (select from referrals_event e
                    where e.case_id = m.case_id and e.seq = m.event_seq and e.referral_id = m.referral_id)""",
    "the chain of every case has all its events": """
select c.reference from referrals_case c left join (
  select case_id, count(*) as n, min(seq) as first, max(seq) as last from referrals_event group by case_id
) e on e.case_id = c.id
  left join referrals_event h on h.case_id = c.id and h.opened_on = c.opened_on and h.seq = c.event_seq
 where (e.n, e.first, e.last, h.hash) is distinct from (c.event_seq, 1, c.event_seq, c.event_hash)""",
    "those at the ends of an open referral are parties": """
select r.reference from referrals_referral r
 cross join lateral (values (r.from_agency_id), (r.to_agency_id)) x(agency_id)
 where r.state = any(%(open)s) and (r.sent_at is not null or x.agency_id = r.from_agency_id)
   and not exists (select from referrals_party p
                    where p.case_id = r.case_id and p.agency_id = x.agency_id and p.until is null)""",
    "who is accountable is a party": """
select c.reference from referrals_case c
 where not exists (select from referrals_party p
                    where p.case_id = c.id and p.agency_id = c.accountable_agency_id and p.until is null)""",
    "every event is numbered": "select event_id from referrals_feed_todo",
    "every party gets the events since it joined": """
select e.id from referrals_event e
  join referrals_party p on p.case_id = e.case_id and p.since <= e.occurred_at and p.until is null
  left join referrals_feed f on f.event_id = e.id and f.agency_id = p.agency_id
 where f.event_id is null and (e.only_agency_id is null or e.only_agency_id = p.agency_id)""",
    "a referral breaches when the first of its clocks does": """
select r.reference from referrals_referral r
  join referrals_clock k on k.referral_id = r.id and k.stopped_at is null and k.kind <> 'handover'
 group by r.id having min(k.target_at) <> r.breach_at""",
    "every rung that was told is owed to somebody": """
select e.id from referrals_escalation e
 where not e.superseded and not exists (select from notifications_message m where m.escalation_id = e.id)""",
    "whoever looks on at a referral is known": """
select r.reference from referrals_referral r
  join referrals_party p on p.case_id = r.case_id and p.until is null
   and p.agency_id not in (r.from_agency_id, r.to_agency_id)
  left join referrals_onlooker o on o.referral_id = r.id and o.agency_id = p.agency_id
 where r.sent_at is not null and (o.agency_id is null or (o.breach_at, o.state) <> (r.breach_at, r.state))""",
}  # fmt: skip

WHOLE = "with wrong as materialized ({}) select * from wrong limit 1"
WHOLE_CHAIN = """
select e.id from (
  select *, lag(hash) over (partition by case_id order by seq) as before from referrals_event
   where %(every)s = 1 or get_byte(uuid_send(case_id), 15) %% %(every)s = 0
) e where e.hash <> event_digest(coalesce(e.before, ''), case_id, seq, referral_id, type,
                                 occurred_at, recorded_at, actor, data)"""


def broken(database: psycopg.Connection, *, chains: int = 1) -> Iterator[str]:
    """What does not hold, with an example of each. Of the chains every ``chains``-th is hashed again."""
    for rule, query in {**CHECKS, "every hash follows from the one before": WHOLE_CHAIN}.items():
        # As a whole: told of a limit, the planner would look each row up on its own, for hours.
        whole = sql.SQL(WHOLE).format(sql.SQL(query))
        found = database.execute(whole, {**PARAMETERS, "every": chains}).fetchone()
        if found is not None:
            yield f"{rule}: not {found[0]}"
