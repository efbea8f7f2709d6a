"""The standing proof: queries that must return no rows. Admin, metrics and tests run the same ones.

Each gives reference, case, referral, the row's key, what is wrong, and how many there are in all. They
cost what is open, due or waiting, never what is closed; what is closed is looked at bit by bit (``chain``).
"""

import json
from dataclasses import dataclass

from referrals.domain.clocks import WATCH
from referrals.domain.escalation import LADDERS, as_terms
from referrals.domain.missing import OPEN as REPORT_OPEN
from referrals.domain.referral import ASKED, OPEN

TOLERANCE = 60  # seconds that a look or a number may be late
STUCK = 300  # seconds that a message may be overdue

_FOR_SQL = {
    ":pairs": ", ".join(f"('{state}', '{kind}')" for state, kinds in WATCH.items() for kind in kinds),
    ":open": ", ".join(f"'{state}'" for state in sorted(OPEN)),
    ":reports": ", ".join(f"'{state}'" for state in sorted(REPORT_OPEN)),
    ":asked": ", ".join(f"'{state}'" for state in sorted(ASKED)),
    ":tolerance": f"interval '{TOLERANCE} seconds'",
    ":stuck": f"interval '{STUCK} seconds'",
    ":ladders": "'" + json.dumps({kind: as_terms(ladder) for kind, ladder in LADDERS.items()}) + "'::jsonb",
}


@dataclass(frozen=True)
class Check:
    """One promise that the system makes about itself, and the query that finds where it is broken."""

    name: str
    promise: str
    sql: str = ""


def _sql(text: str) -> str:
    for name, value in _FOR_SQL.items():
        text = text.replace(name, value)
    return text


LOOKED_AT_IN_TIME = _sql("""
with late as materialized (
  select *, count(*) over () as n from referrals_clock where next_look_at < now() - :tolerance
   order by next_look_at limit %(most)s)
select coalesce(r.reference, c.reference), k.case_id, k.referral_id, k.id::text,
       k.kind || ' was to be looked at by ' || k.next_look_at, k.n
  from late k join referrals_case c on c.id = k.case_id left join referrals_referral r on r.id = k.referral_id
""")

# A rung is due at its percentage of the target's length, or so many minutes from the target
# or the start. While it is to
# be told again, and past the last one, a clock is looked at within one more length (five minutes at least).
# One that was taken is quiet until the time promised. A look that failed may be tried again a little later; a
# parked clock is one whose step is not made, however often it is looked at. A ladder that cannot be read has
# no rungs. A kind of clock may climb a ladder of its own: the version's, else the default's. Terms are
# long: rows of clocks that carried them would be written to disk.
LOOKS_WHERE_THE_LADDER_SAYS = _sql("""
with terms as materialized (
  select id, terms, :ladders || case jsonb_typeof(terms->'ladders') when 'object' then terms->'ladders'
                                else '{}' end as own from referrals_agreementversion
), ladder as materialized (
  select id as version, '' as kind, terms->'ladder' as rungs from terms
  union all select t.id, o.key, o.value from terms t, jsonb_each(t.own) o
), rung as materialized (
  select v.version, v.kind, l.n - 1 as step, case jsonb_typeof(l.rung->'percent') when 'number'
         then (l.rung->>'percent')::float8 / 100 end as part, case jsonb_typeof(l.rung->'minutes')
         when 'number' then (l.rung->>'minutes')::float8 * interval '1 minute' end as away,
         case jsonb_typeof(l.rung->'after')
         when 'number' then (l.rung->>'after')::float8 * interval '1 minute' end as since,
         case jsonb_typeof(l.rung->'repeats') when 'number' then (l.rung->>'repeats')::float8
         else 0 end as repeats
    from ladder v, jsonb_array_elements(case jsonb_typeof(v.rungs) when 'array' then v.rungs else '[]' end)
         with ordinality l(rung, n)
), own as materialized (select version, kind from ladder
), astray as materialized (
  select k.*, count(*) over () as n from referrals_clock k
    left join own o on o.version = k.agreement_version_id and o.kind = k.kind
    left join rung g on g.version = k.agreement_version_id and g.step = k.step
      and g.kind = coalesce(o.kind, '')
    left join rung told on told.version = k.agreement_version_id and told.step = k.step - 1
      and told.kind = coalesce(o.kind, '')
   where k.next_look_at is not null and (k.parked_at is not null or k.next_look_at > interval '1 second'
     + greatest(coalesce(k.quiet_until, least(
                  coalesce(case when g.away is not null then greatest(k.started_at, k.target_at + g.away) end,
                           k.started_at + g.since,
                           k.started_at + (k.target_at - k.started_at) * g.part),
                  case when g.part is null or k.repetition < told.repeats
                  then now() + greatest(k.target_at - k.started_at, interval '5 minutes') end)),
                case when k.tries > 0 then now() + interval '3 minutes' end))
   limit %(most)s)
select coalesce(r.reference, c.reference), k.case_id, k.referral_id, k.id::text,
       case when k.parked_at is not null then k.kind || ' is parked: ' || k.trouble
            else k.kind || ' is not looked at before ' || k.next_look_at end, k.n
  from astray k join referrals_case c on c.id = k.case_id
  left join referrals_referral r on r.id = k.referral_id
""")

