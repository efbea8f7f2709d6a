"""Clocks of powers that had ended already are looked at for the rung that their ladder has gained.

Their ladder ended at the end itself, and was told again one whole target later; an hour after the end the
duty contacts are told now. A clock that stood past the old end is looked at then, or at once. One that
somebody has taken keeps the time that they promised. Right after the code, or before it: a look that comes
early tells what is due and no more.
"""

from django.db import migrations

FORWARD = """
update referrals_clock set next_look_at = target_at + interval '60 minutes'
 where kind = 'missing_power' and stopped_at is null and step = 4 and quiet_until is null
   and parked_at is null and next_look_at > target_at + interval '60 minutes';
"""


class Migration(migrations.Migration):
    """Rows of one kind, while they run."""

    dependencies = [("referrals", "0137_a_gap_is_told_at_once")]

    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
