"""A client's secret may overlap with the one before it, and a client may sign with a key of its own instead.

An assertion is used once: its number is kept until it has run out. Safe before the code that needs it: the
columns have defaults, the table is new. The lock is brief.
"""

from django.conf import settings
from django.db import migrations, models
from django.db.models import PROTECT, Q

FORWARD = """
revoke all on agencies_usedassertion from rcrp_worker;
revoke update on agencies_usedassertion from rcrp_web;
"""


class Migration(migrations.Migration):
    """Three columns, and a table."""

    dependencies = [("agencies", "0020_allowances")]

    operations = [
        migrations.AddField(
            "apiclient", "old_secret", models.CharField(blank=True, default="", max_length=255)
        ),
        migrations.AddField("apiclient", "old_secret_until", models.DateTimeField(blank=True, null=True)),
        migrations.AddField("apiclient", "keys", models.JSONField(blank=True, default=list)),
        migrations.AddConstraint(
            "apiclient",
            models.CheckConstraint(
                name="client_old_secret_ends",
                condition=Q(old_secret="", old_secret_until=None)
                | (~Q(old_secret="") & Q(old_secret_until__isnull=False)),
            ),
        ),
        migrations.CreateModel(
            name="UsedAssertion",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "client",
                    models.ForeignKey(
                        settings.OAUTH2_PROVIDER_APPLICATION_MODEL,
                        PROTECT,
                        related_name="+",
                        db_index=False,
                    ),
                ),
                ("number", models.CharField(max_length=255)),
                ("until", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["client", "number"], name="an_assertion_is_used_once")
                ]
            },
        ),
        migrations.RunSQL(FORWARD, migrations.RunSQL.noop),
    ]
