"""A clock counts the looks that failed in a row, and says so while it is parked.

Safe before the code that needs it: every column has a default. The lock is brief; no row is rewritten.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    """Three columns on clocks."""

    dependencies = [("referrals", "0012_search_by_name")]

    operations = [
        migrations.AddField("clock", "tries", models.IntegerField(db_default=0, default=0)),
        migrations.AddField(
            "clock", "trouble", models.CharField(blank=True, db_default="", default="", max_length=60)
        ),
        migrations.AddField("clock", "parked_at", models.DateTimeField(null=True)),
    ]
