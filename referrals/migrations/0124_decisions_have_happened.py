"""A threshold decision, and whom it says was told, are never of a time to come.

Of what is recorded from now on: an older release took a later time for ``told_at``, and decisions are not
changed afterwards, so the rows that there are stay as they are (``not valid``). Safe before the code that
needs it; until that runs, such a time is refused without a word of why. The lock is brief: nothing is read.
"""

from django.db import migrations, models
from django.db.models import F, Q

NAME = "threshold_is_recorded_after_it_occurred"
FORWARD = f"""
alter table referrals_thresholddecision add constraint {NAME}
  check (occurred_at <= recorded_at and (told_at is null or told_at <= recorded_at)) not valid;
"""
BACKWARD = f"alter table referrals_thresholddecision drop constraint {NAME};"


class Migration(migrations.Migration):
    """One check, of new rows."""

    dependencies = [("referrals", "0123_what_an_agency_counts")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(FORWARD, BACKWARD)],
            state_operations=[
                migrations.AddConstraint(
                    "thresholddecision",
                    models.CheckConstraint(
                        name=NAME,
                        condition=Q(occurred_at__lte=F("recorded_at"))
                        & (Q(told_at=None) | Q(told_at__lte=F("recorded_at"))),
                    ),
                )
            ],
        )
    ]
