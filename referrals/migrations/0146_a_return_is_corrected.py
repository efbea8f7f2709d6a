"""A patient who was recorded as back by mistake is missing again, and the police may be asked anew.

The guards of missing reports admit one move more, and with it another referral. Safe before the code that
needs it; the lock on reports is brief. Going back leaves reports that were corrected as they are.
"""

from django.db import migrations

GUARDS = """
drop trigger a_report_makes_only_the_moves_there_are on referrals_missingreport;
create trigger a_report_makes_only_the_moves_there_are before update of state, version
  on referrals_missingreport for each row
  when ((new.version <> old.version + 1 and (old.version, old.state) <> (new.version, new.state))
    or (old.state <> new.state and (old.state || '>' || new.state) not in (
      'draft>discarded', 'draft>reported', 'located>closed', 'located>reported', 'located>returned',
      'reported>cancelled', 'reported>located', 'reported>returned', 'returned>closed':move)))
  execute function refuse_report();
drop trigger a_report_keeps_its_ends on referrals_missingreport;
create trigger a_report_keeps_its_ends before update on referrals_missingreport for each row
  when (old.reference <> new.reference or old.case_id <> new.case_id or old.unit_id <> new.unit_id
        or old.unit_agency_id <> new.unit_agency_id or old.created_at <> new.created_at
        or (old.sent_at is not null and (new.sent_at is distinct from old.sent_at
            or new.asked_agency_id is distinct from old.asked_agency_id
            or (new.referral_id is distinct from old.referral_id:again))))
  execute function refuse_other_report();
"""
AGAIN = " and not (old.state = 'returned' and new.state = 'reported')"
FORWARD = GUARDS.replace(":move", ", 'returned>reported'").replace(":again", AGAIN)
BACKWARD = GUARDS.replace(":move", "").replace(":again", "")


class Migration(migrations.Migration):
    """A return can be taken back."""

    dependencies = [("referrals", "0145_disputes_are_withdrawn")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
