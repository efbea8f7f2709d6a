"""A patient who was recorded as back by mistake is missing again, and the police may be asked anew.

The guard of missing reports admits one move more. Safe before the code that needs it; the lock on reports is
brief. Going back leaves reports that were corrected as they are.
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
"""
FORWARD = GUARDS.replace(":move", ", 'returned>reported'")
BACKWARD = GUARDS.replace(":move", "")


class Migration(migrations.Migration):
    """A return can be taken back."""

    dependencies = [("referrals", "0131_disputes_are_withdrawn")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
