"""The database admits only the moves that the lifecycle's table has, and only drafts as new rows.

A version is followed by the next. Sending, and nothing else, gives a referral its time of sending, by
which others see it; accepting, and nothing else, may name another agency that the team serves. The
pairs are the table's, printed by ``manage.py draw_lifecycle --sql``; a test compares them. Safe
before or after the code that needs it, which must make no other moves. The lock is brief.
"""

from django.db import migrations

FORWARD = """
create function refuse_state() returns trigger language plpgsql as $$ begin
  raise exception 'no move % -> %', case when tg_op = 'INSERT' then 'nothing' else old.state end, new.state
    using errcode = '23514', constraint = 'lifecycle';
end $$;
create trigger a_referral_begins_as_a_draft before insert on referrals_referral for each row
  when (new.state <> 'draft' or new.version <> 1 or new.sent_at is not null or new.accepted_at is not null)
  execute function refuse_state();
create trigger a_referral_makes_only_the_moves_there_are before update of state, version on referrals_referral
  for each row when ((new.version <> old.version + 1 and (old.version, old.state) <> (new.version, new.state))
    or (old.state <> new.state and (old.state || '>' || new.state) not in (
      'accepted>cancelled', 'accepted>entered_in_error', 'accepted>failed', 'accepted>in_progress',
      'accepted>redirected', 'acknowledged>accepted', 'acknowledged>cancelled', 'acknowledged>declined',
      'acknowledged>entered_in_error', 'acknowledged>info_requested', 'acknowledged>redirected',
      'closed>in_progress', 'completed>closed', 'completed>entered_in_error', 'completed>in_progress',
      'declined>closed', 'declined>entered_in_error', 'draft>discarded', 'draft>entered_in_error',
      'draft>sent', 'failed>closed', 'failed>entered_in_error', 'in_progress>cancelled',
      'in_progress>completed', 'in_progress>entered_in_error', 'in_progress>failed',
      'in_progress>redirected', 'info_requested>accepted', 'info_requested>acknowledged',
      'info_requested>cancelled', 'info_requested>declined', 'info_requested>entered_in_error',
      'info_requested>redirected', 'sent>acknowledged', 'sent>cancelled', 'sent>entered_in_error'
    )))
  execute function refuse_state();

create function refuse_ends() returns trigger language plpgsql as $$ begin
  raise exception 'a referral keeps its case, its kind, its sender and its team'
    using errcode = '23514', constraint = 'referral_ends_stay';
end $$;
create trigger a_referral_keeps_its_ends before update on referrals_referral for each row
  when (old.reference <> new.reference or old.case_id <> new.case_id or old.opened_on <> new.opened_on
        or old.lead <> new.lead or old.asking <> new.asking or old.parent_id is distinct from new.parent_id
        or old.from_agency_id <> new.from_agency_id or old.from_team_id <> new.from_team_id
        or old.to_team_id <> new.to_team_id
        or (old.to_agency_id <> new.to_agency_id and (new.state <> 'accepted' or old.state = 'accepted'))
        or (old.sent_at is not null and new.sent_at is distinct from old.sent_at)
        or (old.sent_at is null and (new.sent_at is not null) <> (new.state = 'sent')))
  execute function refuse_ends();
"""
BACKWARD = """
drop trigger a_referral_keeps_its_ends on referrals_referral;
drop function refuse_ends();
drop trigger a_referral_makes_only_the_moves_there_are on referrals_referral;
drop trigger a_referral_begins_as_a_draft on referrals_referral;
drop function refuse_state();
"""


class Migration(migrations.Migration):
    """Guards on the state of referrals; they call no function unless they refuse."""

    dependencies = [("referrals", "0002_numbers")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
