"""Counts of requests by caller and minute, for all processes together.

Unlogged, so that counting costs no write to the log; after a crash it is empty, and nobody has called yet.
Safe before the code that needs it: the table is new.
"""

from django.db import migrations, models

FORWARD = """
alter table agencies_allowance set unlogged;
revoke all on agencies_allowance from rcrp_worker;
revoke delete on agencies_allowance from rcrp_web;
"""
BACKWARD = "alter table agencies_allowance set logged;"


class Migration(migrations.Migration):
    """One table."""

    dependencies = [("agencies", "0005_shifts_can_be_changed")]

    operations = [
        migrations.CreateModel(
            name="Allowance",
            fields=[
                ("key", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("minute", models.BigIntegerField()),
                ("used", models.IntegerField()),
            ],
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
