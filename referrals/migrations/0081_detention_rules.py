"""The rules of detentions, in the database.

Milestones and officers' waits are append-only; a correction is of the same milestone of the same detention.
What a detention says of its clock is what its standing milestones come to, whatever their order: checked at
commit, as is that its clocks run to exactly that instant. A child is never in a police station. A case is
not closed over an open detention, and the force and the place of an open one stay parties. Safe before the
code that needs it; the lock on cases and clocks is brief.
"""

from django.db import migrations

PARTY = """coalesce((select true from referrals_party p where p.case_id = referrals_:table.case_id
    and p.agency_id = any((select my_agencies())::integer[]) and p.until is null limit 1), false)"""
GUARD = f"""
alter table referrals_:table enable row level security;
create policy :table_web on referrals_:table to rcrp_web using ({PARTY}) with check (:write);
create policy :table_worker on referrals_:table to rcrp_worker using (true) with check (true);
revoke delete on referrals_:table from rcrp_web, rcrp_worker;
"""
NO_GUARD = """
grant delete on referrals_:table to rcrp_web, rcrp_worker;
drop policy :table_worker on referrals_:table;
drop policy :table_web on referrals_:table;
alter table referrals_:table disable row level security;
"""
APPEND_ONLY = """
create trigger :table_is_append_only before update or delete on referrals_:table
  for each row execute function refuse_change();
create trigger :table_is_never_emptied before truncate on referrals_:table
  for each statement execute function refuse_change();
revoke update on referrals_:table from rcrp_web, rcrp_worker;
"""
NOT_APPEND_ONLY = """
grant update on referrals_:table to rcrp_web, rcrp_worker;
drop trigger :table_is_never_emptied on referrals_:table;
drop trigger :table_is_append_only on referrals_:table;
"""
OWN = "agency_id = any((select my_agencies())::integer[]) and can_see(case_id)"
WRITES = {"detention": "can_see(case_id)", "detentionmilestone": OWN, "officerwait": OWN}
KEPT = ["detentionmilestone", "officerwait"]

