"""The records list support entries and threshold policies, spelt so.

Safe before or after the code that needs it: nothing changes in the database.
"""

from django.db import migrations


class Migration(migrations.Migration):
    """Two names."""

    dependencies = [("referrals", "0110_sandboxes_move_their_clocks")]

    operations = [
        migrations.AlterModelOptions("supportentry", {"verbose_name_plural": "support entries"}),
        migrations.AlterModelOptions("thresholdpolicy", {"verbose_name_plural": "threshold policies"}),
    ]
