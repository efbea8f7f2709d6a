"""What an agency's measures are counted over: its cases, and those it had a part in, up to the end of it.

A figure must not change because a part has ended. A row policy cannot say so: whoever reads a row reads all
of it, and a report or a detention goes on changing after an agency has left. So there are views, one for
each table that is counted and that row-level security closes with the part. Like the policies they show only
rows of the acting agency (``my_agencies()``). They hold codes, keys and instants, no text and no person; a
row that was recorded after the end of the part is not there, and what was known only afterwards is null.
They can be read and nothing else. ``kept_until`` is the end of the part, infinity while it lasts.

They read the tables as the owner, from whom no policy hides a row: hence the condition in each. A later
migration that alters a column named here drops its view first. Safe before the code that needs it; takes no
lock that waits.
"""

from django.db import migrations

# The end of the acting agency's part in the row's case. Of several parts, the last.
PART = """
  cross join lateral (
    select p.agency_id, max(coalesce(p.until, 'infinity')) as until from referrals_party p
     where p.case_id = r.case_id and p.agency_id = any((select my_agencies())::integer[])
     group by p.agency_id) part
"""
DETENTION = """
select part.agency_id as kept_by, part.until as kept_until, r.id, r.case_id, r.agency_id, r.place_id,
       r.detained_at, r.starts_at, r.expires_at, r.extension_minutes, r.released_at, r.assessed_at,
       r.ended_at, r.outcome
  from referrals_detention r :part where r.recorded_at <= part.until
"""
OFFICERWAIT = """
select part.agency_id as kept_by, r.id, r.detention_id, r.identifier, r.number, r.since, r.until,
       r.supersedes_id
  from referrals_officerwait r :part where r.recorded_at <= part.until
"""
THRESHOLDSTEP = """
select part.agency_id as kept_by, r.id, r.decision_id, r.kind, r.outcome, r.occurred_at, r.recorded_at
  from referrals_thresholdstep r :part where r.recorded_at <= part.until
"""
MISSINGREPORT = """
select part.agency_id as kept_by, part.until as kept_until, r.id, r.case_id, r.unit_id, r.unit_agency_id,
       r.asked_agency_id, r.category, r.sent_at, r.last_seen_at, r.absence_confirmed_at, r.missing_since,
       case when r.graded_at <= part.until then r.grade else coalesce((
         select m.grade from referrals_missingmove m
          where m.report_id = r.id and m.grade <> '' and m.recorded_at <= part.until
          order by m.version desc limit 1), '') end as grade,
       case when r.located_at <= part.until then r.located_at end as located_at,
       case when r.returned_at <= part.until then r.returned_at end as returned_at,
       r.state = 'cancelled' and r.ended_at <= part.until as cancelled
  from referrals_missingreport r :part where r.sent_at <= part.until
"""
EPISODELINK = """
select part.agency_id as kept_by, r.report_id, r.earlier_id
  from referrals_episodelink r :part
 where r.linked_at <= part.until and coalesce(r.unlinked_at, 'infinity') >= part.until
"""
# Whoever is to take the patient stays a party while it runs: no part ends before it has.
NOT_TAKEN = """
select part.agency_id as kept_by, r.case_id, r.target_at,
       case when r.met_at <= part.until then r.met_at end as met_at,
       case when r.stopped_at <= part.until then r.stopped_at end as stopped_at
  from referrals_clock r :part
 where r.kind = 'missing_not_taken' and r.only_agency_id is null and r.started_at <= part.until
"""
VIEWS = {
    "kept_detention": DETENTION,
    "kept_officerwait": OFFICERWAIT,
    "kept_thresholdstep": THRESHOLDSTEP,
    "kept_missingreport": MISSINGREPORT,
    "kept_episodelink": EPISODELINK,
    "kept_not_taken": NOT_TAKEN,
}
FORWARD = "".join(
    f"""
create view {name} with (security_barrier) as {words.replace(":part", PART)};
revoke all on {name} from public, rcrp_web, rcrp_worker;
grant select on {name} to rcrp_web;
"""
    for name, words in VIEWS.items()
)
BACKWARD = "".join(f"drop view {name};\n" for name in VIEWS)


class Migration(migrations.Migration):
    """Views, and no table."""

    dependencies = [("referrals", "0122_what_an_agency_keeps")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
