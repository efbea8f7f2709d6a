"""Messages go by text and e-mail through a provider, under a reference by which it can be asked.

Safe before the code that needs it: every column is null or has a default. The locks are brief; the indexes
are of no row yet.
"""

from django.db import migrations, models
from django.db.models import Q

CHANNELS = [("inbox", "Inbox"), ("email", "Email"), ("sms", "Sms")]


class Migration(migrations.Migration):
    """Four columns and two indexes."""

    dependencies = [("notifications", "0011_webhooks")]

    operations = [
        migrations.AlterField(
            "message", "channel", models.CharField(choices=CHANNELS, default="inbox", max_length=20)
        ),
        migrations.AddField("message", "reference", models.UUIDField(null=True)),
        migrations.AddField(
            "message",
            "provider_id",
            models.CharField(blank=True, db_default="", default="", max_length=40),
        ),
        migrations.AddField("message", "receipt_due_at", models.DateTimeField(null=True)),
        migrations.AddField("message", "delivered_at", models.DateTimeField(null=True)),
        migrations.AddIndex(
            "message",
            models.Index(
                condition=Q(reference__isnull=False), fields=["reference"], name="message_reference"
            ),
        ),
        migrations.AddIndex(
            "message",
            models.Index(
                condition=Q(receipt_due_at__isnull=False),
                fields=["receipt_due_at"],
                name="message_receipt_due",
            ),
        ),
    ]
