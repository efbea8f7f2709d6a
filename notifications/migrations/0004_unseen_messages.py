"""Every page says how many messages nobody has seen yet: an index of those alone.

Counting them read an agency's whole inbox, more each month. Safe before or after any code. Building the
index makes writers of messages wait, some seconds a million rows.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    """One index."""

    dependencies = [("notifications", "0003_channels_in_order")]

    operations = [
        migrations.AddIndex(
            "message",
            models.Index(
                fields=["agency", "membership", "team"],
                condition=models.Q(seen_at__isnull=True),
                name="message_unseen",
            ),
        )
    ]
