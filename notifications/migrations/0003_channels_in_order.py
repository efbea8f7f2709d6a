"""Messages are claimed for a while, go on to the next channel if nobody sees them, and fail loudly.

Safe before the code that needs it: every column is null. The locks are brief, but the indexes are built
while writers wait, some seconds a million rows.
"""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    """E-mail, and the order of channels."""

    dependencies = [("notifications", "0002_message_keys")]

    operations = [
        migrations.AddField("message", "claimed_until", models.DateTimeField(null=True)),
        migrations.AddField("message", "then", models.JSONField(null=True)),
        migrations.AddField("message", "then_at", models.DateTimeField(null=True)),
        migrations.AddField("message", "failure_told_at", models.DateTimeField(null=True)),
        migrations.AlterField(
            "message",
            "channel",
            models.CharField(
                choices=[("inbox", "Inbox"), ("email", "Email")], default="inbox", max_length=20
            ),
        ),
        migrations.AddIndex(
            "message",
            models.Index(fields=["then_at"], condition=Q(then_at__isnull=False), name="message_next_channel"),
        ),
        migrations.AddIndex(
            "message",
            models.Index(
                fields=["channel", "recipient", "-sent_at"],
                condition=~Q(channel="inbox"),
                name="message_sent_to",
            ),
        ),
        migrations.AddIndex(
            "message",
            models.Index(
                fields=["failed_at"],
                condition=Q(failed_at__isnull=False, failure_told_at=None),
                name="message_failure_to_tell",
            ),
        ),
    ]