WATCHED = _sql("""
with unwatched as materialized (
  select r.reference, r.case_id, r.id, r.state, w.kind from referrals_referral r
    join (values :pairs) w(state, kind) on w.state = r.state
   where r.state in (:open) and not exists (select from referrals_clock k
     where k.referral_id = r.id and k.kind = w.kind and k.stopped_at is null and k.next_look_at is not null)
  union all
  select c.reference, c.id, null, 'open', 'case_review' from referrals_case c
   where c.state = 'open'
     and not exists (select from referrals_referral r where r.case_id = c.id and r.state in (:open))
     and not exists (select from referrals_clock k where k.case_id = c.id and k.kind = 'case_review'
                      and k.referral_id is null and k.stopped_at is null and k.next_look_at is not null)
  union all
  select r.reference, r.case_id, r.id, 'a claimed acceptance', 'claimed_acceptance'
    from referrals_claimedacceptance a join referrals_referral r on r.id = a.referral_id
   where a.state = 'open' and not exists (select from referrals_clock k
     where k.referral_id = a.referral_id and k.kind = 'claimed_acceptance' and k.stopped_at is null
       and k.next_look_at is not null)
  union all
  select c.reference, c.id, null, 'a dispute', 'dispute'
    from referrals_dispute d join referrals_case c on c.id = d.case_id
   where d.settled_at is null and not exists (select from referrals_clock k
     where k.case_id = d.case_id and k.kind = 'dispute' and k.stopped_at is null
       and k.next_look_at is not null)
  union all
  select m.reference, m.case_id, null, 'a missing report', 'of any kind'
    from referrals_missingreport m
   where m.state in (:reports) and not exists (select from referrals_clock k
     where k.case_id = m.case_id and starts_with(k.kind, 'missing_') and k.stopped_at is null
       and k.next_look_at is not null))
select reference, case_id, id, coalesce(id, case_id)::text, state || ' without its clock ' || kind,
       count(*) over () from unwatched limit %(most)s
""")

_ACCOUNTED_FOR = """
with scope as materialized (select * from referrals_case c where :scope),
period as materialized (
  select a.*, s.opened_by_agency_id, row_number() over w as place, lag(upper(a.during)) over w as before,
         lag(a.cause) over w as cause_before, lag(a.referral_id) over w as referral_before
    from referrals_accountability a join scope s on s.id = a.case_id
  window w as (partition by a.case_id order by a.during)),
whole as (
  select p.case_id, count(*) filter (where before is null or before <> lower(during)) as starts,
         min(lower(during)) as since, count(*) filter (where upper_inf(during)) as lasting,
         count(*) filter (where not coalesce(case p.cause
           when 'opened' then p.place = 1 and p.agency_id = p.opened_by_agency_id
           when 'accepted' then p.place > 1 and p.agency_id = l.to_agency_id
           else p.agency_id = l.from_agency_id and p.cause_before = 'accepted'
                and p.referral_before = l.id end, false)) as astray
    from period p
    left join referrals_referral l on l.id = p.referral_id and l.case_id = p.case_id and l.lead
   group by p.case_id),
wrong as (
  select s.id, s.reference, case
    when w.case_id is null then 'nobody was ever accountable'
    when w.lasting <> 1 then w.lasting || ' agencies are accountable now'
    when w.starts <> 1 or w.since <> s.opened_at then 'there is a gap or an overlap'
    when w.astray > 0 then 'a period does not follow from its cause'
    when p.agency_id <> s.accountable_agency_id or lower(p.during) <> s.accountable_since
      then 'the case names another agency, or another time'
    when s.holding_lead_id is distinct from case when p.cause = 'accepted' then p.referral_id end
      or not coalesce(case p.cause when 'opened' then true
           when 'accepted' then r.state in ('accepted', 'in_progress', 'completed', 'closed')
           else r.state in (p.cause, 'closed', 'entered_in_error') end, false)
      or h.id is not null
      then 'it does not follow from the state of the leads' end as what
    from scope s
    left join whole w on w.case_id = s.id
    left join period p on p.case_id = s.id and upper_inf(p.during)
    left join referrals_referral r on r.id = p.referral_id
    left join referrals_referral h on h.case_id = s.id and h.lead and h.state in ('accepted', 'in_progress')
         and h.id is distinct from s.holding_lead_id)
select reference, id, null::uuid, id::text, what, count(*) over () from wrong where what is not null
 limit %(most)s
"""
OPEN_CASES_ACCOUNTED_FOR = _ACCOUNTED_FOR.replace(":scope", "c.state = 'open'")
THESE_CASES_ACCOUNTED_FOR = _ACCOUNTED_FOR.replace(":scope", "c.id = any(%(cases)s)")

