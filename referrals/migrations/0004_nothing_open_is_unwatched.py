"""At commit, everything that is open has its clocks running.

A referral that is not final has the clocks of its state; an open case in which no referral is open
has its review. The pairs are ``domain.clocks.WATCH``; a test compares them. The functions run as
their owner, who sees every row. Safe before or after the code that needs it. The lock is brief.
"""

from django.db import migrations

FORWARD = """
create function open_states() returns text[] language sql immutable parallel safe return
  array['accepted', 'acknowledged', 'completed', 'declined', 'draft', 'failed', 'in_progress',
      'info_requested', 'sent'];

create function check_watched() returns trigger language plpgsql security definer
    set search_path = public, pg_temp as $$
declare rid uuid; cid uuid; missing text;
begin
  if tg_table_name = 'referrals_referral' then rid := new.id; cid := new.case_id;
  elsif tg_table_name = 'referrals_case' then cid := new.id;
  else rid := old.referral_id; cid := old.case_id; end if;

  if rid is not null then
    select w.kind into missing from referrals_referral r join (values
        ('draft', 'send'), ('sent', 'acknowledge'), ('sent', 'decide'), ('acknowledged', 'decide'),
        ('info_requested', 'decide'), ('info_requested', 'answer_info'), ('accepted', 'start'),
        ('in_progress', 'review'), ('completed', 'outcome_seen'), ('declined', 're_action'), ('failed',
            're_action')
      ) w(state, kind) on w.state = r.state
     where r.id = rid and not exists (select from referrals_clock k
       where k.referral_id = rid and k.kind = w.kind and k.next_look_at is not null);
    if found then
      raise exception 'referral % waits without its clock %', rid, missing using errcode = '23514',
          constraint = 'watched';
    end if;
  end if;
  if exists (select from referrals_case c where c.id = cid and c.state = 'open')
     and not exists (select from referrals_clock k
                      where k.case_id = cid and k.kind = 'case_review' and k.next_look_at is not null)
     and not exists (select from referrals_referral r where r.case_id = cid
         and r.state = any(open_states())) then
    raise exception 'case % is open and nobody looks at it', cid using errcode = '23514',
        constraint = 'watched';
  end if;
  return null;
end $$;

create constraint trigger watched_new after insert on referrals_referral
  deferrable initially deferred for each row execute function check_watched();
create constraint trigger watched_moved after update of state on referrals_referral
  deferrable initially deferred for each row when (old.state is distinct from new.state)
      execute function check_watched();
create constraint trigger watched_stopped after update on referrals_clock
    deferrable initially deferred for each row
  when (old.next_look_at is not null and (new.next_look_at is null or old.referral_id is distinct
      from new.referral_id
        or old.case_id <> new.case_id or old.kind <> new.kind)) execute function check_watched();
create constraint trigger watched_removed after delete on referrals_clock
  deferrable initially deferred for each row execute function check_watched();
create constraint trigger watched_case_new after insert on referrals_case
  deferrable initially deferred for each row execute function check_watched();
create constraint trigger watched_case_moved after update of state on referrals_case
  deferrable initially deferred for each row when (old.state is distinct from new.state)
      execute function check_watched();
"""
BACKWARD = """
drop trigger watched_case_moved on referrals_case;
drop trigger watched_case_new on referrals_case;
drop trigger watched_removed on referrals_clock;
drop trigger watched_stopped on referrals_clock;
drop trigger watched_moved on referrals_referral;
drop trigger watched_new on referrals_referral;
drop function check_watched();
drop function open_states();
"""


class Migration(migrations.Migration):
    """Deferred checks; sound because every writer holds the case's row."""

    dependencies = [("referrals", "0003_lifecycle")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
