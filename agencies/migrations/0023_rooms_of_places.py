"""How many a place of safety can keep at once, for the board.

Safe before or after the code that needs it. The lock is brief.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    """One column."""

    dependencies = [("agencies", "0022_reach")]

    operations = [
        migrations.AddField("team", "rooms", models.PositiveSmallIntegerField(blank=True, null=True)),
    ]
