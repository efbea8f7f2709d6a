"""A report follows its ask to another force; a power that ended is not extended; a child's age may be told.

Three guards that stood in the way of the truth. A sent report kept for ever the force that was asked first,
so that another, which had taken the patient by a redirect or a resend, did not have them on its board: it may
now name another ask of its case, sent to the police. An extension that was given after the power had ended
counted in full (Mental Health Act 1983, s.136B(3): before it expires); it is kept, and lengthens nothing. And
that somebody in a police station is under 18 could not be recorded before their arrival there was denied: it
can, and is told at once; nobody known to be a child arrives there, as before.

The running code works before and after, except that it would count a late extension: put the code in use at
once. Takes short locks on reports and detentions. Going back tightens the guards again; no row need change.
"""

from django.db import migrations

ENDS = """
create or replace trigger a_report_keeps_its_ends before update on referrals_missingreport for each row
  when (old.reference <> new.reference or old.case_id <> new.case_id or old.unit_id <> new.unit_id
        or old.unit_agency_id <> new.unit_agency_id or old.created_at <> new.created_at
        or (old.sent_at is not null and (new.sent_at is distinct from old.sent_at{kept})))
  execute function refuse_other_report();
"""
FOLLOWS = """
create function check_follows_its_ask() returns trigger language plpgsql security definer
  set search_path = public, pg_temp as $$ begin
  if exists (select from referrals_referral r
              where r.id = new.referral_id and r.case_id = new.case_id and r.sent_at is not null
                and r.to_agency_id = new.asked_agency_id and r.to_team_id = new.asked_team_id) then
    return new;
  end if;
  raise exception 'a missing report is with whom its case asked' using errcode = '23514',
    constraint = 'missing_ends_stay';
end $$;
create trigger a_report_follows_its_ask before update on referrals_missingreport for each row
  when (old.sent_at is not null and (new.referral_id is distinct from old.referral_id
        or new.asked_agency_id is distinct from old.asked_agency_id
        or new.asked_team_id is distinct from old.asked_team_id))
  execute function check_follows_its_ask();
"""
STAYS = """
drop trigger a_report_follows_its_ask on referrals_missingreport;
drop function check_follows_its_ask();
"""
KEPT = """
            or new.referral_id is distinct from old.referral_id
            or new.asked_agency_id is distinct from old.asked_agency_id"""
DETENTION = """
create or replace function check_detention() returns trigger language plpgsql security definer
  set search_path = public, pg_temp as $$
declare d referrals_detention; held uuid; starts timestamptz; extended integer;
begin
  if tg_table_name = 'referrals_detention' then held := new.id;
  elsif tg_table_name = 'referrals_clock' then
    held := (select x.id from referrals_detention x where x.case_id = old.case_id and x.ended_at is null);
  else held := new.detention_id; end if;
  select * into d from referrals_detention where id = held;
  if not found then return null; end if;
  select min(least(m.at, m.disputed_at)) into starts from referrals_detentionmilestone m
   where m.detention_id = d.id and not m.withdrawn and m.kind = 'arrived'
     and not exists (select from referrals_detentionmilestone c where c.supersedes_id = m.id);
  select coalesce(max(m.extension_minutes), 0) into extended from referrals_detentionmilestone m
   where m.detention_id = d.id and not m.withdrawn and m.kind = 'extended'{in_time}
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
"""
IN_TIME = "\n     and (starts is null or m.at < starts + interval '86400 seconds')"
TOLD = "drop trigger nobody_in_a_police_station_is_a_child on referrals_detention;"
UNTOLD = """
create constraint trigger nobody_in_a_police_station_is_a_child
  after update of under_18 on referrals_detention deferrable initially deferred for each row
  when (new.under_18) execute function check_no_child_in_a_police_station();
"""
FORWARD = ENDS.format(kept="") + FOLLOWS + DETENTION.format(in_time=IN_TIME) + TOLD
BACKWARD = UNTOLD + DETENTION.format(in_time="") + STAYS + ENDS.format(kept=KEPT)


class Migration(migrations.Migration):
    """The guards of missing reports' ends, of extensions and of ages."""

    dependencies = [("referrals", "0129_search_by_figures_and_description")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
