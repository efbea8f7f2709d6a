"""One numberer gives committed events their positions in each party's feed.

It takes an advisory lock, so that positions are drawn in the order in which they commit: whoever has
read up to a position has missed nothing below it. Readers may call it too, and write the feed in no other
way. Safe before or after the code that needs it.
"""

from django.db import migrations

FORWARD = """
create function number_events(p_most int) returns int language plpgsql security definer
  set search_path = public, pg_temp as $$
declare done int;
begin
  if not pg_try_advisory_xact_lock(43) then return 0; end if;
  with taken as (
    delete from referrals_feed_todo where event_id in (select event_id
        from referrals_feed_todo order by event_id limit p_most)
    returning *
  ), numbered as materialized (
    select t.*, nextval('feed_position') as position from (select * from taken order by event_id) t
  ), written as (
    insert into referrals_feed (agency_id, position, event_id, case_id)
    select distinct p.agency_id, n.position, n.event_id, n.case_id
      from numbered n
      join referrals_event e on e.id = n.event_id and e.case_id = n.case_id
      join referrals_party p on p.case_id = n.case_id and (p.until is null or p.until >= e.recorded_at)
     where n.only_agency_id is null or n.only_agency_id = p.agency_id
  )
  select count(*) into done from taken;
  return done;
end $$;
revoke insert, update, delete on referrals_feed, referrals_feed_todo from rcrp_web, rcrp_worker;
"""
BACKWARD = """
grant insert, update, delete on referrals_feed_todo to rcrp_worker;
grant insert, update, delete on referrals_feed to rcrp_web, rcrp_worker;
drop function number_events(int);
"""


class Migration(migrations.Migration):
    """The sequencer."""

    dependencies = [("referrals", "0008_row_security")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
