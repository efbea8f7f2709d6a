"""Detentions, their milestones and the officers who wait.

Safe before the code that needs it; the tables are new.
"""

import django.db.models.deletion
from django.db import migrations, models

import referrals.domain.detention
import referrals.models.keys


class Migration(migrations.Migration):
    """The tables; what may be done to them is in the migration that follows."""

    dependencies = [
        ("agencies", "0005_shifts_can_be_changed"),
        ("referrals", "0071_missing_rules"),
    ]

    operations = [
        migrations.CreateModel(
            name="Detention",
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
                    "power",
                    models.CharField(
                        choices=[
                            (
                                referrals.domain.detention.Power["S136"],
                                referrals.domain.detention.Power["S136"],
                            ),
                            (
                                referrals.domain.detention.Power["S135"],
                                referrals.domain.detention.Power["S135"],
                            ),
                            (
                                referrals.domain.detention.Power["VOLUNTARY"],
                                referrals.domain.detention.Power["VOLUNTARY"],
                            ),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            (
                                referrals.domain.detention.State["DETAINED"],
                                referrals.domain.detention.State["DETAINED"],
                            ),
                            (
                                referrals.domain.detention.State["ARRIVED"],
                                referrals.domain.detention.State["ARRIVED"],
                            ),
                            (
                                referrals.domain.detention.State["ACCEPTED"],
                                referrals.domain.detention.State["ACCEPTED"],
                            ),
                            (
                                referrals.domain.detention.State["ASSESSING"],
                                referrals.domain.detention.State["ASSESSING"],
                            ),
                            (
                                referrals.domain.detention.State["DECIDED"],
                                referrals.domain.detention.State["DECIDED"],
                            ),
                            (
                                referrals.domain.detention.State["ENDED"],
                                referrals.domain.detention.State["ENDED"],
                            ),
                        ],
                        default=referrals.domain.detention.State["DETAINED"],
                        max_length=12,
                    ),
                ),
                ("version", models.IntegerField(default=1)),
                ("under_18", models.BooleanField(null=True)),
                ("location", models.JSONField(default=dict)),
                ("source_incident_number", models.CharField(blank=True, max_length=60)),
                ("detained_at", models.DateTimeField()),
                ("starts_at", models.DateTimeField(null=True)),
                ("extension_minutes", models.PositiveSmallIntegerField(default=0)),
                ("expires_at", models.DateTimeField(null=True)),
                ("accepted_at", models.DateTimeField(null=True)),
                ("released_at", models.DateTimeField(null=True)),
                ("assessed_at", models.DateTimeField(null=True)),
                ("decided_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("outcome", models.CharField(blank=True, max_length=30)),
                ("actor", models.JSONField()),
                ("recorded_at", models.DateTimeField()),
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="detentions",
                        to="referrals.case",
                    ),
                ),
                (
                    "place",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="agencies.team",
                    ),
                ),
                (
                    "team",
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
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("case",),
                        name="one_open_detention_of_a_case",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("extension_minutes__lte", 720)),
                        name="detention_extension_within_12_hours",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("expires_at", None), ("power", referrals.domain.detention.Power["VOLUNTARY"])
                            ),
                            models.Q(
                                models.Q(
                                    ("power", referrals.domain.detention.Power["VOLUNTARY"]), _negated=True
                                ),
                                ("expires_at", None),
                                ("starts_at", None),
                            ),
                            models.Q(
                                models.Q(
                                    ("power", referrals.domain.detention.Power["VOLUNTARY"]), _negated=True
                                ),
                                ("expires_at__isnull", False),
                                ("starts_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="detention_legal_clock_from_arrival",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("ended_at__isnull", False),
                                ("state", referrals.domain.detention.State["ENDED"]),
                            ),
                            models.Q(
                                models.Q(("state", referrals.domain.detention.State["ENDED"]), _negated=True),
                                ("ended_at", None),
                            ),
                            _connector="OR",
                        ),
                        name="detention_ended_is_its_state",
                    ),
                ],
                "indexes": [
                    models.Index(fields=["agency", "detained_at"], name="detention_by_force"),
                    models.Index(
                        condition=models.Q(("ended_at", None)),
                        fields=["place", "starts_at"],
                        name="detention_at_place",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DetentionMilestone",
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
                    "kind",
                    models.CharField(
                        choices=[
                            (
                                referrals.domain.detention.Milestone["DETAINED"],
                                referrals.domain.detention.Milestone["DETAINED"],
                            ),
                            (
                                referrals.domain.detention.Milestone["PROFESSIONAL_CONSULTED"],
                                referrals.domain.detention.Milestone["PROFESSIONAL_CONSULTED"],
                            ),
                            (
                                referrals.domain.detention.Milestone["AMBULANCE_REQUESTED"],
                                referrals.domain.detention.Milestone["AMBULANCE_REQUESTED"],
                            ),
                            (
                                referrals.domain.detention.Milestone["AMBULANCE_ARRIVED"],
                                referrals.domain.detention.Milestone["AMBULANCE_ARRIVED"],
                            ),
                            (
                                referrals.domain.detention.Milestone["AMBULANCE_NOT_USED"],
                                referrals.domain.detention.Milestone["AMBULANCE_NOT_USED"],
                            ),
                            (
                                referrals.domain.detention.Milestone["PLACE_CONTACTED"],
                                referrals.domain.detention.Milestone["PLACE_CONTACTED"],
                            ),
                            (
                                referrals.domain.detention.Milestone["CAPACITY_ANSWERED"],
                                referrals.domain.detention.Milestone["CAPACITY_ANSWERED"],
                            ),
                            (
                                referrals.domain.detention.Milestone["ARRIVED"],
                                referrals.domain.detention.Milestone["ARRIVED"],
                            ),
                            (
                                referrals.domain.detention.Milestone["HANDOVER_REQUESTED"],
                                referrals.domain.detention.Milestone["HANDOVER_REQUESTED"],
                            ),
                            (
                                referrals.domain.detention.Milestone["HEALTH_ACCEPTED"],
                                referrals.domain.detention.Milestone["HEALTH_ACCEPTED"],
                            ),
                            (
                                referrals.domain.detention.Milestone["LAST_OFFICER_RELEASED"],
                                referrals.domain.detention.Milestone["LAST_OFFICER_RELEASED"],
                            ),
                            (
                                referrals.domain.detention.Milestone["AMHP_NOTIFIED"],
                                referrals.domain.detention.Milestone["AMHP_NOTIFIED"],
                            ),
                            (
                                referrals.domain.detention.Milestone["DOCTOR_NOTIFIED"],
                                referrals.domain.detention.Milestone["DOCTOR_NOTIFIED"],
                            ),
                            (
                                referrals.domain.detention.Milestone["ASSESSMENT_STARTED"],
                                referrals.domain.detention.Milestone["ASSESSMENT_STARTED"],
                            ),
                            (
                                referrals.domain.detention.Milestone["DECIDED"],
                                referrals.domain.detention.Milestone["DECIDED"],
                            ),
                            (
                                referrals.domain.detention.Milestone["EXTENDED"],
                                referrals.domain.detention.Milestone["EXTENDED"],
                            ),
                            (
                                referrals.domain.detention.Milestone["BED_REQUESTED"],
                                referrals.domain.detention.Milestone["BED_REQUESTED"],
                            ),
                            (
                                referrals.domain.detention.Milestone["BED_FOUND"],
                                referrals.domain.detention.Milestone["BED_FOUND"],
                            ),
                            (
                                referrals.domain.detention.Milestone["LEFT"],
                                referrals.domain.detention.Milestone["LEFT"],
                            ),
                        ],
                        max_length=30,
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "place_kind",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("health_based", "health_based"),
                            ("emergency_department", "emergency_department"),
                            ("care_home", "care_home"),
                            ("private_home", "private_home"),
                            ("police_station", "police_station"),
                            ("other", "other"),
                        ],
                        max_length=30,
                    ),
                ),
                (
                    "basis",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("through_the_door", "through_the_door"),
                            ("vehicle_outside", "vehicle_outside"),
                            ("decided_to_keep", "decided_to_keep"),
                            ("entered_premises", "entered_premises"),
                        ],
                        max_length=30,
                    ),
                ),
                ("disputed_at", models.DateTimeField(null=True)),
                (
                    "disputed_basis",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("through_the_door", "through_the_door"),
                            ("vehicle_outside", "vehicle_outside"),
                            ("decided_to_keep", "decided_to_keep"),
                            ("entered_premises", "entered_premises"),
                        ],
                        max_length=30,
                    ),
                ),
                ("outcome", models.CharField(blank=True, max_length=30)),
                ("reason_code", models.CharField(blank=True, max_length=30)),
                ("extension_minutes", models.PositiveSmallIntegerField(null=True)),
                ("doctor", models.JSONField(null=True)),
                ("authorised_by", models.JSONField(null=True)),
                ("withdrawn", models.BooleanField(default=False)),
                ("note_id", models.UUIDField(null=True)),
                ("actor", models.JSONField()),
                ("recorded_at", models.DateTimeField()),
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
                    "detention",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="milestones",
                        to="referrals.detention",
                    ),
                ),
                (
                    "place",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="agencies.team",
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
                (
                    "supersedes",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrected_by",
                        to="referrals.detentionmilestone",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("at__lte", models.F("recorded_at"))),
                        name="milestone_has_happened",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("withdrawn", False), ("supersedes__isnull", False), _connector="OR"
                        ),
                        name="milestone_taken_back_is_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("withdrawn", True),
                            models.Q(
                                ("kind", referrals.domain.detention.Milestone["EXTENDED"]), _negated=True
                            ),
                            models.Q(
                                ("doctor__isnull", False),
                                ("extension_minutes__range", (1, 720)),
                                ("reason_code", "condition"),
                            ),
                            _connector="OR",
                        ),
                        name="milestone_extension_names_its_doctor",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("extension_minutes", None),
                            ("kind", referrals.domain.detention.Milestone["EXTENDED"]),
                            _connector="OR",
                        ),
                        name="milestone_length_is_an_extensions",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("withdrawn", True),
                            models.Q(
                                ("kind", referrals.domain.detention.Milestone["DECIDED"]), _negated=True
                            ),
                            (
                                "outcome__in",
                                [
                                    referrals.domain.detention.Outcome["DISCHARGED_NO_FOLLOW_UP"],
                                    referrals.domain.detention.Outcome["DISCHARGED_GP_CMHT"],
                                    referrals.domain.detention.Outcome["DISCHARGED_CRISIS_TEAM"],
                                    referrals.domain.detention.Outcome["INFORMAL"],
                                    referrals.domain.detention.Outcome["S2"],
                                    referrals.domain.detention.Outcome["S3"],
                                    referrals.domain.detention.Outcome["S4"],
                                    referrals.domain.detention.Outcome["RECALLED_OR_RETURNED"],
                                    referrals.domain.detention.Outcome["MEDICAL_ADMISSION"],
                                    referrals.domain.detention.Outcome["ARRESTED"],
                                    referrals.domain.detention.Outcome["TRANSFERRED"],
                                    referrals.domain.detention.Outcome["ABSCONDED"],
                                    referrals.domain.detention.Outcome["LAPSED_UNASSESSED"],
                                    referrals.domain.detention.Outcome["OTHER"],
                                ],
                            ),
                            _connector="OR",
                        ),
                        name="milestone_decision_has_an_outcome",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("withdrawn", True),
                            models.Q(
                                ("kind", referrals.domain.detention.Milestone["ARRIVED"]),
                                (
                                    "basis__in",
                                    [
                                        "through_the_door",
                                        "vehicle_outside",
                                        "decided_to_keep",
                                        "entered_premises",
                                    ],
                                ),
                                models.Q(("place_kind", ""), _negated=True),
                            ),
                            models.Q(
                                ("kind", referrals.domain.detention.Milestone["ARRIVED"]), _negated=True
                            ),
                            _connector="OR",
                        ),
                        name="milestone_arrival_has_its_basis",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("disputed_at", None), ("disputed_basis", "")),
                            models.Q(
                                ("disputed_at__isnull", False),
                                (
                                    "disputed_basis__in",
                                    [
                                        "through_the_door",
                                        "vehicle_outside",
                                        "decided_to_keep",
                                        "entered_premises",
                                    ],
                                ),
                                ("kind", referrals.domain.detention.Milestone["ARRIVED"]),
                            ),
                            _connector="OR",
                        ),
                        name="milestone_dispute_has_its_basis",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("kind", referrals.domain.detention.Milestone["CAPACITY_ANSWERED"]),
                                ("reason_code", "refused"),
                                _negated=True,
                            ),
                            ("authorised_by__isnull", False),
                            _connector="OR",
                        ),
                        name="milestone_refusal_was_authorised",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OfficerWait",
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
                ("identifier", models.CharField(blank=True, max_length=40)),
                ("number", models.PositiveSmallIntegerField(null=True)),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField(null=True)),
                ("relieves", models.CharField(blank=True, max_length=40)),
                ("actor", models.JSONField()),
                ("recorded_at", models.DateTimeField()),
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
                    "detention",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="officers",
                        to="referrals.detention",
                    ),
                ),
                (
                    "supersedes",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="corrected_by",
                        to="referrals.officerwait",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("identifier", ""), ("number__isnull", False)),
                            models.Q(models.Q(("identifier", ""), _negated=True), ("number", None)),
                            _connector="OR",
                        ),
                        name="officer_is_named_or_counted",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("until", None), ("until__gte", models.F("since")), _connector="OR"
                        ),
                        name="officer_leaves_after_coming",
                    ),
                ],
            },
        ),
    ]
