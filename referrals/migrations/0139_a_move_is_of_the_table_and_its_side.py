"""A move that changes a state is one of the table's, and the receiver's own are made by the receiver.

Until now a move was held to the pair of its states alone: by itself the database would have taken a sender's
row that says "accepted", and with it made the receiver accountable who never accepted. Safe before the code
that needs it, which writes no other moves; takes a short lock on referrals. Going back loosens it again.
"""

from django.db import migrations

GUARD = """
create or replace function check_move() returns trigger language plpgsql security definer
  set search_path = public, pg_temp as $$
begin
  if not exists (select from referrals_move m join referrals_event e
                     on e.case_id = m.case_id and e.seq = m.event_seq and e.opened_on = new.opened_on
                  where m.referral_id = new.id and m.version = new.version and m.from_state = old.state
                    and m.to_state = new.state and e.referral_id = new.id
                    and e.data ->> 'to_state' = new.state and e.data ->> 'version' = new.version::text
                    :how) then
    raise exception 'referral % moved without its move and event', new.id
      using errcode = '23514', constraint = 'moved';
  end if;
  return null;
end $$;
"""
HOW = """and m.action || ':' || m.from_state || '>' || m.to_state in (
      'accept:acknowledged>accepted', 'accept:info_requested>accepted', 'acknowledge:sent>acknowledged',
      'agree_cancel:accepted>cancelled', 'agree_cancel:in_progress>cancelled',
      'answer_info:info_requested>acknowledged', 'cancel:acknowledged>cancelled',
      'cancel:info_requested>cancelled', 'cancel:sent>cancelled', 'close:completed>closed',
      'complete:in_progress>completed', 'decline:acknowledged>declined',
      'decline:info_requested>declined', 'discard:draft>discarded',
      'enter_in_error:accepted>entered_in_error', 'enter_in_error:acknowledged>entered_in_error',
      'enter_in_error:completed>entered_in_error', 'enter_in_error:declined>entered_in_error',
      'enter_in_error:draft>entered_in_error', 'enter_in_error:failed>entered_in_error',
      'enter_in_error:in_progress>entered_in_error', 'enter_in_error:info_requested>entered_in_error',
      'enter_in_error:sent>entered_in_error', 'fail:accepted>failed', 'fail:in_progress>failed',
      'no_further_action:declined>closed', 'no_further_action:failed>closed',
      'police_reassess:declined>closed', 'police_reassess:failed>closed',
      'redirect:accepted>redirected', 'redirect:acknowledged>redirected',
      'redirect:in_progress>redirected', 'redirect:info_requested>redirected',
      'reopen:closed>in_progress', 'reopen:completed>in_progress',
      'request_info:acknowledged>info_requested', 'resend:declined>closed', 'resend:failed>closed',
      'send:draft>sent', 'start:accepted>in_progress'
                    ) and (m.action not in ('acknowledge', 'accept', 'decline')
                           or m.agency_id = new.to_agency_id
                           or m.agency_id = (select t.agency_id from agencies_team t
                                              where t.id = new.to_team_id))"""


class Migration(migrations.Migration):
    """What a move may be, and whose."""

    dependencies = [("referrals", "0138_an_ended_power_is_looked_at")]

    operations = [migrations.RunSQL(GUARD.replace(":how", HOW), GUARD.replace(":how", ""))]