CLAIMS_WAIT_FOR_AN_ANSWER = _sql("""
select r.reference, c.case_id, c.referral_id, c.id::text,
       'an acceptance by phone is open, and the referral is ' || r.state, count(*) over ()
  from referrals_claimedacceptance c join referrals_referral r on r.id = c.referral_id
 where c.state = 'open' and r.state not in (:asked) limit %(most)s
""")

MESSAGES_ARE_SENT = _sql("""
with overdue as materialized (
  select m.*, m.channel || ' was to go by ' || m.next_attempt_at as what from notifications_message m
   where m.next_attempt_at < now() - :stuck
  union all
  select m.*, m.channel || ' was to be followed by the next channel by ' || m.then_at
    from notifications_message m where m.then_at < now() - :stuck
), stuck as materialized (select *, count(*) over () as n from overdue order by created_at limit %(most)s)
select coalesce(c.reference, 'no case'), m.case_id, null::uuid, m.id::text, m.kind || ' by ' || m.what, m.n
  from stuck m left join referrals_case c on c.id = m.case_id
""")

FAILURES_ARE_TOLD = _sql("""
with untold as materialized (
  select m.*, count(*) over () as n from notifications_message m
   where m.failed_at < now() - :tolerance and not exists (select from referrals_event e
     where e.case_id = m.case_id and e.type = 'message.failed' and e.data->>'message' = m.id::text)
     and (m.case_id is not null or m.failure_told_at is null)
   limit %(most)s)
select coalesce(c.reference, 'no case'), m.case_id, null::uuid, m.id::text,
       m.kind || ' by ' || m.channel || ' was given up at ' || m.failed_at || ', and nobody was told',
       m.n
  from untold m left join referrals_case c on c.id = m.case_id
""")

# Each person whom a rung told has their message, and it told somebody. Rungs that fired before people were
# kept name agencies alone. Looked at once, and again while it is found.
RUNGS_HAVE_THEIR_MESSAGES = """
with rung as materialized (
  select * from referrals_escalation where id > %(after)s and id <= %(upto)s
  union select * from referrals_escalation where id = any(%(again)s)),
silent as materialized (
  select g.id, g.case_id, g.referral_id, g.percent, t.agency_id, t.membership_id from rung g
    left join lateral (select distinct (x->>'agency_id')::int as agency_id, x ? 'membership_id' as named,
                              (x->>'membership_id')::bigint as membership_id
                         from jsonb_array_elements(g.told) x) t on true
   where not g.superseded and (t.agency_id is null or not exists (select from notifications_message m
     where m.escalation_id = g.id and m.agency_id = t.agency_id
       and (not t.named or m.membership_id is not distinct from t.membership_id))))
select coalesce(r.reference, c.reference), s.case_id, s.referral_id, s.id::text,
       case when s.agency_id is null then 'nobody was named by'
            else 'no message to ' || coalesce('member ' || s.membership_id || ' of ', '')
                 || 'agency ' || s.agency_id || ' for' end || ' the rung at ' || s.percent || '%%',
       count(*) over ()
  from silent s join referrals_case c on c.id = s.case_id
  left join referrals_referral r on r.id = s.referral_id
 limit %(most)s
"""

# A clock does not step past a rung that left no trace, told or superseded. One case may: nobody is told
# half an hour before a desk opens, and the clock to that moment starts at its second rung. One probe of the
# unique key for each: a join would read every rung there ever was.
RUNGS_ARE_ON_RECORD = """
with leapt as materialized (
  select k.*, count(*) over () as n from referrals_clock k
   where k.next_look_at is not null and k.step > 0 and not (k.kind = 'handover' and k.step = 1)
     and (select true from referrals_escalation e where e.clock_id = k.id and e.step = k.step - 1 limit 1)
         is null
   limit %(most)s)
select coalesce(r.reference, c.reference), k.case_id, k.referral_id, k.id::text,
       k.kind || ' stands at step ' || k.step || ', and the rung below it never fired', k.n
  from leapt k join referrals_case c on c.id = k.case_id
  left join referrals_referral r on r.id = k.referral_id
"""

