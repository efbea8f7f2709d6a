"""A late clock may be taken by a named person, and what its ladder demands is a row that one must tick.

Safe before the code that needs it: columns are null, and the old code reads none of this. The locks are
brief: the check on clocks is made without reading the rows there are, which have never been taken.
"""

import django.db.models.deletion
from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

from referrals.domain.clocks import ClockKind

MINE = "any((select my_agencies())::integer[])"
FORWARD = """
alter table referrals_demand enable row level security;
create policy demand_web on referrals_demand to rcrp_web using (
  (only_agency_id is null or only_agency_id = :mine)
  and (coalesce((select true from referrals_party p where p.case_id = referrals_demand.case_id
      and p.agency_id = :mine and p.until is null limit 1), false)
    or kept_after_leaving(case_id, referral_id, made_at)))
  with check (can_see(case_id));
create policy demand_worker on referrals_demand to rcrp_worker using (true) with check (true);
revoke update, delete on referrals_demand from rcrp_web, rcrp_worker;
grant update (ticked_at, ticked_by) on referrals_demand to rcrp_web;
create trigger a_tick_stays before update on referrals_demand for each row
  when (old.ticked_at is not null) execute function refuse_change();
""".replace(":mine", MINE)
BACKWARD = """
drop trigger a_tick_stays on referrals_demand;
grant update, delete on referrals_demand to rcrp_web, rcrp_worker;
drop policy demand_worker on referrals_demand;
drop policy demand_web on referrals_demand;
"""
TAKEN = models.Q(taken_by__isnull=False, taken_at__isnull=False, quiet_until__isnull=False)
TAKEN_OR_NOT = models.CheckConstraint(
    name="clock_taken_has_a_name_and_an_end",
    condition=models.Q(taken_by__isnull=True, taken_at=None, quiet_until=None) | TAKEN,
)


class Migration(migrations.Migration):
    """Taking, and demands."""

    dependencies = [
        ("agencies", "0004_audit_is_its_agencys"),
        ("referrals", "0020_watching"),
    ]

    operations = [
        migrations.AddField("clock", "taken_by", models.JSONField(null=True)),
        migrations.AddField("clock", "taken_at", models.DateTimeField(null=True)),
        migrations.AddField("clock", "quiet_until", models.DateTimeField(null=True)),
        migrations.AlterField(
            "clock", "kind", models.CharField(choices=[(kind, kind) for kind in ClockKind], max_length=30)
        ),
        AddConstraintNotValid("clock", TAKEN_OR_NOT),
        migrations.CreateModel(
            name="Demand",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=60)),
                ("made_at", models.DateTimeField()),
                ("ticked_at", models.DateTimeField(null=True)),
                ("ticked_by", models.JSONField(null=True)),
                (
                    "case",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="referrals.case",
                    ),
                ),
                (
                    "clock",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="demands",
                        to="referrals.clock",
                    ),
                ),
                (
                    "only_agency",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="agencies.agency",
                    ),
                ),
                (
                    "referral",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="demands",
                        to="referrals.referral",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["case"], name="demand_of_case")],
                "constraints": [
                    models.UniqueConstraint(fields=["clock", "code"], name="a_clock_demands_a_thing_once"),
                    models.CheckConstraint(
                        name="demand_is_ticked_by_somebody",
                        condition=models.Q(ticked_at=None, ticked_by__isnull=True)
                        | models.Q(ticked_at__isnull=False, ticked_by__isnull=False),
                    ),
                ],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