RULES = """
create sequence detention_number;

alter table referrals_detention add constraint detention_expires_a_day_after_arrival check (
  expires_at is null or extract(epoch from expires_at - starts_at) = 86400 + 60 * extension_minutes);

create function check_correction() returns trigger language plpgsql security definer
  set search_path = public, pg_temp as $$
declare same boolean;
begin
  if new.supersedes_id is null then return new; end if;
  if tg_table_name = 'referrals_officerwait' then
    select o.detention_id = new.detention_id and o.identifier = new.identifier into same
      from referrals_officerwait o where o.id = new.supersedes_id;
  else
    select o.detention_id = new.detention_id and o.kind = new.kind into same
      from referrals_detentionmilestone o where o.id = new.supersedes_id;
  end if;
  if same is not true then
    raise exception 'a correction is of the same thing' using errcode = '23514',
        constraint = 'corrects_the_same';
  end if;
  return new;
end $$;
create trigger a_milestone_corrects_its_own before insert on referrals_detentionmilestone
  for each row execute function check_correction();
create trigger a_wait_corrects_its_own before insert on referrals_officerwait
  for each row execute function check_correction();

create function check_no_child_in_a_police_station() returns trigger language plpgsql security definer
  set search_path = public, pg_temp as $$
declare held uuid;
begin
  if tg_table_name = 'referrals_detention' then held := new.id; else held := new.detention_id; end if;
  if exists (select from referrals_detentionmilestone m join referrals_detention d on d.id = m.detention_id
              where d.id = held and d.under_18 and m.place_kind = 'police_station' and not m.withdrawn
                and not exists (select from referrals_detentionmilestone c where c.supersedes_id = m.id))
  then
    raise exception 'a child is never in a police station' using errcode = '23514',
        constraint = 'no_child_in_a_police_station';
  end if;
  return null;
end $$;
create constraint trigger no_child_arrives_at_a_police_station
  after insert on referrals_detentionmilestone deferrable initially deferred for each row
  when (new.place_kind = 'police_station') execute function check_no_child_in_a_police_station();
create constraint trigger nobody_in_a_police_station_is_a_child
  after update of under_18 on referrals_detention deferrable initially deferred for each row
  when (new.under_18) execute function check_no_child_in_a_police_station();

create function check_detention() returns trigger language plpgsql security definer
  set search_path = public, pg_temp as $$
declare d referrals_detention; held uuid; starts timestamptz; extended integer;
begin
  if tg_table_name = 'referrals_detention' then held := new.id;
  elsif tg_table_name = 'referrals_clock' then
    held := (select x.id from referrals_detention x where x.case_id = old.case_id and x.ended_at is null);
  else held := new.detention_id; end if;
  select * into d from referrals_detention where id = held;
  if not found then return null; end if;
  select min(least(m.at, m.disputed_at)) filter (where m.kind = 'arrived'),
         coalesce(max(m.extension_minutes) filter (where m.kind = 'extended'), 0)
    into starts, extended from referrals_detentionmilestone m
   where m.detention_id = d.id and not m.withdrawn
     and not exists (select from referrals_detentionmilestone c where c.supersedes_id = m.id);
  if starts is distinct from d.starts_at or extended <> d.extension_minutes then
    raise exception 'detention % is not what its milestones come to', d.reference using errcode = '23514',
        constraint = 'detention_agrees';
  end if;
  if d.ended_at is null and (d.starts_at is null or d.power <> 'voluntary')
     and not exists (select from referrals_clock k
       where k.case_id = d.case_id and k.referral_id is null and k.next_look_at is not null and case
         when d.starts_at is null then k.kind = 'reach_place'
         else k.kind = 'detention_limit' and k.started_at = d.starts_at and k.target_at = d.expires_at end)
  then
    raise exception 'detention % is not watched', d.reference using errcode = '23514',
        constraint = 'detention_is_watched';
  end if;
  return null;
end $$;
create constraint trigger detention_agrees_and_is_watched after insert or update on referrals_detention
  deferrable initially deferred for each row execute function check_detention();
create constraint trigger milestone_agrees after insert on referrals_detentionmilestone
  deferrable initially deferred for each row execute function check_detention();
create constraint trigger detention_stays_watched after update on referrals_clock
  deferrable initially deferred for each row
  when (old.kind in ('detention_limit', 'reach_place') and old.next_look_at is not null
        and (new.next_look_at is null or new.kind <> old.kind or new.case_id <> old.case_id
             or new.started_at <> old.started_at or new.target_at <> old.target_at))
  execute function check_detention();

create function check_no_open_detention() returns trigger language plpgsql security definer
  set search_path = public, pg_temp as $$
declare held uuid;
begin
  if tg_table_name = 'referrals_case' then held := new.id; else held := new.case_id; end if;
  if exists (select from referrals_detention d join referrals_case c on c.id = d.case_id
              where c.id = held and c.state = 'closed' and d.ended_at is null) then
    raise exception 'somebody is still detained in this case' using errcode = '23514',
        constraint = 'no_case_closes_over_a_detention';
  end if;
  return null;
end $$;
create constraint trigger no_case_closes_over_a_detention after update of state on referrals_case
  deferrable initially deferred for each row when (new.state = 'closed')
  execute function check_no_open_detention();
create constraint trigger no_detention_opens_in_a_closed_case
  after insert or update of ended_at on referrals_detention
  deferrable initially deferred for each row when (new.ended_at is null)
  execute function check_no_open_detention();

create function is_needed_in_a_detention(p_case uuid, p_agency integer) returns boolean
  language sql stable security definer set search_path = public, pg_temp as $$
  select exists (select from referrals_detention d left join agencies_team t on t.id = d.place_id
                  where d.case_id = p_case and d.ended_at is null and p_agency in (d.agency_id, t.agency_id))
$$;
"""
NO_RULES = """
drop function is_needed_in_a_detention(uuid, integer);
drop trigger no_detention_opens_in_a_closed_case on referrals_detention;
drop trigger no_case_closes_over_a_detention on referrals_case;
drop function check_no_open_detention();
drop trigger detention_stays_watched on referrals_clock;
drop trigger milestone_agrees on referrals_detentionmilestone;
drop trigger detention_agrees_and_is_watched on referrals_detention;
drop function check_detention();
drop trigger nobody_in_a_police_station_is_a_child on referrals_detention;
drop trigger no_child_arrives_at_a_police_station on referrals_detentionmilestone;
drop function check_no_child_in_a_police_station();
drop trigger a_wait_corrects_its_own on referrals_officerwait;
drop trigger a_milestone_corrects_its_own on referrals_detentionmilestone;
drop function check_correction();
alter table referrals_detention drop constraint detention_expires_a_day_after_arrival;
drop sequence detention_number;
"""

# Whatever else keeps a party in a case goes on keeping it: the condition is added to those that there are.
STAYS = " and not is_needed_in_a_detention(p.case_id, p.agency_id)"
PARTIES = """
do $do$ declare body text;
begin
  select prosrc into body from pg_proc where oid = 'parties_leave(uuid)'::regprocedure;
  execute format('create or replace function parties_leave(p_case uuid) returns void language sql
    security definer set search_path = public, pg_temp as %%L', %s);
end $do$;
"""
STAY = PARTIES % f"rtrim(body, E' \\n;') || '{STAYS}'"
LEAVE = PARTIES % f"replace(body, '{STAYS}', '')"


def each(template: str, tables: list[str]) -> str:
    """The statements for each of these tables."""
    return "".join(template.replace(":table", t).replace(":write", WRITES[t]) for t in tables)


FORWARD = each(GUARD, list(WRITES)) + each(APPEND_ONLY, KEPT) + RULES + STAY
BACKWARD = LEAVE + NO_RULES + each(NOT_APPEND_ONLY, KEPT) + each(NO_GUARD, list(WRITES))


class Migration(migrations.Migration):
    """Append-only, row-level security, and a clock that follows from what was entered."""

    dependencies = [("referrals", "0080_detentions")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
