"""At commit, a case has exactly one accountable agency, without a gap, and for a cause that holds.

Every period follows from its cause and referral: the case's opener, and nobody else, at first; the
receiver of a lead that was accepted; the sender of a lead that failed, was cancelled or was an error, if
the period before was that lead's own. The present one has begun, agrees with the case's own row and with
the state of its lead. No lead is accepted or in progress but the one that holds the case. A period that
began keeps its agency, cause and start; only its end is written, once. Safe before or after the code
that needs it.
"""

from django.db import migrations

FORWARD = """
create function check_accountability() returns trigger language plpgsql security definer
  set search_path = public, pg_temp as $$
declare cid uuid; c record; p record; r record; starts int; lo timestamptz; n int; astray int;
begin
  if tg_table_name = 'referrals_case' then cid := new.id;
  elsif tg_op = 'DELETE' then cid := old.case_id; else cid := new.case_id; end if;
  select * into c from referrals_case where id = cid;
  if not found then return null; end if;

  select count(*) filter (where a.prev_end is null or a.prev_end is distinct from lower(a.during)),
         min(lower(a.during)), count(*) filter (where upper_inf(a.during)),
         count(*) filter (where not coalesce(case a.cause
           when 'opened' then a.place = 1 and a.agency_id = c.opened_by_agency_id
           when 'accepted' then a.place > 1 and a.agency_id = l.to_agency_id
           else a.cause in ('failed', 'cancelled', 'entered_in_error') and a.agency_id = l.from_agency_id
                and a.prev_cause = 'accepted' and a.prev_referral = l.id end, false))
    into starts, lo, n, astray
    from (select *, row_number() over w as place, lag(upper(during)) over w as prev_end,
                 lag(cause) over w as prev_cause, lag(referral_id) over w as prev_referral
            from referrals_accountability where case_id = cid window w as (order by during)) a
    left join referrals_referral l on l.id = a.referral_id and l.case_id = cid and l.lead;
  if starts is distinct from 1 or lo is distinct from c.opened_at or n is distinct from 1 then
    raise exception 'accountability of case % has a gap', cid using errcode = '23514', constraint = 'no_gap';
  end if;

  select * into p from referrals_accountability where case_id = cid and upper_inf(during);
  select * into r from referrals_referral where id = p.referral_id;
  if astray > 0 or p.agency_id <> c.accountable_agency_id
     or lower(p.during) <> c.accountable_since or lower(p.during) > clock_timestamp()
     or (p.cause = 'accepted' and r.state not in ('accepted', 'in_progress', 'completed', 'closed'))
     or (p.cause in ('failed', 'cancelled', 'entered_in_error')
         and r.state not in (p.cause, 'closed', 'entered_in_error'))
     or c.holding_lead_id is distinct from (case when p.cause = 'accepted' then p.referral_id end)
     or exists (select from referrals_referral h where h.case_id = cid and h.lead
                 and h.state in ('accepted', 'in_progress') and h.id is distinct from c.holding_lead_id) then
    raise exception 'case %: who is accountable does not follow from its referrals', cid
      using errcode = '23514', constraint = 'owner_follows';
  end if;
  return null;
end $$;
create constraint trigger owner_of_period after insert or update or delete on referrals_accountability
  deferrable initially deferred for each row execute function check_accountability();
create constraint trigger owner_of_case after insert or update of accountable_agency_id, accountable_since,
    holding_lead_id, opened_at, opened_by_agency_id on referrals_case
  deferrable initially deferred for each row execute function check_accountability();
create constraint trigger owner_of_lead after update of state, to_agency_id on referrals_referral
  deferrable initially deferred for each row
  when (new.lead and (old.state is distinct from new.state or old.to_agency_id <> new.to_agency_id))
  execute function check_accountability();

create function refuse_rewriting() returns trigger language plpgsql as $$ begin
  raise exception 'a period of accountability is not rewritten'
    using errcode = '23514', constraint = 'accountability_is_history';
end $$;
create trigger accountability_is_history before update on referrals_accountability for each row
  when (not upper_inf(old.during) or lower(new.during) <> lower(old.during) or new.agency_id <> old.agency_id
        or new.case_id <> old.case_id or new.cause <> old.cause or new.referral_id is distinct
            from old.referral_id)
  execute function refuse_rewriting();
create trigger accountability_is_kept before delete on referrals_accountability for each row
  execute function refuse_rewriting();
revoke delete on referrals_accountability from rcrp_web, rcrp_worker;
"""
BACKWARD = """
grant delete on referrals_accountability to rcrp_web, rcrp_worker;
drop trigger accountability_is_kept on referrals_accountability;
drop trigger accountability_is_history on referrals_accountability;
drop function refuse_rewriting();
drop trigger owner_of_lead on referrals_referral;
drop trigger owner_of_case on referrals_case;
drop trigger owner_of_period on referrals_accountability;
drop function check_accountability();
"""


class Migration(migrations.Migration):
    """Never ownerless, in the database too."""

    dependencies = [("referrals", "0004_nothing_open_is_unwatched")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
