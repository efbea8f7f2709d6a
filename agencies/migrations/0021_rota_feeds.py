"""Calendars of an agency's rota by a token that can be revoked.

Safe before the code that needs it: the table is new.
"""

from django.db import migrations, models
from django.db.models import PROTECT
from django.db.models.functions import Now

FORWARD = """
create trigger a_revoked_feed_stays before update on agencies_rotafeed for each row
  when (old.revoked_at is not null) execute function refuse_change();
revoke delete, update on agencies_rotafeed from rcrp_web, rcrp_worker;
grant update (revoked_at) on agencies_rotafeed to rcrp_web;
"""
BACKWARD = """
revoke update (revoked_at) on agencies_rotafeed from rcrp_web;
grant delete, update on agencies_rotafeed to rcrp_web, rcrp_worker;
drop trigger a_revoked_feed_stays on agencies_rotafeed;
"""


class Migration(migrations.Migration):
    """One table."""

    dependencies = [("agencies", "0020_ages_of_teams")]

    operations = [
        migrations.CreateModel(
            name="RotaFeed",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("made_by", models.JSONField(null=True)),
                ("made_at", models.DateTimeField(db_default=Now())),
                ("revoked_at", models.DateTimeField(null=True)),
                ("agency", models.ForeignKey("agencies.agency", PROTECT, related_name="rota_feeds")),
            ],
            options={"ordering": ["id"]},
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
