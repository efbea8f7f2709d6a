"""Who is with a person can be logged before anybody was asked: an entry of a case needs no referral.

Brief lock, no row is read. Safe before the code that needs it. Backwards it fails, loudly, if such an entry
is kept: entries are never removed.
"""

from django.db import migrations, models
from django.db.models import PROTECT


class Migration(migrations.Migration):
    """``referral`` may be empty."""

    dependencies = [("referrals", "0140_a_move_in_place_leaves_its_row")]

    operations = [
        migrations.AlterField(
            "supportentry",
            "referral",
            models.ForeignKey(
                "referrals.referral", on_delete=PROTECT, null=True, related_name="+", db_index=False
            ),
        )
    ]
