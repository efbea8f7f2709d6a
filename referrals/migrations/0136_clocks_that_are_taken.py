"""Finding the clocks that somebody has taken, every minute, among all there ever were.

Safe before the code that needs it. The index is built while writers wait, some seconds a million rows; it
holds the few clocks that are taken and run.
"""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """An index on running clocks that are taken."""

    dependencies = [("referrals", "0135_same_person_and_afterwards")]

    operations = [
        migrations.AddIndex(
            "clock",
            models.Index(
                fields=["quiet_until"],
                condition=Q(quiet_until__isnull=False, stopped_at=None),
                name="clock_taken",
            ),
        ),
    ]
