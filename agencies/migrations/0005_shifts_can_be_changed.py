"""Changes of shifts: who is on call instead of whom. They are withdrawn, never deleted.

Safe before the code that needs it: the table is new.
"""

import django.db.models.deletion
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateTimeRangeField
from django.db import migrations, models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, Now

TIERS = ["worker", "supervisor", "manager", "director"]
FORWARD = "revoke delete on agencies_shiftoverride from rcrp_web, rcrp_worker;"
BACKWARD = "grant delete on agencies_shiftoverride to rcrp_web, rcrp_worker;"


def to(model: str, related_name: str, **words: bool) -> models.ForeignKey:
    """A key that forbids removing what it points at."""
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT, related_name=related_name, to=model, **words
    )


class Migration(migrations.Migration):
    """One table."""

    dependencies = [("agencies", "0004_audit_is_its_agencys")]

    operations = [
        migrations.CreateModel(
            name="ShiftOverride",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("tier", models.CharField(choices=[(t, t.capitalize()) for t in TIERS], max_length=20)),
                ("during", DateTimeRangeField()),
                ("reason", models.CharField(max_length=200)),
                ("made_by", models.JSONField(null=True)),
                ("made_at", models.DateTimeField(db_default=Now())),
                ("withdrawn_at", models.DateTimeField(null=True)),
                ("instead_of", to("agencies.membership", "+", null=True)),
                ("membership", to("agencies.membership", "overrides", null=True)),
                ("team", to("agencies.team", "overrides", db_index=False)),
            ],
            options={
                "ordering": ["id"],
                "constraints": [
                    models.CheckConstraint(condition=Q(tier__in=TIERS), name="override_is_at_a_tier"),
                    models.CheckConstraint(
                        condition=Q(during__isempty=False, during__lower_inf=False, during__upper_inf=False),
                        name="override_begins_and_ends",
                    ),
                    models.CheckConstraint(
                        condition=(Q(instead_of__isnull=False) | Q(membership__isnull=False))
                        & (Q(instead_of=None) | Q(membership=None) | ~Q(instead_of=F("membership"))),
                        name="override_changes_somebody",
                    ),
                    ExclusionConstraint(
                        name="one_override_of_a_shift_at_a_time",
                        expressions=[
                            ("team", "="),
                            ("tier", "="),
                            ("during", "&&"),
                            (Coalesce(F("instead_of_id"), Value(0)), "="),
                        ],
                        condition=Q(withdrawn_at=None),
                    ),
                ],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
