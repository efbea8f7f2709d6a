"""A team may see some ages only, such as children: routing asks for it.

Safe before or after the code that needs it. The lock is brief.
"""

from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    """Two columns and their rule."""

    dependencies = [("agencies", "0021_client_credentials")]

    operations = [
        migrations.AddField("team", "youngest", models.PositiveSmallIntegerField(blank=True, null=True)),
        migrations.AddField("team", "oldest", models.PositiveSmallIntegerField(blank=True, null=True)),
        migrations.AddConstraint(
            "team",
            models.CheckConstraint(
                name="team_sees_an_age",
                condition=Q(youngest=None) | Q(oldest=None) | Q(oldest__gte=F("youngest")),
            ),
        ),
    ]