EVENTS_ARE_NUMBERED = _sql("""
select c.reference, e.case_id, e.referral_id, e.id::text, e.type || ' was recorded at ' || e.recorded_at,
       count(*) over ()
  from referrals_feed_todo t join referrals_event e on e.id = t.event_id and e.case_id = t.case_id
  join referrals_case c on c.id = e.case_id
 where e.recorded_at < now() - :tolerance limit %(most)s
""")

EVENTS_ARE_OWED_TO_WEBHOOKS = _sql("""
with ahead as (
  select w.id, f.event_id, f.case_id from notifications_webhookendpoint w
   cross join lateral (select * from referrals_feed f where f.agency_id = w.agency_id
     and f.position > w.position order by f.position limit 1) f
   where w.removed_at is null and w.disabled_at is null and w.created_at < now() - :tolerance)
select c.reference, e.case_id, e.referral_id, a.id::text, e.type || ' was recorded at ' || e.recorded_at
       || ' and is not owed to a webhook', count(*) over ()
  from ahead a join referrals_event e on e.id = a.event_id and e.case_id = a.case_id
  join referrals_case c on c.id = e.case_id
 where e.recorded_at < now() - :tolerance limit %(most)s
""")

CHAINS_ARE_WHOLE = """
with link as (
  select e.case_id, e.seq, e.hash, row_number() over w as n,
         event_digest(coalesce(lag(e.hash) over w, ''), e.case_id, e.seq, e.referral_id, e.type,
                      e.occurred_at, e.recorded_at, e.actor, e.data) as expected
    from referrals_event e where e.case_id = any(%(cases)s)
  window w as (partition by e.case_id order by e.seq)),
chain as (
  select case_id, min(seq) filter (where seq <> n or hash <> expected) as broken_at, max(seq) as last,
         (array_agg(hash order by seq desc))[1] as head from link group by case_id)
select c.reference, c.id, null::uuid, c.id::text, case
         when h.broken_at is not null then 'the chain is broken at event ' || h.broken_at
         else 'the chain ends at event ' || coalesce(h.last, 0) || ', the case says ' || c.event_seq end,
       count(*) over ()
  from referrals_case c left join chain h on h.case_id = c.id
 where c.id = any(%(cases)s) and (h.broken_at is not null or coalesce(h.last, 0) <> c.event_seq
       or coalesce(h.head, '') <> c.event_hash)
 limit %(most)s
"""

HEADS_ARE_ON_THEIR_CHAINS = """
select coalesce(c.reference, x.case_id::text), c.id, null::uuid, x.place,
       'event ' || x.seq || ' is not the one that was anchored', count(*) over ()
  from unnest(%(cases)s::uuid[], %(seqs)s::int[], %(hashes)s::bytea[], %(places)s::text[])
       x(case_id, seq, hash, place)
  left join referrals_case c on c.id = x.case_id
 where not exists (select from referrals_event e
                    where e.case_id = x.case_id and e.seq = x.seq and e.hash = x.hash)
 limit %(most)s
"""

AT_EACH_PROOF = (
    Check("looks_in_time", "Nothing due waits more than 60 s for its look.", LOOKED_AT_IN_TIME),
    Check(
        "looks_by_ladder",
        "No clock is looked at later than its ladder says, and none is parked.",
        LOOKS_WHERE_THE_LADDER_SAYS,
    ),
    Check("rungs_on_record", "No clock has passed a rung that did not fire.", RUNGS_ARE_ON_RECORD),
    Check("watched", "Everything open has its clocks running.", WATCHED),
    Check(
        "accountability", "Every open case has one accountable agency, for a cause.", OPEN_CASES_ACCOUNTED_FOR
    ),
    Check(
        "claims_wait",
        "An acceptance given by phone waits for its word only while the referral waits for an answer.",
        CLAIMS_WAIT_FOR_AN_ANSWER,
    ),
    Check("messages_sent", "No message is overdue by more than 5 minutes.", MESSAGES_ARE_SENT),
    Check("failures_told", "A message that was given up is told of on its case.", FAILURES_ARE_TOLD),
    Check("events_numbered", "Every event is in the feeds within 60 s.", EVENTS_ARE_NUMBERED),
    Check("webhooks_owed", "Every event is owed to its webhooks within 60 s.", EVENTS_ARE_OWED_TO_WEBHOOKS),
)
BIT_BY_BIT = (
    Check("rungs_told", "Every rung that fired has its messages."),
    Check("accountability_past", "Closed cases' accountability is whole, too."),
    Check("chains", "Every event is chained to the one before, up to the case's head."),
    Check("anchors", "What was anchored outside the database is still on its chain."),
)
EVERY = (*AT_EACH_PROOF, *BIT_BY_BIT)
PROMISE = {check.name: check.promise for check in EVERY}
