"""Cases, referrals, clocks and what follows from them, as tables. Before any code that needs them."""

import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
from django.db import migrations, models

import referrals.domain.case
import referrals.domain.clocks
import referrals.domain.referral
import referrals.domain.threshold
import referrals.models.keys


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("agencies", "0004_audit_is_its_agencys"),
    ]

    operations = [
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                ("part", models.CharField(max_length=30, primary_key=True, serialize=False)),
                ("beat_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Agreement",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=200)),
                (
                    "from_kind",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("police", "Police"),
                            ("mental_health_trust", "Mental health trust"),
                            ("acute_trust", "Acute trust (A&E)"),
                            ("ambulance_trust", "Ambulance trust"),
                            ("nhs_111", "NHS 111"),
                            ("independent_provider", "Independent provider"),
                            ("social_care", "Social care"),
                            ("voluntary", "Voluntary organisation"),
                        ],
                        max_length=30,
                    ),
                ),
                (
                    "to_kind",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("police", "Police"),
                            ("mental_health_trust", "Mental health trust"),
                            ("acute_trust", "Acute trust (A&E)"),
                            ("ambulance_trust", "Ambulance trust"),
                            ("nhs_111", "NHS 111"),
                            ("independent_provider", "Independent provider"),
                            ("social_care", "Social care"),
                            ("voluntary", "Voluntary organisation"),
                        ],
                        max_length=30,
                    ),
                ),
                (
                    "category",
                    models.CharField(
                        blank=True,
                        choices=[
                            (
                                referrals.domain.case.Category["CONCERN_FOR_WELFARE"],
                                referrals.domain.case.Category["CONCERN_FOR_WELFARE"],
                            ),
                            (
                                referrals.domain.case.Category["WALKOUT_HEALTHCARE"],
                                referrals.domain.case.Category["WALKOUT_HEALTHCARE"],
                            ),
                            (
                                referrals.domain.case.Category["AWOL_DETAINED"],
                                referrals.domain.case.Category["AWOL_DETAINED"],
                            ),
                            (
                                referrals.domain.case.Category["MISSING_INFORMAL"],
                                referrals.domain.case.Category["MISSING_INFORMAL"],
                            ),
                            (
                                referrals.domain.case.Category["COMMUNITY_CRISIS"],
                                referrals.domain.case.Category["COMMUNITY_CRISIS"],
                            ),
                            (
                                referrals.domain.case.Category["MEDICAL_NEED"],
                                referrals.domain.case.Category["MEDICAL_NEED"],
                            ),
                            (
                                referrals.domain.case.Category["CONVEYANCE"],
                                referrals.domain.case.Category["CONVEYANCE"],
                            ),
                            (
                                referrals.domain.case.Category["S136_HANDOVER"],
                                referrals.domain.case.Category["S136_HANDOVER"],
                            ),
                            (
                                referrals.domain.case.Category["S135_SUPPORT"],
                                referrals.domain.case.Category["S135_SUPPORT"],
                            ),
                            (
                                referrals.domain.case.Category["VOLUNTARY_HANDOVER"],
                                referrals.domain.case.Category["VOLUNTARY_HANDOVER"],
                            ),
                            (
                                referrals.domain.case.Category["VULNERABILITY_SAFEGUARDING"],
                                referrals.domain.case.Category["VULNERABILITY_SAFEGUARDING"],
                            ),
                            (
                                referrals.domain.case.Category["RETURN_FOLLOWUP"],
                                referrals.domain.case.Category["RETURN_FOLLOWUP"],
                            ),
                        ],
                        max_length=30,
                    ),
                ),
                (
                    "from_agency",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="agencies.agency",
                    ),
                ),
                (
                    "to_agency",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="agencies.agency",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AgreementVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("terms", models.JSONField()),
                ("live_from", models.DateTimeField(null=True)),
                (
                    "agreement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="versions",
                        to="referrals.agreement",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("agreement", "number"), name="agreement_versions_are_numbered"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("live_from__isnull", False)),
                        fields=("agreement", "live_from"),
                        name="one_agreement_version_at_a_moment",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Case",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=referrals.models.keys.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("reference", models.CharField(max_length=11, unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            (
                                referrals.domain.case.CaseState["OPEN"],
                                referrals.domain.case.CaseState["OPEN"],
                            ),
                            (
                                referrals.domain.case.CaseState["CLOSED"],
                                referrals.domain.case.CaseState["CLOSED"],
                            ),
                        ],
                        default=referrals.domain.case.CaseState["OPEN"],
                        max_length=10,
                    ),
                ),
                ("opened_at", models.DateTimeField()),
                ("opened_on", models.DateField()),
                ("accountable_since", models.DateTimeField()),
                ("first_sent_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("version", models.IntegerField(default=1)),
                ("event_seq", models.IntegerField(default=0, editable=False)),
                ("event_hash", models.BinaryField(default=b"")),
                (
                    "accountable_agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="agencies.agency"
                    ),
                ),
                (
                    "accountable_team",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="agencies.team",
                    ),
                ),
                (
                    "opened_by_agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="agencies.agency"
                    ),
                ),
                (
                    "opened_by_team",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="agencies.team",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["open", "closed"])), name="case_is_open_or_closed"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_at__isnull", False), ("state", "closed")),
                            models.Q(("closed_at__isnull", True), ("state", "open")),
                            _connector="OR",
                        ),
                        name="case_closed_has_a_closing_time",
                    ),
                ],
                "indexes": [
                    models.Index(fields=["accountable_agency", "state", "-opened_at"], name="case_by_owner")
                ],
            },
        ),
        migrations.CreateModel(
            name="Clock",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            (
                                referrals.domain.clocks.ClockKind["SEND"],
                                referrals.domain.clocks.ClockKind["SEND"],
                            ),
                            (
                                referrals.domain.clocks.ClockKind["ACKNOWLEDGE"],
                                referrals.domain.clocks.ClockKind["ACKNOWLEDGE"],
                            ),
                            (
                                referrals.domain.clocks.ClockKind["DECIDE"],
                                referrals.domain.clocks.ClockKind["DECIDE"],
                            ),
                            (
                                referrals.domain.clocks.ClockKind["ANSWER_INFO"],
                                referrals.domain.clocks.ClockKind["ANSWER_INFO"],
                            ),
                            (
                                referrals.domain.clocks.ClockKind["START"],
                                referrals.domain.clocks.ClockKind["START"],
                            ),
                            (
                                referrals.domain.clocks.ClockKind["REVIEW"],
                                referrals.domain.clocks.ClockKind["REVIEW"],
                            ),
                            (
                                referrals.domain.clocks.ClockKind["OUTCOME_SEEN"],
                                referrals.domain.clocks.ClockKind["OUTCOME_SEEN"],
                            ),
                            (
                                referrals.domain.clocks.ClockKind["RE_ACTION"],
                                referrals.domain.clocks.ClockKind["RE_ACTION"],
                            ),
                            (
                                referrals.domain.clocks.ClockKind["PHONE_CONFIRMATION"],
                                referrals.domain.clocks.ClockKind["PHONE_CONFIRMATION"],
                            ),
                            (
                                referrals.domain.clocks.ClockKind["CLAIMED_ACCEPTANCE"],
                                referrals.domain.clocks.ClockKind["CLAIMED_ACCEPTANCE"],
                            ),
                            (
                                referrals.domain.clocks.ClockKind["FIRST_CONTACT"],
                                referrals.domain.clocks.ClockKind["FIRST_CONTACT"],
                            ),
                            (
                                referrals.domain.clocks.ClockKind["FACE_TO_FACE"],
                                referrals.domain.clocks.ClockKind["FACE_TO_FACE"],
                            ),
                            (
                                referrals.domain.clocks.ClockKind["CASE_REVIEW"],
                                referrals.domain.clocks.ClockKind["CASE_REVIEW"],
                            ),
                            (
                                referrals.domain.clocks.ClockKind["UNDETERMINED"],
                                referrals.domain.clocks.ClockKind["UNDETERMINED"],
                            ),
                        ],
                        max_length=30,
                    ),
                ),
                ("priority", models.CharField(max_length=2)),
                ("started_at", models.DateTimeField()),
                ("target_at", models.DateTimeField()),
                ("next_look_at", models.DateTimeField(null=True)),
                ("step", models.SmallIntegerField(default=0)),
                ("repetition", models.IntegerField(default=0)),
                ("met_at", models.DateTimeField(null=True)),
                ("stopped_at", models.DateTimeField(null=True)),
                ("clause", models.CharField(max_length=100)),
                (
                    "agreement_version",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="referrals.agreementversion",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="clocks",
                        to="referrals.case",
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
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("next_look_at__isnull", False), ("stopped_at__isnull", True)),
                            models.Q(("next_look_at__isnull", True), ("stopped_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="clock_running_has_a_next_look",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("met_at__isnull", True),
                            models.Q(("stopped_at", models.F("met_at")), ("stopped_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="clock_met_is_stopped",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("target_at__gt", models.F("started_at"))),
                        name="clock_target_after_start",
                    ),
                ],
                "indexes": [
                    models.Index(
                        condition=models.Q(("next_look_at__isnull", False)),
                        fields=["next_look_at"],
                        name="clock_due",
                    ),
                    models.Index(fields=["case"], name="clock_of_case"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Content",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=referrals.models.keys.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("kind", models.CharField(max_length=30)),
                ("version", models.IntegerField(default=1)),
                ("body", models.JSONField()),
                (
                    "audience",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=20), size=None
                    ),
                ),
                ("provider", models.JSONField()),
                ("obtained_at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField()),
                ("retention_class", models.CharField(default="case", max_length=40)),
                ("salt", models.BinaryField()),
                ("digest", models.CharField(max_length=64)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contents",
                        to="referrals.case",
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
                    "provided_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="agencies.agency",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Feed",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "agency_id", "position", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("position", models.BigIntegerField()),
                ("event_id", models.BigIntegerField()),
                ("case_id", models.UUIDField()),
                (
                    "agency",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="agencies.agency",
                    ),
                ),
            ],
            options={
                "db_table": "referrals_feed",
            },
        ),
        migrations.CreateModel(
            name="IdempotencyKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("caller", models.CharField(max_length=80)),
                ("key", models.CharField(max_length=255)),
                ("request_digest", models.CharField(max_length=64)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("answer_status", models.SmallIntegerField(null=True)),
                ("answer_headers", models.JSONField(default=dict)),
                ("answer_body", models.BinaryField(default=b"")),
                (
                    "agency",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="agencies.agency",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("agency", "caller", "key"), name="one_answer_per_key")
                ],
                "indexes": [models.Index(fields=["created_at"], name="idempotency_by_age")],
            },
        ),
        migrations.CreateModel(
            name="Party",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField(null=True)),
                (
                    "agency",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="agencies.agency",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="parties",
                        to="referrals.case",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("until", None)),
                        fields=("case", "agency"),
                        name="party_once_at_a_time",
                    )
                ],
                "indexes": [
                    models.Index(fields=["case", "agency"], name="party_by_case"),
                    models.Index(
                        condition=models.Q(("until", None)), fields=["agency", "case"], name="party_by_agency"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Person",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=referrals.models.keys.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("family_name", models.CharField(blank=True, max_length=100)),
                ("given_name", models.CharField(blank=True, max_length=100)),
                ("date_of_birth", models.DateField(null=True)),
                ("age", models.PositiveSmallIntegerField(null=True)),
                ("sex", models.CharField(blank=True, max_length=20)),
                ("nhs_number", models.CharField(blank=True, db_index=True, max_length=10)),
                ("description", models.TextField(blank=True)),
                ("phone", models.CharField(blank=True, max_length=40)),
                ("language", models.CharField(blank=True, max_length=60)),
                (
                    "case",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="person",
                        to="referrals.case",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("family_name", ""), _negated=True),
                            models.Q(("given_name", ""), _negated=True),
                            models.Q(("description", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="person_has_a_name_or_a_description",
                    )
                ],
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        django.contrib.postgres.indexes.OpClass(
                            django.db.models.functions.text.Upper("family_name"), "gin_trgm_ops"
                        ),
                        name="person_family_name",
                    ),
                    django.contrib.postgres.indexes.GinIndex(
                        django.contrib.postgres.indexes.OpClass(
                            django.db.models.functions.text.Upper("given_name"), "gin_trgm_ops"
                        ),
                        name="person_given_name",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Referral",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=referrals.models.keys.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("reference", models.CharField(max_length=11, unique=True)),
                ("case_reference", models.CharField(max_length=11)),
                ("opened_on", models.DateField()),
                ("lead", models.BooleanField(default=True)),
                ("asking", models.UUIDField(default=referrals.models.keys.new_id)),
                (
                    "parent_link",
                    models.CharField(
                        blank=True, choices=[("resend", "resend"), ("redirect", "redirect")], max_length=10
                    ),
                ),
                (
                    "category",
                    models.CharField(
                        choices=[
                            (
                                referrals.domain.case.Category["CONCERN_FOR_WELFARE"],
                                referrals.domain.case.Category["CONCERN_FOR_WELFARE"],
                            ),
                            (
                                referrals.domain.case.Category["WALKOUT_HEALTHCARE"],
                                referrals.domain.case.Category["WALKOUT_HEALTHCARE"],
                            ),
                            (
                                referrals.domain.case.Category["AWOL_DETAINED"],
                                referrals.domain.case.Category["AWOL_DETAINED"],
                            ),
                            (
                                referrals.domain.case.Category["MISSING_INFORMAL"],
                                referrals.domain.case.Category["MISSING_INFORMAL"],
                            ),
                            (
                                referrals.domain.case.Category["COMMUNITY_CRISIS"],
                                referrals.domain.case.Category["COMMUNITY_CRISIS"],
                            ),
                            (
                                referrals.domain.case.Category["MEDICAL_NEED"],
                                referrals.domain.case.Category["MEDICAL_NEED"],
                            ),
                            (
                                referrals.domain.case.Category["CONVEYANCE"],
                                referrals.domain.case.Category["CONVEYANCE"],
                            ),
                            (
                                referrals.domain.case.Category["S136_HANDOVER"],
                                referrals.domain.case.Category["S136_HANDOVER"],
                            ),
                            (
                                referrals.domain.case.Category["S135_SUPPORT"],
                                referrals.domain.case.Category["S135_SUPPORT"],
                            ),
                            (
                                referrals.domain.case.Category["VOLUNTARY_HANDOVER"],
                                referrals.domain.case.Category["VOLUNTARY_HANDOVER"],
                            ),
                            (
                                referrals.domain.case.Category["VULNERABILITY_SAFEGUARDING"],
                                referrals.domain.case.Category["VULNERABILITY_SAFEGUARDING"],
                            ),
                            (
                                referrals.domain.case.Category["RETURN_FOLLOWUP"],
                                referrals.domain.case.Category["RETURN_FOLLOWUP"],
                            ),
                        ],
                        max_length=30,
                    ),
                ),
                (
                    "priority",
                    models.CharField(
                        choices=[
                            (referrals.domain.case.Priority["P1"], referrals.domain.case.Priority["P1"]),
                            (referrals.domain.case.Priority["P2"], referrals.domain.case.Priority["P2"]),
                            (referrals.domain.case.Priority["P3"], referrals.domain.case.Priority["P3"]),
                            (referrals.domain.case.Priority["P4"], referrals.domain.case.Priority["P4"]),
                        ],
                        max_length=2,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            (
                                referrals.domain.referral.State["DRAFT"],
                                referrals.domain.referral.State["DRAFT"],
                            ),
                            (
                                referrals.domain.referral.State["DISCARDED"],
                                referrals.domain.referral.State["DISCARDED"],
                            ),
                            (
                                referrals.domain.referral.State["SENT"],
                                referrals.domain.referral.State["SENT"],
                            ),
                            (
                                referrals.domain.referral.State["ACKNOWLEDGED"],
                                referrals.domain.referral.State["ACKNOWLEDGED"],
                            ),
                            (
                                referrals.domain.referral.State["INFO_REQUESTED"],
                                referrals.domain.referral.State["INFO_REQUESTED"],
                            ),
                            (
                                referrals.domain.referral.State["ACCEPTED"],
                                referrals.domain.referral.State["ACCEPTED"],
                            ),
                            (
                                referrals.domain.referral.State["IN_PROGRESS"],
                                referrals.domain.referral.State["IN_PROGRESS"],
                            ),
                            (
                                referrals.domain.referral.State["COMPLETED"],
                                referrals.domain.referral.State["COMPLETED"],
                            ),
                            (
                                referrals.domain.referral.State["CLOSED"],
                                referrals.domain.referral.State["CLOSED"],
                            ),
                            (
                                referrals.domain.referral.State["DECLINED"],
                                referrals.domain.referral.State["DECLINED"],
                            ),
                            (
                                referrals.domain.referral.State["FAILED"],
                                referrals.domain.referral.State["FAILED"],
                            ),
                            (
                                referrals.domain.referral.State["REDIRECTED"],
                                referrals.domain.referral.State["REDIRECTED"],
                            ),
                            (
                                referrals.domain.referral.State["CANCELLED"],
                                referrals.domain.referral.State["CANCELLED"],
                            ),
                            (
                                referrals.domain.referral.State["ENTERED_IN_ERROR"],
                                referrals.domain.referral.State["ENTERED_IN_ERROR"],
                            ),
                        ],
                        default=referrals.domain.referral.State["DRAFT"],
                        max_length=20,
                    ),
                ),
                ("version", models.IntegerField(default=1)),
                ("summary", models.TextField(blank=True)),
                ("location", models.JSONField(default=dict)),
                (
                    "scene_safety",
                    models.CharField(
                        choices=[
                            (
                                referrals.domain.case.SceneSafety["SAFE"],
                                referrals.domain.case.SceneSafety["SAFE"],
                            ),
                            (
                                referrals.domain.case.SceneSafety["UNSAFE"],
                                referrals.domain.case.SceneSafety["UNSAFE"],
                            ),
                            (
                                referrals.domain.case.SceneSafety["UNKNOWN"],
                                referrals.domain.case.SceneSafety["UNKNOWN"],
                            ),
                        ],
                        default=referrals.domain.case.SceneSafety["UNKNOWN"],
                        max_length=10,
                    ),
                ),
                (
                    "flags",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=30), default=list, size=None
                    ),
                ),
                ("source_incident_number", models.CharField(blank=True, max_length=60)),
                ("occurred_at", models.DateTimeField()),
                ("created_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(null=True)),
                ("breach_at", models.DateTimeField()),
                ("escalation_level", models.SmallIntegerField(default=0)),
                ("held_by_name", models.CharField(blank=True, max_length=200)),
                ("held_by_role", models.CharField(blank=True, max_length=100)),
                ("accepted_at", models.DateTimeField(null=True)),
                ("cancel_requested_at", models.DateTimeField(null=True)),
                ("redirect_pending", models.BooleanField(default=False)),
                ("risk_raised_at", models.DateTimeField(null=True)),
                ("phone_confirmation", models.JSONField(null=True)),
                (
                    "agreement_version",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="referrals.agreementversion",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="referrals",
                        to="referrals.case",
                    ),
                ),
                (
                    "from_agency",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="agencies.agency",
                    ),
                ),
                (
                    "from_team",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="agencies.team",
                    ),
                ),
                (
                    "held_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="agencies.membership",
                    ),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="children",
                        to="referrals.referral",
                    ),
                ),
                (
                    "to_agency",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="agencies.agency",
                    ),
                ),
                (
                    "to_team",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="agencies.team",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    referrals.domain.referral.State["ACCEPTED"],
                                    referrals.domain.referral.State["ACKNOWLEDGED"],
                                    referrals.domain.referral.State["CANCELLED"],
                                    referrals.domain.referral.State["CLOSED"],
                                    referrals.domain.referral.State["COMPLETED"],
                                    referrals.domain.referral.State["DECLINED"],
                                    referrals.domain.referral.State["DISCARDED"],
                                    referrals.domain.referral.State["DRAFT"],
                                    referrals.domain.referral.State["ENTERED_IN_ERROR"],
                                    referrals.domain.referral.State["FAILED"],
                                    referrals.domain.referral.State["IN_PROGRESS"],
                                    referrals.domain.referral.State["INFO_REQUESTED"],
                                    referrals.domain.referral.State["REDIRECTED"],
                                    referrals.domain.referral.State["SENT"],
                                ],
                            )
                        ),
                        name="referral_state_exists",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("lead", True),
                            (
                                "state__in",
                                [
                                    referrals.domain.referral.State["ACCEPTED"],
                                    referrals.domain.referral.State["IN_PROGRESS"],
                                ],
                            ),
                        ),
                        fields=("case",),
                        name="one_lead_holds_the_case",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("from_team", models.F("to_team")), _negated=True),
                        name="referral_goes_to_another_team",
                    ),
                ],
                "indexes": [
                    models.Index(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    referrals.domain.referral.State["ACCEPTED"],
                                    referrals.domain.referral.State["ACKNOWLEDGED"],
                                    referrals.domain.referral.State["COMPLETED"],
                                    referrals.domain.referral.State["DECLINED"],
                                    referrals.domain.referral.State["DRAFT"],
                                    referrals.domain.referral.State["FAILED"],
                                    referrals.domain.referral.State["IN_PROGRESS"],
                                    referrals.domain.referral.State["INFO_REQUESTED"],
                                    referrals.domain.referral.State["SENT"],
                                ],
                            )
                        ),
                        fields=["to_agency", "breach_at", "id"],
                        name="worklist_received",
                    ),
                    models.Index(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    referrals.domain.referral.State["ACCEPTED"],
                                    referrals.domain.referral.State["ACKNOWLEDGED"],
                                    referrals.domain.referral.State["COMPLETED"],
                                    referrals.domain.referral.State["DECLINED"],
                                    referrals.domain.referral.State["DRAFT"],
                                    referrals.domain.referral.State["FAILED"],
                                    referrals.domain.referral.State["IN_PROGRESS"],
                                    referrals.domain.referral.State["INFO_REQUESTED"],
                                    referrals.domain.referral.State["SENT"],
                                ],
                            )
                        ),
                        fields=["from_agency", "breach_at", "id"],
                        name="worklist_sent",
                    ),
                    models.Index(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    referrals.domain.referral.State["ACCEPTED"],
                                    referrals.domain.referral.State["ACKNOWLEDGED"],
                                    referrals.domain.referral.State["COMPLETED"],
                                    referrals.domain.referral.State["DECLINED"],
                                    referrals.domain.referral.State["DRAFT"],
                                    referrals.domain.referral.State["FAILED"],
                                    referrals.domain.referral.State["IN_PROGRESS"],
                                    referrals.domain.referral.State["INFO_REQUESTED"],
                                    referrals.domain.referral.State["SENT"],
                                ],
                            )
                        ),
                        fields=["to_team", "breach_at", "id"],
                        name="worklist_team",
                    ),
                    models.Index(fields=["to_agency", "breach_at", "id"], name="received_by_breach"),
                    models.Index(fields=["from_agency", "breach_at", "id"], name="sent_by_breach"),
                    models.Index(fields=["to_agency", "-sent_at", "id"], name="received_by_sent"),
                    models.Index(fields=["from_agency", "-sent_at", "id"], name="sent_by_sent"),
                    models.Index(
                        condition=models.Q(("source_incident_number", ""), _negated=True),
                        fields=["source_incident_number"],
                        name="referral_by_incident",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Move",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=referrals.models.keys.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("version", models.IntegerField()),
                ("action", models.CharField(max_length=30)),
                ("from_state", models.CharField(max_length=20)),
                ("to_state", models.CharField(max_length=20)),
                ("actor", models.JSONField()),
                ("reason_code", models.CharField(blank=True, max_length=40)),
                ("details", models.JSONField(default=dict)),
                ("occurred_at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField()),
                ("event_seq", models.IntegerField()),
                (
                    "agency",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="agencies.agency",
                    ),
                ),
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
                    "reason",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="referrals.content",
                    ),
                ),
                (
                    "referral",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="moves",
                        to="referrals.referral",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("referral", "version"), name="one_move_per_version")
                ],
            },
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("opened_on", models.DateField()),
                ("seq", models.IntegerField()),
                ("type", models.CharField(max_length=60)),
                ("occurred_at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField()),
                ("actor", models.JSONField()),
                ("data", models.JSONField()),
                ("hash", models.BinaryField()),
                (
                    "case",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="referrals.case",
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
                        related_name="+",
                        to="referrals.referral",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("case", "seq", "opened_on"), name="events_are_numbered_in_their_case"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Escalation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("step", models.SmallIntegerField()),
                ("repetition", models.IntegerField()),
                ("percent", models.SmallIntegerField()),
                ("due_at", models.DateTimeField()),
                ("fired_at", models.DateTimeField()),
                ("superseded", models.BooleanField(default=False)),
                ("told", models.JSONField(default=list)),
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
                        related_name="escalations",
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
                        related_name="escalations",
                        to="referrals.referral",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("clock", "step", "repetition"), name="a_rung_fires_once")
                ],
            },
        ),
        migrations.AddField(
            model_name="content",
            name="referral",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="contents",
                to="referrals.referral",
            ),
        ),
        migrations.CreateModel(
            name="ContactAttempt",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=referrals.models.keys.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[
                            ("phone", "Phone"),
                            ("video", "Video"),
                            ("in_person", "In Person"),
                            ("message", "Message"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "with_whom",
                    models.CharField(
                        choices=[
                            ("person", "Person"),
                            ("caller", "Caller"),
                            ("receiver", "Receiver"),
                            ("other", "Other"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("reached", "Reached"),
                            ("no_answer", "No Answer"),
                            ("left_message", "Left Message"),
                            ("refused", "Refused"),
                        ],
                        max_length=20,
                    ),
                ),
                ("actor", models.JSONField()),
                ("occurred_at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField()),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="referrals.case"
                    ),
                ),
                (
                    "note",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="referrals.content",
                    ),
                ),
                (
                    "referral",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="contacts",
                        to="referrals.referral",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="clock",
            name="referral",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="clocks",
                to="referrals.referral",
            ),
        ),
        migrations.CreateModel(
            name="ClaimedAcceptance",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=referrals.models.keys.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("accepted_by", models.JSONField()),
                ("claimed_by", models.JSONField()),
                ("occurred_at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "Open"), ("confirmed", "Confirmed"), ("denied", "Denied")],
                        default="open",
                        max_length=10,
                    ),
                ),
                ("answered_at", models.DateTimeField(null=True)),
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
                    "referral",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="claims",
                        to="referrals.referral",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "open")),
                        fields=("referral",),
                        name="one_open_claim_per_referral",
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="case",
            name="holding_lead",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="referrals.referral",
            ),
        ),
        migrations.CreateModel(
            name="Accountability",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("during", django.contrib.postgres.fields.ranges.DateTimeRangeField()),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            (referrals.domain.case.Cause["OPENED"], referrals.domain.case.Cause["OPENED"]),
                            (
                                referrals.domain.case.Cause["ACCEPTED"],
                                referrals.domain.case.Cause["ACCEPTED"],
                            ),
                            (referrals.domain.case.Cause["FAILED"], referrals.domain.case.Cause["FAILED"]),
                            (
                                referrals.domain.case.Cause["CANCELLED"],
                                referrals.domain.case.Cause["CANCELLED"],
                            ),
                            (
                                referrals.domain.case.Cause["ENTERED_IN_ERROR"],
                                referrals.domain.case.Cause["ENTERED_IN_ERROR"],
                            ),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "agency",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="agencies.agency",
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="agencies.team",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="accountabilities",
                        to="referrals.case",
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
            options={
                "constraints": [
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[("case", "="), ("during", "&&")],
                        name="accountability_one_agency_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("cause", "opened"), ("referral", None)),
                            models.Q(
                                models.Q(("cause", "opened"), _negated=True), ("referral__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="accountability_cause_names_its_referral",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ThresholdDecision",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=referrals.models.keys.new_id,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                (
                    "category",
                    models.CharField(
                        choices=[
                            (
                                referrals.domain.case.Category["CONCERN_FOR_WELFARE"],
                                referrals.domain.case.Category["CONCERN_FOR_WELFARE"],
                            ),
                            (
                                referrals.domain.case.Category["WALKOUT_HEALTHCARE"],
                                referrals.domain.case.Category["WALKOUT_HEALTHCARE"],
                            ),
                            (
                                referrals.domain.case.Category["AWOL_DETAINED"],
                                referrals.domain.case.Category["AWOL_DETAINED"],
                            ),
                            (
                                referrals.domain.case.Category["MISSING_INFORMAL"],
                                referrals.domain.case.Category["MISSING_INFORMAL"],
                            ),
                            (
                                referrals.domain.case.Category["COMMUNITY_CRISIS"],
                                referrals.domain.case.Category["COMMUNITY_CRISIS"],
                            ),
                            (
                                referrals.domain.case.Category["MEDICAL_NEED"],
                                referrals.domain.case.Category["MEDICAL_NEED"],
                            ),
                            (
                                referrals.domain.case.Category["CONVEYANCE"],
                                referrals.domain.case.Category["CONVEYANCE"],
                            ),
                            (
                                referrals.domain.case.Category["S136_HANDOVER"],
                                referrals.domain.case.Category["S136_HANDOVER"],
                            ),
                            (
                                referrals.domain.case.Category["S135_SUPPORT"],
                                referrals.domain.case.Category["S135_SUPPORT"],
                            ),
                            (
                                referrals.domain.case.Category["VOLUNTARY_HANDOVER"],
                                referrals.domain.case.Category["VOLUNTARY_HANDOVER"],
                            ),
                            (
                                referrals.domain.case.Category["VULNERABILITY_SAFEGUARDING"],
                                referrals.domain.case.Category["VULNERABILITY_SAFEGUARDING"],
                            ),
                            (
                                referrals.domain.case.Category["RETURN_FOLLOWUP"],
                                referrals.domain.case.Category["RETURN_FOLLOWUP"],
                            ),
                        ],
                        max_length=30,
                    ),
                ),
                ("policy_version", models.CharField(max_length=60)),
                ("answers", models.JSONField()),
                (
                    "computed",
                    models.CharField(
                        choices=[
                            (
                                referrals.domain.threshold.Outcome["POLICE_RESPONSE"],
                                referrals.domain.threshold.Outcome["POLICE_RESPONSE"],
                            ),
                            (
                                referrals.domain.threshold.Outcome["NO_POLICE_RESPONSE"],
                                referrals.domain.threshold.Outcome["NO_POLICE_RESPONSE"],
                            ),
                            (
                                referrals.domain.threshold.Outcome["UNDETERMINED"],
                                referrals.domain.threshold.Outcome["UNDETERMINED"],
                            ),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            (
                                referrals.domain.threshold.Outcome["POLICE_RESPONSE"],
                                referrals.domain.threshold.Outcome["POLICE_RESPONSE"],
                            ),
                            (
                                referrals.domain.threshold.Outcome["NO_POLICE_RESPONSE"],
                                referrals.domain.threshold.Outcome["NO_POLICE_RESPONSE"],
                            ),
                            (
                                referrals.domain.threshold.Outcome["UNDETERMINED"],
                                referrals.domain.threshold.Outcome["UNDETERMINED"],
                            ),
                        ],
                        max_length=20,
                    ),
                ),
                ("overridden", models.BooleanField(default=False)),
                ("clauses", models.JSONField(default=list)),
                ("decided_by", models.JSONField()),
                ("rationale", models.TextField()),
                ("already_tried", models.TextField(blank=True)),
                ("caller_told", models.TextField()),
                ("occurred_at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField()),
                (
                    "agency",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="agencies.agency"
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="threshold_decisions",
                        to="referrals.case",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="referral",
            name="threshold_decision",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="referrals.thresholddecision",
            ),
        ),
        migrations.AddIndex(
            model_name="clock",
            index=models.Index(fields=["referral"], name="clock_of_referral"),
        ),
        migrations.AddConstraint(
            model_name="clock",
            constraint=models.UniqueConstraint(
                condition=models.Q(("stopped_at", None)),
                fields=("referral", "kind"),
                name="one_running_clock_of_a_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="clock",
            constraint=models.UniqueConstraint(
                condition=models.Q(("referral", None), ("stopped_at", None)),
                fields=("case", "kind"),
                name="one_running_case_clock_of_a_kind",
            ),
        ),
    ]
