"""Missing patients: reports, their moves, checklists and sightings, and the episodes before.

New tables, which nothing points at yet. Safe before the code that needs it.
"""

from django.db import migrations, models

from referrals.domain.case import Category
from referrals.domain.missing import Grade, State
from referrals.domain.missing_fields import Security
from referrals.domain.retaking import LegalStatus
from referrals.domain.threshold import Answer
from referrals.models.keys import new_id


class Migration(migrations.Migration):
    """Five tables, and the kinds of promise that watch them."""

    dependencies = [
        ("agencies", "0005_shifts_can_be_changed"),
        ("referrals", "0069_referrals_by_case_reference"),
    ]

    operations = [
        migrations.CreateModel(
            name="MissingReport",
            fields=[
                ("id", models.UUIDField(default=new_id, editable=False, primary_key=True, serialize=False)),
                ("reference", models.CharField(max_length=11, unique=True)),
                (
                    "state",
                    models.CharField(
                        choices=[(each, each) for each in State], default=State.DRAFT, max_length=10
                    ),
                ),
                ("version", models.IntegerField(default=1)),
                ("category", models.CharField(choices=[(each, each) for each in Category], max_length=30)),
                (
                    "grade",
                    models.CharField(blank=True, choices=[(each, each) for each in Grade], max_length=11),
                ),
                ("graded_at", models.DateTimeField(null=True)),
                ("urgency", models.SmallIntegerField()),
                ("police_lead", models.BooleanField(null=True)),
                ("reporter", models.JSONField(default=dict)),
                ("last_seen_at", models.DateTimeField(null=True)),
                ("absence_confirmed_at", models.DateTimeField(null=True)),
                ("missing_since", models.DateTimeField()),
                (
                    "legal_status",
                    models.CharField(
                        choices=[(each, each) for each in LegalStatus],
                        default=LegalStatus.UNKNOWN,
                        max_length=10,
                    ),
                ),
                ("section_started_at", models.DateTimeField(null=True)),
                ("section_expires_at", models.DateTimeField(null=True)),
                (
                    "immediate_risk",
                    models.CharField(
                        choices=[(each, each) for each in Answer], default=Answer.UNKNOWN, max_length=10
                    ),
                ),
                ("under_18", models.BooleanField(default=False)),
                (
                    "security",
                    models.CharField(
                        choices=[(each, each) for each in Security], default=Security.NONE, max_length=10
                    ),
                ),
                ("details", models.JSONField(default=dict)),
                ("created_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField(null=True)),
                ("located_at", models.DateTimeField(null=True)),
                ("returned_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("last_sighting_at", models.DateTimeField(null=True)),
                ("last_sighting_place", models.TextField(blank=True)),
                (
                    "asked_agency",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="+",
                        to="agencies.agency",
                    ),
                ),
                (
                    "asked_team",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="+",
                        to="agencies.team",
                    ),
                ),
                (
                    "case",
                    models.OneToOneField(
                        on_delete=models.PROTECT, related_name="missing_report", to="referrals.case"
                    ),
                ),
                (
                    "referral",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="missing_reports",
                        to="referrals.referral",
                    ),
                ),
                (
                    "typed_by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="+",
                        to="agencies.membership",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        db_index=False, on_delete=models.PROTECT, related_name="+", to="agencies.team"
                    ),
                ),
                (
                    "unit_agency",
                    models.ForeignKey(
                        db_index=False, on_delete=models.PROTECT, related_name="+", to="agencies.agency"
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
                                    State.CANCELLED,
                                    State.CLOSED,
                                    State.DISCARDED,
                                    State.DRAFT,
                                    State.LOCATED,
                                    State.REPORTED,
                                    State.RETURNED,
                                ],
                            )
                        ),
                        name="missing_state_exists",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("grade", ""), ("graded_at", None)),
                            models.Q(
                                ("grade__in", [Grade.HIGH, Grade.LOW, Grade.MEDIUM, Grade.NO_APPARENT]),
                                ("graded_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="missing_grade_has_its_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("urgency__range", (1, 4))), name="missing_urgency_from_1_to_4"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("referral", None), ("sent_at", None), ("state__in", ["draft", "discarded"])
                            ),
                            models.Q(
                                models.Q(("state__in", ["draft", "discarded"]), _negated=True),
                                ("asked_agency__isnull", False),
                                ("referral__isnull", False),
                                ("sent_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="missing_sent_has_asked_the_police",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", State.LOCATED), _negated=True),
                            ("located_at__isnull", False),
                            _connector="OR",
                        ),
                        name="missing_located_has_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", State.RETURNED), _negated=True),
                            ("returned_at__isnull", False),
                            _connector="OR",
                        ),
                        name="missing_returned_has_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("ended_at__isnull", False),
                                ("state__in", [State.CANCELLED, State.CLOSED, State.DISCARDED]),
                            ),
                            models.Q(
                                models.Q(
                                    ("state__in", [State.CANCELLED, State.CLOSED, State.DISCARDED]),
                                    _negated=True,
                                ),
                                ("ended_at", None),
                            ),
                            _connector="OR",
                        ),
                        name="missing_ended_has_a_time",
                    ),
                ],
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", [State.LOCATED, State.REPORTED])),
                        fields=["unit_agency", "urgency", "missing_since", "id"],
                        name="missing_board_of_unit",
                    ),
                    models.Index(
                        condition=models.Q(("state__in", [State.LOCATED, State.REPORTED])),
                        fields=["asked_agency", "urgency", "missing_since", "id"],
                        name="missing_board_of_asked",
                    ),
                    models.Index(
                        condition=models.Q(("state", "draft")),
                        fields=["unit_agency", "-id"],
                        name="missing_drafts",
                    ),
                    models.Index(fields=["unit_agency", "-id"], name="missing_of_unit_agency"),
                    models.Index(fields=["asked_agency", "-id"], name="missing_of_asked_agency"),
                    models.Index(fields=["unit", "-sent_at"], name="missing_of_unit"),
                    models.Index(fields=["referral"], name="missing_by_referral"),
                ],
            },
        ),
        migrations.CreateModel(
            name="MissingMove",
            fields=[
                ("id", models.UUIDField(default=new_id, editable=False, primary_key=True, serialize=False)),
                ("version", models.IntegerField()),
                ("action", models.CharField(max_length=20)),
                ("from_state", models.CharField(max_length=10)),
                ("to_state", models.CharField(max_length=10)),
                ("grade", models.CharField(blank=True, max_length=11)),
                ("actor", models.JSONField()),
                ("details", models.JSONField(default=dict)),
                ("occurred_at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField()),
                (
                    "agency",
                    models.ForeignKey(
                        db_index=False, on_delete=models.PROTECT, related_name="+", to="agencies.agency"
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        db_index=False, on_delete=models.PROTECT, related_name="+", to="referrals.case"
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=models.PROTECT,
                        related_name="moves",
                        to="referrals.missingreport",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("report", "version"), name="one_missing_move_per_version")
                ],
            },
        ),
        migrations.CreateModel(
            name="EpisodeLink",
            fields=[
                ("id", models.UUIDField(default=new_id, editable=False, primary_key=True, serialize=False)),
                (
                    "basis",
                    models.CharField(
                        choices=[
                            ("nhs_number", "Nhs Number"),
                            ("name_and_birth", "Name And Birth"),
                            ("said", "Said"),
                        ],
                        max_length=20,
                    ),
                ),
                ("actor", models.JSONField()),
                ("linked_at", models.DateTimeField()),
                ("unlinked_at", models.DateTimeField(null=True)),
                ("unlinked_by", models.JSONField(null=True)),
                (
                    "case",
                    models.ForeignKey(
                        db_index=False, on_delete=models.PROTECT, related_name="+", to="referrals.case"
                    ),
                ),
                (
                    "earlier",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=models.PROTECT,
                        related_name="+",
                        to="referrals.missingreport",
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=models.PROTECT,
                        related_name="links",
                        to="referrals.missingreport",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("unlinked_at", None)),
                        fields=("report", "earlier"),
                        name="episodes_linked_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("report", models.F("earlier")), _negated=True),
                        name="an_episode_is_not_its_own_past",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("unlinked_at", None), ("unlinked_by__isnull", True)),
                            models.Q(("unlinked_at__isnull", False), ("unlinked_by__isnull", False)),
                            _connector="OR",
                        ),
                        name="unlinked_by_somebody_at_a_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ChecklistItem",
            fields=[
                ("id", models.UUIDField(default=new_id, editable=False, primary_key=True, serialize=False)),
                ("code", models.CharField(max_length=30)),
                ("actor", models.JSONField()),
                ("note_id", models.UUIDField(null=True)),
                ("occurred_at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField()),
                (
                    "agency",
                    models.ForeignKey(
                        db_index=False, on_delete=models.PROTECT, related_name="+", to="agencies.agency"
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        db_index=False, on_delete=models.PROTECT, related_name="+", to="referrals.case"
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=models.PROTECT,
                        related_name="items",
                        to="referrals.missingreport",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("report", "code"), name="an_item_is_ticked_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Sighting",
            fields=[
                ("id", models.UUIDField(default=new_id, editable=False, primary_key=True, serialize=False)),
                ("seen_at", models.DateTimeField()),
                ("sure", models.CharField(choices=[(each, each) for each in Answer], max_length=10)),
                ("actor", models.JSONField()),
                ("text_id", models.UUIDField()),
                ("recorded_at", models.DateTimeField()),
                (
                    "agency",
                    models.ForeignKey(
                        db_index=False, on_delete=models.PROTECT, related_name="+", to="agencies.agency"
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        db_index=False, on_delete=models.PROTECT, related_name="+", to="referrals.case"
                    ),
                ),
                (
                    "report",
                    models.ForeignKey(
                        on_delete=models.PROTECT, related_name="sightings", to="referrals.missingreport"
                    ),
                ),
            ],
        ),
    ]
