"""Events are numbered, dated and chained by the database; and no referral moves without move and event.

Each event's hash covers the hash before it in its case. The id is drawn under the case's lock, so that
ids rise with numbers. Safe before the code that needs it; the tables are empty.
"""

from django.db import migrations

FORWARD = """
create table referrals_feed_todo (event_id bigint primary key, case_id uuid not null,
    only_agency_id smallint);
alter table referrals_feed_todo enable row level security;
create policy feed_todo_worker on referrals_feed_todo to rcrp_worker using (true) with check (true);
revoke all on referrals_feed_todo from rcrp_web;

create function event_digest(p_prev bytea, p_case uuid, p_seq int, p_referral uuid, p_type text,
    p_occurred timestamptz,
    p_recorded timestamptz, p_actor jsonb, p_data jsonb) returns bytea language sql immutable parallel safe
  return sha256(p_prev || convert_to(jsonb_build_array(p_case, p_seq, p_referral, p_type,
    extract(epoch from p_occurred), extract(epoch from p_recorded), p_actor, p_data)::text, 'UTF8'));

create function event_chain() returns trigger language plpgsql security definer set search_path = public,
    pg_temp as $$
begin
  new.recorded_at := clock_timestamp();
  update referrals_case
     set event_seq = event_seq + 1,
         event_hash = event_digest(event_hash, id, event_seq + 1, new.referral_id, new.type, new.occurred_at,
                                   new.recorded_at, new.actor, new.data)
   where id = new.case_id returning event_seq, event_hash, opened_on into new.seq, new.hash, new.opened_on;
  if not found then
    raise exception 'no case %', new.case_id using errcode = '23503';
  end if;
  new.id := nextval('event_number');
  insert into referrals_feed_todo values (new.id, new.case_id, new.only_agency_id);
  return new;
end $$;
create trigger a_chain before insert on referrals_event for each row execute function event_chain();

create function check_move() returns trigger language plpgsql security definer set search_path = public,
    pg_temp as $$
begin
  if not exists (select from referrals_move m join referrals_event e
                     on e.case_id = m.case_id and e.seq = m.event_seq and e.opened_on = new.opened_on
                  where m.referral_id = new.id and m.version = new.version and m.from_state = old.state
                    and m.to_state = new.state and e.referral_id = new.id
                    and e.data ->> 'to_state' = new.state and e.data ->> 'version' = new.version::text) then
    raise exception 'referral % moved without its move and event', new.id
      using errcode = '23514', constraint = 'moved';
  end if;
  return null;
end $$;
create constraint trigger moved after update of state on referrals_referral
    deferrable initially deferred for each row
  when (old.state is distinct from new.state) execute function check_move();

-- The head of the chain is the chain's alone: nobody else sets it, not even by a trigger of their own.
create function refuse_head() returns trigger language plpgsql as $$ begin
  raise exception 'the chain of events is written by appending events' using errcode = '23514',
      constraint = 'chain_head';
end $$;
create trigger a_case_begins_without_events before insert on referrals_case for each row
  when (new.event_seq <> 0 or new.event_hash <> '') execute function refuse_head();
create trigger the_head_moves_by_events before update of event_seq, event_hash on referrals_case for each row
  when ((old.event_seq <> new.event_seq or old.event_hash <> new.event_hash)
        and (pg_trigger_depth() = 0 or current_user in ('rcrp_web', 'rcrp_worker')))
  execute function refuse_head();
"""
BACKWARD = """
drop trigger the_head_moves_by_events on referrals_case;
drop trigger a_case_begins_without_events on referrals_case;
drop function refuse_head();
drop trigger moved on referrals_referral;
drop function check_move();
drop trigger a_chain on referrals_event;
drop function event_chain();
drop function event_digest(bytea, uuid, int, uuid, text, timestamptz, timestamptz, jsonb, jsonb);
drop table referrals_feed_todo;
"""


class Migration(migrations.Migration):
    """The chain, and the rule that every move leaves its trace in it."""

    dependencies = [("referrals", "0005_accountability")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
