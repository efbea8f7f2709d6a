"""The outbox and its attempts, as tables. Before any code that needs them."""

import django.db.models.deletion
from django.db import migrations, models

import notifications.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("agencies", "0004_audit_is_its_agencys"),
    ]

    operations = [
        migrations.CreateModel(
            name="Attempt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("message_id", models.UUIDField(db_index=True)),
                ("number", models.SmallIntegerField()),
                ("at", models.DateTimeField()),
                ("error", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("message_id", "number"), name="attempts_are_numbered")
                ],
            },
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=notifications.models.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("opened_on", models.DateField()),
                ("key", models.CharField(max_length=200)),
                ("case_id", models.UUIDField()),
                ("about", models.CharField(max_length=80)),
                ("escalation_id", models.BigIntegerField(null=True)),
                ("recipient", models.CharField(max_length=40)),
                ("role", models.CharField(max_length=20)),
                ("channel", models.CharField(choices=[("inbox", "Inbox")], default="inbox", max_length=20)),
                ("kind", models.CharField(max_length=60)),
                ("data", models.JSONField(default=dict)),
                ("created_at", models.DateTimeField()),
                ("next_attempt_at", models.DateTimeField(null=True)),
                ("attempts", models.SmallIntegerField(default=0)),
                ("sent_at", models.DateTimeField(null=True)),
                ("failed_at", models.DateTimeField(null=True)),
                ("seen_at", models.DateTimeField(null=True)),
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
                    "membership",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="agencies.membership",
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
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("next_attempt_at__isnull", False)),
                        fields=["next_attempt_at"],
                        name="message_due",
                    ),
                    models.Index(fields=["agency", "-created_at"], name="message_inbox"),
                    models.Index(fields=["membership", "-created_at"], name="message_inbox_of_member"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("key", "opened_on"), name="one_message_per_key"),
                    models.UniqueConstraint(
                        fields=("escalation_id", "recipient", "channel", "opened_on"),
                        name="one_message_per_escalation_recipient_channel",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("failed_at", None), ("next_attempt_at__isnull", False), ("sent_at", None)
                            ),
                            models.Q(
                                ("failed_at", None), ("next_attempt_at", None), ("sent_at__isnull", False)
                            ),
                            models.Q(
                                ("failed_at__isnull", False), ("next_attempt_at", None), ("sent_at", None)
                            ),
                            _connector="OR",
                        ),
                        name="message_waits_or_is_finished",
                    ),
                ],
            },
        ),
    ]
