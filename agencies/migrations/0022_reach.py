"""People's phones, and the channels by which they want to be told.

An agency's transactions reach those of its own members, past ones too. Safe before the code that needs it:
the table is new. The worker only reads it.
"""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q
from django.db.models.functions import Now

from agencies.models.reach import BEYOND_THE_INBOX, MOBILE

COLLEAGUES = """exists (select from agencies_membership m
  where m.user_id = agencies_reach.user_id and m.agency_id = any((select my_agencies())::integer[]))"""
FORWARD = """
alter table agencies_reach enable row level security;
create policy reach_web on agencies_reach to rcrp_web using (:colleagues) with check (:colleagues);
create policy reach_worker on agencies_reach for select to rcrp_worker using (true);
revoke delete on agencies_reach from rcrp_web, rcrp_worker;
revoke insert, update on agencies_reach from rcrp_worker;
""".replace(":colleagues", COLLEAGUES)
BACKWARD = """
grant delete on agencies_reach to rcrp_web, rcrp_worker;
grant insert, update on agencies_reach to rcrp_worker;
"""


class Migration(migrations.Migration):
    """One table."""

    dependencies = [("agencies", "0021_rota_feeds")]

    operations = [
        migrations.CreateModel(
            name="Reach",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        settings.AUTH_USER_MODEL,
                        django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="reach",
                        serialize=False,
                    ),
                ),
                ("phone", models.CharField(blank=True, max_length=16)),
                ("verified_at", models.DateTimeField(null=True)),
                (
                    "channels",
                    django.contrib.postgres.fields.ArrayField(models.CharField(max_length=20), null=True),
                ),
                ("asked_phone", models.CharField(blank=True, max_length=16)),
                ("asked_code", models.CharField(blank=True, max_length=6)),
                ("asked_until", models.DateTimeField(null=True)),
                ("asked_tries", models.SmallIntegerField(default=0)),
                ("changed_at", models.DateTimeField(db_default=Now())),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        name="a_phone_is_a_mobile_that_answered",
                        condition=Q(phone="", verified_at=None)
                        | Q(phone__regex=MOBILE, verified_at__isnull=False),
                    ),
                    models.CheckConstraint(
                        name="texts_are_chosen_with_a_phone_that_answered",
                        condition=~Q(channels__contains=["sms"])
                        | Q(channels=None)
                        | Q(verified_at__isnull=False),
                    ),
                    models.CheckConstraint(
                        name="channels_are_known",
                        condition=Q(channels=None) | Q(channels__contained_by=list(BEYOND_THE_INBOX)),
                    ),
                    models.CheckConstraint(
                        name="a_code_is_awaited_from_a_mobile",
                        condition=Q(asked_phone="", asked_code="", asked_until=None)
                        | Q(
                            asked_phone__regex=MOBILE, asked_code__regex=r"^\d{6}$", asked_until__isnull=False
                        ),
                    ),
                ]
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
