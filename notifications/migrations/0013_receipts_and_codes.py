"""What comes back from a provider: receipts, and codes that somebody typed.

The web takes both in and judges neither: it may insert, and read its agency's codes alone. A person may owe
the code that proves a phone to be theirs: a message of no case. Safe before the code that needs it: the
tables are new.
"""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q
from django.db.models.functions import Now

from notifications.models import new_id
from notifications.models.code import TypedCode
from notifications.models.receipt import Receipt

MINE = "agency_id = any((select my_agencies())::integer[])"
FORWARD = """
alter table notifications_receipt enable row level security;
create policy receipt_web on notifications_receipt for insert to rcrp_web
  with check (applied_at is null);
create policy receipt_worker on notifications_receipt to rcrp_worker using (true) with check (true);
revoke update, delete on notifications_receipt from rcrp_web;
revoke insert on notifications_receipt from rcrp_worker;

alter table notifications_textcode enable row level security;
create policy code_web on notifications_textcode to rcrp_web using (:mine);
create policy code_worker on notifications_textcode to rcrp_worker using (true) with check (true);
revoke insert, update, delete on notifications_textcode from rcrp_web, rcrp_worker;
grant insert on notifications_textcode to rcrp_worker;
grant update (used_at) on notifications_textcode to rcrp_web, rcrp_worker;
create trigger a_used_code_stays_so before update on notifications_textcode for each row
  when (old.used_at is not null) execute function refuse_change();

alter table notifications_typedcode enable row level security;
create policy typed_by_text on notifications_typedcode for insert to rcrp_web
  with check (membership_id is null and judged_at is null);
create policy typed_web on notifications_typedcode to rcrp_web using (:mine) with check (:mine);
create policy typed_worker on notifications_typedcode to rcrp_worker using (true) with check (true);
revoke update, delete on notifications_typedcode from rcrp_web;
revoke insert on notifications_typedcode from rcrp_worker;
create trigger a_judged_code_stays_so before update on notifications_typedcode for each row
  when (old.judged_at is not null) execute function refuse_change();

create policy message_of_a_phone on notifications_message for insert to rcrp_web
  with check (case_id is null and kind = 'phone.code' and channel = 'sms' and :mine);
""".replace(":mine", MINE)
BACKWARD = """
drop policy message_of_a_phone on notifications_message;
"""


def key(to: str, **options: object) -> models.ForeignKey:
    """A foreign key that nothing is removed by."""
    return models.ForeignKey(to, django.db.models.deletion.PROTECT, related_name="+", **options)


class Migration(migrations.Migration):
    """Three tables."""

    dependencies = [("agencies", "0022_reach"), ("notifications", "0012_sent_by_a_provider")]

    operations = [
        migrations.CreateModel(
            name="Receipt",
            fields=[
                ("id", models.UUIDField(default=new_id, editable=False, primary_key=True, serialize=False)),
                ("provider_id", models.CharField(max_length=40)),
                ("reference", models.CharField(max_length=40)),
                ("status", models.CharField(choices=Receipt.Status.choices, max_length=20)),
                ("received_at", models.DateTimeField(db_default=Now())),
                ("applied_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=Q(applied_at=None), fields=["received_at"], name="receipt_to_apply"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("provider_id", "status"), name="a_status_is_taken_in_once"
                    ),
                    models.CheckConstraint(
                        condition=Q(status__in=Receipt.Status.values), name="receipt_status_is_known"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TextCode",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("message_id", models.UUIDField(unique=True)),
                ("escalation_id", models.BigIntegerField()),
                ("agency", key("agencies.agency")),
                ("membership", key("agencies.membership")),
                ("phone", models.CharField(max_length=16)),
                ("code", models.CharField(max_length=8)),
                ("until", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("phone", "code"), name="a_phone_gets_a_code_once")
                ]
            },
        ),
        migrations.CreateModel(
            name="TypedCode",
            fields=[
                ("id", models.UUIDField(default=new_id, editable=False, primary_key=True, serialize=False)),
                ("provider_id", models.CharField(max_length=40, null=True, unique=True)),
                ("number", models.CharField(blank=True, max_length=20)),
                ("agency", key("agencies.agency", null=True)),
                ("membership", key("agencies.membership", null=True)),
                ("code", models.CharField(blank=True, max_length=8)),
                ("received_at", models.DateTimeField(db_default=Now())),
                ("judged_at", models.DateTimeField(null=True)),
                (
                    "outcome",
                    models.CharField(blank=True, choices=TypedCode.Outcome.choices, max_length=10),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=Q(judged_at=None), fields=["received_at"], name="typed_code_to_judge"
                    ),
                    models.Index(fields=["number", "-received_at"], name="typed_code_by_number"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        name="a_code_comes_from_a_phone_or_a_person",
                        condition=Q(membership=None, agency=None, provider_id__isnull=False)
                        | Q(membership__isnull=False, agency__isnull=False, provider_id=None, number=""),
                    ),
                    models.CheckConstraint(
                        name="a_judged_code_has_an_outcome",
                        condition=Q(judged_at=None, outcome="")
                        | (Q(judged_at__isnull=False) & ~Q(outcome="")),
                    ),
                ],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
