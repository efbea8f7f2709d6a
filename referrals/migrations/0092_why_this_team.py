"""Why a referral went to the team it went to, where nobody named that team.

Safe before or after the code that needs it. The lock is brief.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    """One column."""

    dependencies = [("referrals", "0091_agreements_are_signed"), ("agencies", "0020_ages_of_teams")]

    operations = [
        migrations.AddField(
            "referral", "routed", models.CharField(blank=True, db_default="", default="", max_length=500)
        )
    ]
