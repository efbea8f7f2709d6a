"""While the team that was asked is closed, the one that stands in for it answers.

Safe before the code that needs it. The locks are brief; the index is built while writers wait, on no rows.
"""

from django.db import migrations, models
from django.db.models import PROTECT, Q

from referrals.domain.clocks import ClockKind


class Migration(migrations.Migration):
    """Who answers, and the clock by which that changes."""

    dependencies = [("referrals", "0092_why_this_team")]

    operations = [
        migrations.AddField(
            "referral",
            "answering_team",
            models.ForeignKey("agencies.team", PROTECT, null=True, related_name="+", db_index=False),
        ),
        migrations.AddIndex(
            "referral",
            models.Index(
                fields=["answering_team", "breach_at", "id"],
                condition=Q(answering_team__isnull=False),
                name="worklist_answering",
            ),
        ),
        migrations.AlterField(
            "clock", "kind", models.CharField(choices=[(kind, kind) for kind in ClockKind], max_length=30)
        ),
    ]
