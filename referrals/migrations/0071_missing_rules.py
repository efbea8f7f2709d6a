"""The rules of missing patients, in the database.

A report begins as a draft, makes only the moves there are, and keeps its case and its unit; once sent it
keeps its referral. Open, it has a clock of its state and keeps its case open: both checked at commit. What
was done about it is append-only. A request sees the reports of the cases to which its agency is a party; a
draft's case has its unit's agency alone. Police decline such a referral only with a threshold decision. Safe
before the code that needs it; code that declines without a decision must be gone. The locks are brief.
"""

from django.db import migrations

GUARD = """
alter table referrals_:table enable row level security;
create policy :table_web on referrals_:table to rcrp_web using (:read) with check (can_see(case_id));
create policy :table_worker on referrals_:table to rcrp_worker using (true) with check (true);
revoke delete on referrals_:table from rcrp_web, rcrp_worker;
"""
NO_GUARD = """
grant delete on referrals_:table to rcrp_web, rcrp_worker;
drop policy :table_worker on referrals_:table;
drop policy :table_web on referrals_:table;
alter table referrals_:table disable row level security;
"""
PARTY = """coalesce((select true from referrals_party p where p.case_id = referrals_:table.case_id
    and p.agency_id = any((select my_agencies())::integer[]) and p.until is null limit 1), false)"""
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
LINKS = """
revoke update on referrals_episodelink from rcrp_web, rcrp_worker;
grant update (unlinked_at, unlinked_by) on referrals_episodelink to rcrp_web, rcrp_worker;
create trigger a_link_is_taken_back_once before update on referrals_episodelink for each row
  when (old.unlinked_at is not null) execute function refuse_change();
"""
NO_LINKS = """
drop trigger a_link_is_taken_back_once on referrals_episodelink;
revoke update (unlinked_at, unlinked_by) on referrals_episodelink from rcrp_web, rcrp_worker;
grant update on referrals_episodelink to rcrp_web, rcrp_worker;
"""
RULES = """
create sequence missing_number;

create function refuse_report() returns trigger language plpgsql as $$ begin
  raise exception 'no move % -> % of a missing report',
    case when tg_op = 'INSERT' then 'nothing' else old.state end, new.state
    using errcode = '23514', constraint = 'missing_lifecycle';
end $$;
create trigger a_report_begins_as_a_draft before insert on referrals_missingreport for each row
  when (new.state <> 'draft' or new.version <> 1 or new.sent_at is not null) execute function refuse_report();
create trigger a_report_makes_only_the_moves_there_are before update of state, version
  on referrals_missingreport for each row
  when ((new.version <> old.version + 1 and (old.version, old.state) <> (new.version, new.state))
    or (old.state <> new.state and (old.state || '>' || new.state) not in (
      'draft>discarded', 'draft>reported', 'located>closed', 'located>reported', 'located>returned',
      'reported>cancelled', 'reported>located', 'reported>returned', 'returned>closed')))
  execute function refuse_report();

create function refuse_other_report() returns trigger language plpgsql as $$ begin
  raise exception 'a missing report keeps its case and its unit, and what it was sent with'
    using errcode = '23514', constraint = 'missing_ends_stay';
end $$;
create trigger a_report_keeps_its_ends before update on referrals_missingreport for each row
  when (old.reference <> new.reference or old.case_id <> new.case_id or old.unit_id <> new.unit_id
        or old.unit_agency_id <> new.unit_agency_id or old.created_at <> new.created_at
        or (old.sent_at is not null and (new.sent_at is distinct from old.sent_at
            or new.referral_id is distinct from old.referral_id
            or new.asked_agency_id is distinct from old.asked_agency_id)))
  execute function refuse_other_report();

create function check_missing() returns trigger language plpgsql security definer
  set search_path = public, pg_temp as $$
declare r record; cid uuid;
begin
  if tg_table_name = 'referrals_case' then cid := new.id; else cid := new.case_id; end if;
  select m.state, m.reference, c.state as case_state into r
    from referrals_missingreport m join referrals_case c on c.id = m.case_id
   where m.case_id = cid and m.state in ('draft', 'located', 'reported', 'returned');
  if not found then return null; end if;
  if r.case_state <> 'open' then
    raise exception 'missing report % is open, and its case is not', r.reference using errcode = '23514',
      constraint = 'missing_keeps_its_case_open';
  end if;
  if not exists (select from referrals_clock k join (values
        ('draft', 'missing_draft'), ('reported', 'missing_grade'), ('reported', 'missing_review'),
        ('located', 'missing_return'), ('returned', 'missing_aftercare')
      ) w(state, kind) on w.kind = k.kind
     where k.case_id = cid and w.state = r.state and k.next_look_at is not null) then
    raise exception 'missing report % waits, and nobody watches it', r.reference using errcode = '23514',
      constraint = 'missing_is_watched';
  end if;
  return null;
end $$;
create constraint trigger missing_is_watched after insert or update of state on referrals_missingreport
  deferrable initially deferred for each row execute function check_missing();
create constraint trigger missing_stays_watched after update on referrals_clock
  deferrable initially deferred for each row
  when (old.kind in ('missing_draft', 'missing_grade', 'missing_review', 'missing_return',
                     'missing_aftercare')
        and old.next_look_at is not null
        and (new.next_look_at is null or new.kind <> old.kind or new.case_id <> old.case_id))
  execute function check_missing();
create constraint trigger missing_keeps_its_case_open after update of state on referrals_case
  deferrable initially deferred for each row when (old.state = 'open' and new.state <> 'open')
  execute function check_missing();

create function check_missing_decline() returns trigger language plpgsql security definer
  set search_path = public, pg_temp as $$
begin
  if exists (select from referrals_missingreport m where m.case_id = new.case_id)
     and exists (select from agencies_agency a where a.id = new.to_agency_id and a.kind = 'police') then
    raise exception 'police decline a missing patient only with a threshold decision'
      using errcode = '23514', constraint = 'missing_decline_cites_a_decision';
  end if;
  return new;
end $$;
create trigger missing_decline_cites_a_decision before update of state on referrals_referral for each row
  when (new.state = 'declined' and old.state <> 'declined' and new.threshold_decision_id is null
        and new.category in ('awol_detained', 'missing_informal', 'walkout_healthcare'))
  execute function check_missing_decline();
"""
NO_RULES = """
drop trigger missing_decline_cites_a_decision on referrals_referral;
drop function check_missing_decline();
drop trigger missing_keeps_its_case_open on referrals_case;
drop trigger missing_stays_watched on referrals_clock;
drop trigger missing_is_watched on referrals_missingreport;
drop function check_missing();
drop trigger a_report_keeps_its_ends on referrals_missingreport;
drop function refuse_other_report();
drop trigger a_report_makes_only_the_moves_there_are on referrals_missingreport;
drop trigger a_report_begins_as_a_draft on referrals_missingreport;
drop function refuse_report();
drop sequence missing_number;
"""
OURS = "unit_agency_id = any((select my_agencies())::integer[]) or "
READ = {"missingreport": OURS + PARTY}
GUARDED = ["missingreport", "missingmove", "checklistitem", "sighting", "episodelink"]
KEPT = ["missingmove", "checklistitem", "sighting"]


def guarded(table: str) -> str:
    """Row-level security on one table."""
    return GUARD.replace(":read", READ.get(table, PARTY)).replace(":table", table)


FORWARD = "".join(
    [
        *(guarded(table) for table in GUARDED),
        *(APPEND_ONLY.replace(":table", table) for table in KEPT),
        LINKS,
        RULES,
    ]
)
BACKWARD = "".join(
    [
        NO_RULES,
        NO_LINKS,
        *(NOT_APPEND_ONLY.replace(":table", table) for table in KEPT),
        *(NO_GUARD.replace(":table", table) for table in GUARDED),
    ]
)


class Migration(migrations.Migration):
    """Row-level security, append-only, the moves there are, nothing open unwatched."""

    dependencies = [("referrals", "0070_missing_patients")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
