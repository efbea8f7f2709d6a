"""Redirecting, asking to cancel and refusing it leave their move and event, like what changes a state.

Until now the database asked for both only where the state changed: a redirect, or a wish to cancel, could be
set or cleared with nothing to show who did it. Safe before the code that needs it, which writes both; takes a
short lock on referrals. Going back loosens it again.
"""

from django.db import migrations

FORWARD = """
create function check_move_in_place() returns trigger language plpgsql security definer
  set search_path = public, pg_temp as $$
begin
  if not exists (select from referrals_move m join referrals_event e
                     on e.case_id = m.case_id and e.seq = m.event_seq and e.opened_on = new.opened_on
                  where m.referral_id = new.id and m.version = new.version and new.version = old.version + 1
                    and m.action = tg_argv[0] and m.from_state = new.state and m.to_state = new.state
                    and e.referral_id = new.id and e.type = 'referral.' || m.action
                    and e.data ->> 'to_state' = new.state and e.data ->> 'version' = new.version::text
                    and m.action || ':' || m.from_state in (
      'redirect:accepted', 'redirect:acknowledged', 'redirect:in_progress', 'redirect:info_requested',
      'refuse_cancel:accepted', 'refuse_cancel:in_progress', 'request_cancel:accepted',
      'request_cancel:in_progress'
                    ) and case when m.action in ('request_cancel') then m.agency_id = new.from_agency_id
                               else m.agency_id = new.to_agency_id
                                 or m.agency_id = (select t.agency_id from agencies_team t
                                                    where t.id = new.to_team_id) end) then
    raise exception 'referral % moved without its move and event', new.id
      using errcode = '23514', constraint = 'moved';
  end if;
  return null;
end $$;
create constraint trigger a_redirect_leaves_its_move after update of redirect_pending on referrals_referral
    deferrable initially deferred for each row
  when (new.redirect_pending and not old.redirect_pending) execute function check_move_in_place('redirect');
create constraint trigger asking_to_cancel_leaves_its_move
    after update of cancel_requested_at on referrals_referral deferrable initially deferred for each row
  when (new.cancel_requested_at is not null
        and new.cancel_requested_at is distinct from old.cancel_requested_at)
  execute function check_move_in_place('request_cancel');
create constraint trigger refusing_to_cancel_leaves_its_move
    after update of cancel_requested_at on referrals_referral deferrable initially deferred for each row
  when (new.cancel_requested_at is null and old.cancel_requested_at is not null and new.state = old.state)
  execute function check_move_in_place('refuse_cancel');
"""
BACKWARD = """
drop trigger refusing_to_cancel_leaves_its_move on referrals_referral;
drop trigger asking_to_cancel_leaves_its_move on referrals_referral;
drop trigger a_redirect_leaves_its_move on referrals_referral;
drop function check_move_in_place();
"""


class Migration(migrations.Migration):
    """Three triggers, which call nothing unless such a move is made."""

    dependencies = [("referrals", "0139_a_move_is_of_the_table_and_its_side")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
