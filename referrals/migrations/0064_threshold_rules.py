"""The rules of threshold decisions, in the database.

Policies, their go-lives and what becomes of a decision are append-only. A go-live moves only before it is
reached, and never into the past. A force sets its own policies; everybody reads all of them. What is
undetermined in an open case has its clock, checked at commit: started with the decision, and not stopped
before it is decided. A force whose desk owes something in a case stays a party to it. Safe before or after
the code that needs it. The locks are brief.
"""

from django.db import migrations

MINE = "any((select my_agencies())::integer[])"
PUBLIC = ["thresholdpolicy", "thresholdpolicyversion", "thresholdgolive"]
OWN = {
    "thresholdpolicy": "agency_id = :mine",
    "thresholdpolicyversion": """exists (select from referrals_thresholdpolicy p
      where p.id = policy_id and p.agency_id = :mine)""",
    "thresholdgolive": """exists (select from referrals_thresholdpolicyversion v
      join referrals_thresholdpolicy p on p.id = v.policy_id
      where v.id = version_id and p.agency_id = :mine)""",
}
APPEND_ONLY = """
alter table referrals_:table enable row level security;
create policy :table_worker on referrals_:table to rcrp_worker using (true) with check (true);
create trigger :table_is_append_only before update or delete on referrals_:table
  for each row execute function refuse_change();
create trigger :table_is_never_emptied before truncate on referrals_:table
  for each statement execute function refuse_change();
revoke update, delete on referrals_:table from rcrp_web, rcrp_worker;
"""
BACK = """
grant update, delete on referrals_:table to rcrp_web, rcrp_worker;
drop trigger :table_is_never_emptied on referrals_:table;
drop trigger :table_is_append_only on referrals_:table;
drop policy :table_worker on referrals_:table;
alter table referrals_:table disable row level security;
"""
POLICY = """
create policy :table_read on referrals_:table for select to rcrp_web
  using (cardinality((select my_agencies())) > 0);
create policy :table_own on referrals_:table for insert to rcrp_web with check (:own);
"""
NO_POLICY = "drop policy :table_own on referrals_:table; drop policy :table_read on referrals_:table;"
STEPS = """
create policy thresholdstep_web on referrals_thresholdstep to rcrp_web using (
  coalesce((select true from referrals_party p where p.case_id = referrals_thresholdstep.case_id
    and p.agency_id = :mine and p.until is null limit 1), false))
  with check (agency_id = :mine and can_see(case_id));
"""
RULES = """
create function a_go_live_moves_before_it_is_reached() returns trigger language plpgsql security definer
  set search_path = public, pg_temp as $$
declare was timestamptz;
begin
  select live_from into was from referrals_thresholdgolive where version_id = new.version_id
   order by id desc limit 1;
  if was <= clock_timestamp() or new.live_from < clock_timestamp() then
    raise exception 'a go-live that was reached stays' using errcode = '23514',
        constraint = 'go_live_moves_ahead';
  end if;
  return new;
end $$;
create trigger go_live_moves_ahead before insert on referrals_thresholdgolive
  for each row execute function a_go_live_moves_before_it_is_reached();

create function check_undetermined() returns trigger language plpgsql security definer
  set search_path = public, pg_temp as $$
begin
  if exists (
    select from referrals_case c cross join lateral (
      select distinct on (d.agency_id) d.agency_id, coalesce((
          select s.outcome from referrals_thresholdstep s
           where s.decision_id = d.id and s.outcome <> '' order by s.recorded_at desc, s.id desc limit 1
        ), d.outcome) as outcome
        from referrals_thresholddecision d where d.case_id = c.id
       order by d.agency_id, d.recorded_at desc, d.id desc) latest
     where c.id = new.case_id and c.state = 'open' and latest.outcome = 'undetermined'
       and not exists (select from referrals_clock k join agencies_team t on t.id = k.team_id
         where k.case_id = c.id and k.kind = 'undetermined' and k.next_look_at is not null
           and t.agency_id = latest.agency_id)) then
    raise exception 'case %: undetermined whether police respond, and nobody watches', new.case_id
      using errcode = '23514', constraint = 'undetermined_is_watched';
  end if;
  return null;
end $$;
create constraint trigger undetermined_is_watched after insert on referrals_thresholddecision
  deferrable initially deferred for each row when (new.outcome = 'undetermined')
  execute function check_undetermined();
create constraint trigger undetermined_stays_watched after update on referrals_clock
  deferrable initially deferred for each row
  when (old.kind = 'undetermined' and old.next_look_at is not null and (new.next_look_at is null
        or new.kind <> old.kind or new.case_id <> old.case_id or new.team_id is distinct from old.team_id))
  execute function check_undetermined();

create or replace function parties_leave(p_case uuid) returns void language sql security definer
    set search_path = public, pg_temp as $$
  update referrals_party p set until = clock_timestamp() from referrals_case c
   where p.case_id = p_case and p.until is null and c.id = p.case_id and can_see(p_case)
     and p.agency_id not in (c.accountable_agency_id, c.opened_by_agency_id)
     and not exists (select from referrals_referral r join agencies_team t on t.id = r.to_team_id
                      where r.case_id = p.case_id and r.state = any(open_states())
                        and p.agency_id in (r.from_agency_id, r.to_agency_id, t.agency_id))
     and not exists (select from referrals_clock k join agencies_team t on t.id = k.team_id
                      where k.case_id = p.case_id and k.stopped_at is null and t.agency_id = p.agency_id)
$$;
"""
FORWARD = "".join(
    [
        *(APPEND_ONLY.replace(":table", table) for table in [*PUBLIC, "thresholdstep"]),
        *(POLICY.replace(":table", table).replace(":own", OWN[table]) for table in PUBLIC),
        STEPS,
        RULES,
    ]
).replace(":mine", MINE)
NO_RULES = """
create or replace function parties_leave(p_case uuid) returns void language sql security definer
    set search_path = public, pg_temp as $$
  update referrals_party p set until = clock_timestamp() from referrals_case c
   where p.case_id = p_case and p.until is null and c.id = p.case_id and can_see(p_case)
     and p.agency_id not in (c.accountable_agency_id, c.opened_by_agency_id)
     and not exists (select from referrals_referral r join agencies_team t on t.id = r.to_team_id
                      where r.case_id = p.case_id and r.state = any(open_states())
                        and p.agency_id in (r.from_agency_id, r.to_agency_id, t.agency_id))
$$;
drop trigger undetermined_stays_watched on referrals_clock;
drop trigger undetermined_is_watched on referrals_thresholddecision;
drop function check_undetermined();
drop trigger go_live_moves_ahead on referrals_thresholdgolive;
drop function a_go_live_moves_before_it_is_reached();
"""
BACKWARD = "".join(
    [
        NO_RULES,
        "drop policy thresholdstep_web on referrals_thresholdstep;",
        *(NO_POLICY.replace(":table", table) for table in PUBLIC),
        *(BACK.replace(":table", table) for table in ["thresholdstep", *PUBLIC]),
    ]
)


class Migration(migrations.Migration):
    """Append-only, row-level security, and nothing undetermined unwatched."""

    dependencies = [("referrals", "0063_default_threshold_policies")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
