"""Tables by which the engine is watched: the standing proof, the canary, figures for the metrics.

``engine_measures`` counts as the owner, so that the web may serve totals of rows that it may not see;
it gives numbers only. Safe before the code that needs it. The locks are brief; the indexes are built
while writers wait, some seconds a million rows.
"""

import django.db.models.deletion
from django.db import migrations, models

FORWARD = """
alter table referrals_canary enable row level security;
create policy canary_read on referrals_canary for select to rcrp_web using (true);
create policy canary_worker on referrals_canary to rcrp_worker using (true) with check (true);
alter table referrals_finding enable row level security;
create policy finding_read on referrals_finding for select to rcrp_web using (
  coalesce((select true from referrals_party p where p.case_id = referrals_finding.case_id
      and p.agency_id = any((select my_agencies())::integer[]) and p.until is null limit 1), false)
  and (referral_id is null or exists (select from referrals_referral r where r.id = referral_id)));
create policy finding_worker on referrals_finding to rcrp_worker using (true) with check (true);
revoke insert, update, delete on referrals_canary, referrals_finding, referrals_proof, referrals_proofcursor,
  referrals_measure from rcrp_web;

create index message_failed on notifications_message (channel) where failed_at is not null;

create function engine_measures() returns table (name text, label text, value double precision)
  language sql stable security definer set search_path = public, pg_temp as $$
  select 'looks_overdue', '', count(*) from referrals_clock where next_look_at <= now()
  union all
  select 'oldest_overdue_look_seconds', '', greatest(0, coalesce(extract(epoch from now()
      - (select min(next_look_at) from referrals_clock where next_look_at is not null)), 0))
  union all
  select 'outbox_waiting', channel, count(*) from notifications_message
   where next_attempt_at is not null group by channel
  union all
  select 'outbox_retrying', channel, count(*) from notifications_message
   where next_attempt_at is not null and attempts > 0 group by channel
  union all
  select 'outbox_oldest_seconds', channel, extract(epoch from now() - min(created_at))
    from notifications_message where next_attempt_at is not null group by channel
  union all
  select 'messages_failed', channel, count(*) from notifications_message
   where failed_at is not null group by channel
  union all
  select 'events_unnumbered', '', count(*) from referrals_feed_todo
$$;
"""
BACKWARD = """
drop function engine_measures();
drop index message_failed;
grant insert, update, delete on referrals_canary, referrals_finding, referrals_proof, referrals_proofcursor,
  referrals_measure to rcrp_web;
drop policy finding_worker on referrals_finding;
drop policy finding_read on referrals_finding;
drop policy canary_worker on referrals_canary;
drop policy canary_read on referrals_canary;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("referrals", "0030_a_failing_clock_is_parked"),
        ("notifications", "0002_message_keys"),
    ]

    operations = [
        migrations.AddField(
            model_name="heartbeat",
            name="trouble",
            field=models.CharField(blank=True, db_default="", default="", max_length=100),
        ),
        migrations.AlterField(
            model_name="heartbeat",
            name="part",
            field=models.CharField(max_length=100, primary_key=True, serialize=False),
        ),
        migrations.CreateModel(
            name="Measure",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "name", "label", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=60)),
                ("label", models.CharField(blank=True, max_length=60)),
                ("value", models.FloatField()),
            ],
        ),
        migrations.CreateModel(
            name="Canary",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("due_at", models.DateTimeField(unique=True)),
                ("ticked_at", models.DateTimeField(null=True)),
                ("sent_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("sent_at", None),
                            models.Q(("sent_at__gte", models.F("ticked_at")), ("ticked_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="canary_ticks_before_it_is_sent",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Proof",
            fields=[
                ("name", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("ran_at", models.DateTimeField()),
                ("took_ms", models.IntegerField()),
                ("found", models.IntegerField()),
                ("trouble", models.CharField(blank=True, max_length=100)),
            ],
        ),
        migrations.CreateModel(
            name="ProofCursor",
            fields=[
                ("name", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("position", models.CharField(max_length=200)),
            ],
        ),
        migrations.CreateModel(
            name="Finding",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("reference", models.CharField(max_length=100)),
                ("row", models.CharField(max_length=100)),
                ("what", models.CharField(max_length=200)),
                (
                    "case",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="referrals.case",
                    ),
                ),
                (
                    "proof",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="findings",
                        to="referrals.proof",
                    ),
                ),
                (
                    "referral",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="referrals.referral",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(condition=models.Q(("state", "open")), fields=["id"], name="case_open"),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
