"""Threshold policies by force, category and version with go-live dates; what becomes of a decision; a
promise that is a team's own.

Safe before the code that needs it, but for the check on a decision's texts: code that still keeps them in
the row is refused in a case, so that the two go together. Rows there are keep what they have. The locks
are brief; the index that makes a case's clocks unique is built anew while writers wait, some seconds a
million rows.
"""

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import PROTECT, Q

from referrals.domain.case import Category
from referrals.domain.clocks import ClockKind
from referrals.domain.threshold import Outcome, Step
from referrals.models.keys import new_id

REVIEWS = Q(kind__in=[Step.RATIFIED, Step.OVERTURNED])


def key(to: str, **options: object) -> models.ForeignKey:
    """A foreign key that nothing is removed by."""
    return models.ForeignKey(to, PROTECT, **{"related_name": "+", "db_index": False, **options})


def number() -> models.BigAutoField:
    """A row's own number."""
    return models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


class Migration(migrations.Migration):
    """Policies, steps, and whose a clock is."""

    dependencies = [
        ("agencies", "0005_shifts_can_be_changed"),
        ("referrals", "0061_clocks_of_referrals_only"),
    ]

    operations = [
        migrations.CreateModel(
            name="ThresholdPolicy",
            fields=[
                ("id", number()),
                ("agency", key("agencies.agency", null=True, db_index=True)),
                ("category", models.CharField(choices=[(c, c) for c in Category], max_length=30)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["agency", "category"], name="threshold_policy_once", nulls_distinct=False
                    )
                ]
            },
        ),
        migrations.CreateModel(
            name="ThresholdPolicyVersion",
            fields=[
                ("id", number()),
                ("policy", key("referrals.thresholdpolicy", related_name="versions")),
                ("number", models.PositiveIntegerField()),
                ("code", models.CharField(max_length=60)),
                ("adopted", models.BooleanField(default=True)),
                ("questions", models.JSONField()),
                ("made_by", models.JSONField()),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["policy", "number"], name="threshold_versions_are_numbered"
                    ),
                    models.CheckConstraint(name="threshold_version_has_a_code", condition=~Q(code="")),
                ]
            },
        ),
        migrations.CreateModel(
            name="ThresholdGoLive",
            fields=[
                ("id", number()),
                (
                    "version",
                    key("referrals.thresholdpolicyversion", related_name="go_lives", db_index=True),
                ),
                ("live_from", models.DateTimeField()),
                ("reason", models.CharField(max_length=500)),
                ("set_by", models.JSONField()),
                ("set_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="ThresholdStep",
            fields=[
                ("id", models.UUIDField(default=new_id, editable=False, primary_key=True, serialize=False)),
                ("decision", key("referrals.thresholddecision", related_name="steps", db_index=True)),
                ("case", key("referrals.case")),
                ("agency", key("agencies.agency")),
                ("kind", models.CharField(choices=[(s, s) for s in Step], max_length=20)),
                ("outcome", models.CharField(blank=True, max_length=20)),
                ("cause", models.CharField(blank=True, max_length=30)),
                ("actor", models.JSONField()),
                ("text_id", models.UUIDField(null=True)),
                ("occurred_at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["case"], name="threshold_step_of_case")],
                "constraints": [
                    models.CheckConstraint(
                        name="threshold_review_leaves_an_outcome",
                        condition=(REVIEWS & Q(outcome__in=list(Outcome))) | (~REVIEWS & Q(outcome="")),
                    )
                ],
            },
        ),
        migrations.AddField("clock", "team", key("agencies.team", null=True)),
        migrations.AddField("clock", "other_team", key("agencies.team", null=True)),
        migrations.AlterField(
            "clock", "kind", models.CharField(choices=[(kind, kind) for kind in ClockKind], max_length=30)
        ),
        migrations.AddIndex(
            "clock",
            models.Index(
                fields=["team", "target_at"],
                condition=Q(team__isnull=False, stopped_at=None),
                name="clock_of_team",
            ),
        ),
        migrations.RemoveConstraint("clock", "one_running_case_clock_of_a_kind"),
        migrations.AddConstraint(
            "clock",
            models.UniqueConstraint(
                fields=["case", "kind", "team"],
                condition=Q(stopped_at=None, referral=None),
                nulls_distinct=False,
                name="one_running_case_clock_of_a_kind",
            ),
        ),
        migrations.AddField("thresholddecision", "team", key("agencies.team", null=True)),
        migrations.AddField(
            "thresholddecision", "policy", key("referrals.thresholdpolicyversion", null=True)
        ),
        migrations.AddField("thresholddecision", "contents", models.JSONField(db_default={}, default=dict)),
        migrations.AddField("thresholddecision", "told_agency", key("agencies.agency", null=True)),
        migrations.AddField("thresholddecision", "told_at", models.DateTimeField(null=True)),
        migrations.AlterField("thresholddecision", "rationale", models.TextField(blank=True)),
        migrations.AlterField("thresholddecision", "caller_told", models.TextField(blank=True)),
        migrations.AddIndex(
            "thresholddecision", models.Index(fields=["agency", "-id"], name="threshold_by_agency")
        ),
        AddConstraintNotValid(
            "thresholddecision",
            models.CheckConstraint(
                name="threshold_texts_are_the_cases",
                condition=Q(case=None) | Q(rationale="", already_tried="", caller_told=""),
            ),
        ),
        AddConstraintNotValid(
            "thresholddecision",
            models.CheckConstraint(
                name="threshold_undetermined_has_a_case",
                condition=~Q(outcome=Outcome.UNDETERMINED) | Q(case__isnull=False),
            ),
        ),
        AddConstraintNotValid(
            "thresholddecision",
            models.CheckConstraint(
                name="threshold_agency_and_time_told_together",
                condition=Q(told_agency=None, told_at=None)
                | Q(told_agency__isnull=False, told_at__isnull=False),
            ),
        ),
    ]
