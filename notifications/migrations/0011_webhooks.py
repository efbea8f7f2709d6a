"""Webhooks: endpoints, each with its place in its agency's feed, and what is owed to them.

An agency sees its own. The web registers, changes and asks for tests and replays; how far the feed has been
written out, and what came of a sending, only the worker says. Safe before the code that needs it: the
tables are new.
"""

import django.contrib.postgres.fields
from django.conf import settings
from django.db import migrations, models
from django.db.models import PROTECT, F, Q

from notifications.models.message import new_id
from notifications.models.webhook import WAITING, Outcome, WhyDisabled

MINE = "agency_id = any((select my_agencies())::integer[])"
FORWARD = """
alter table notifications_webhookendpoint enable row level security;
create policy endpoint_web on notifications_webhookendpoint to rcrp_web using (:mine) with check (:mine);
create policy endpoint_worker on notifications_webhookendpoint to rcrp_worker using (true) with check (true);
revoke delete on notifications_webhookendpoint from rcrp_web, rcrp_worker;
revoke insert on notifications_webhookendpoint from rcrp_worker;
revoke update on notifications_webhookendpoint from rcrp_web;
grant update (url, types, description, secret, old_secret, old_secret_until, failures, failing_since,
  retry_at, warned_at, disabled_at, disabled_reason, removed_at) on notifications_webhookendpoint to rcrp_web;

alter table notifications_webhookdelivery enable row level security;
create policy delivery_web on notifications_webhookdelivery to rcrp_web using (:mine)
  with check (:mine and exists (select from notifications_webhookendpoint e
    where e.id = endpoint_id and e.agency_id = notifications_webhookdelivery.agency_id));
create policy delivery_worker on notifications_webhookdelivery to rcrp_worker using (true) with check (true);
revoke update, delete on notifications_webhookdelivery from rcrp_web;

create function a_webhooks_position_rises() returns trigger language plpgsql as $$ begin
  raise exception 'what was owed would be owed again'
    using errcode = '23514', constraint = 'a_webhooks_position_rises';
end $$;
create trigger a_webhooks_position_rises before update on notifications_webhookendpoint for each row
  when (new.position < old.position) execute function a_webhooks_position_rises();
create trigger a_finished_delivery_stays_so before update on notifications_webhookdelivery for each row
  when (old.finished_at is not null) execute function refuse_change();
""".replace(":mine", MINE)
BACKWARD = """
drop trigger a_finished_delivery_stays_so on notifications_webhookdelivery;
drop trigger a_webhooks_position_rises on notifications_webhookendpoint;
drop function a_webhooks_position_rises();
drop policy delivery_worker on notifications_webhookdelivery;
drop policy delivery_web on notifications_webhookdelivery;
drop policy endpoint_worker on notifications_webhookendpoint;
drop policy endpoint_web on notifications_webhookendpoint;
"""


def when() -> models.DateTimeField:
    """An instant, once it has come."""
    return models.DateTimeField(null=True)


def key(to: str, **options: object) -> models.ForeignKey:
    """A foreign key that nothing is removed by."""
    return models.ForeignKey(to, PROTECT, **{"related_name": "+", **options})


class Migration(migrations.Migration):
    """Two tables."""

    dependencies = [
        ("agencies", "0005_shifts_can_be_changed"),
        ("notifications", "0010_messages_of_no_case"),
        migrations.swappable_dependency(settings.OAUTH2_PROVIDER_APPLICATION_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="WebhookEndpoint",
            fields=[
                ("id", models.UUIDField(default=new_id, editable=False, primary_key=True, serialize=False)),
                ("agency", key("agencies.agency")),
                ("client", key(settings.OAUTH2_PROVIDER_APPLICATION_MODEL, null=True)),
                ("url", models.CharField(max_length=500)),
                (
                    "types",
                    django.contrib.postgres.fields.ArrayField(models.CharField(max_length=60), default=list),
                ),
                ("description", models.CharField(blank=True, max_length=200)),
                ("secret", models.CharField(max_length=300)),
                ("old_secret", models.CharField(blank=True, max_length=300)),
                ("old_secret_until", when()),
                ("position", models.BigIntegerField()),
                ("created_by", models.JSONField()),
                ("created_at", models.DateTimeField()),
                ("claimed_until", when()),
                ("failures", models.IntegerField(default=0)),
                ("failing_since", when()),
                ("retry_at", when()),
                ("warned_at", when()),
                ("disabled_at", when()),
                ("disabled_reason", models.CharField(blank=True, max_length=20)),
                ("removed_at", when()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        name="webhook_is_disabled_for_a_reason",
                        condition=Q(disabled_at=None, disabled_reason="")
                        | Q(disabled_at__isnull=False, disabled_reason__in=list(WhyDisabled)),
                    ),
                    models.CheckConstraint(
                        name="webhook_old_secret_ends",
                        condition=Q(old_secret="", old_secret_until=None)
                        | (~Q(old_secret="") & Q(old_secret_until__isnull=False)),
                    ),
                    models.CheckConstraint(
                        name="webhook_fails_since_an_instant",
                        condition=Q(failures=0, failing_since=None, retry_at=None)
                        | Q(failures__gt=0, failing_since__isnull=False),
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="WebhookDelivery",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                (
                    "endpoint",
                    key("notifications.webhookendpoint", related_name="deliveries", db_index=False),
                ),
                ("agency", key("agencies.agency", db_index=False)),
                ("position", models.BigIntegerField(null=True)),
                ("event_id", models.BigIntegerField(null=True)),
                ("case_id", models.UUIDField(null=True)),
                ("type", models.CharField(max_length=60)),
                ("replay_of", models.BigIntegerField(null=True)),
                ("created_at", models.DateTimeField()),
                ("next_attempt_at", when()),
                ("attempts", models.IntegerField(default=0)),
                ("tried", models.JSONField(default=list)),
                ("finished_at", when()),
                ("outcome", models.CharField(blank=True, max_length=20)),
            ],
            options={
                "verbose_name_plural": "webhook deliveries",
                "indexes": [
                    models.Index(fields=["endpoint", "id"], condition=WAITING, name="webhook_waiting"),
                    models.Index(
                        fields=["endpoint", "case_id", "id"], condition=WAITING, name="webhook_in_order"
                    ),
                    models.Index(fields=["endpoint", "-id"], name="webhook_log"),
                    models.Index(fields=["finished_at"], condition=~WAITING, name="webhook_to_forget"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=["endpoint", "position"],
                        condition=Q(replay_of=None),
                        name="an_event_is_owed_to_a_webhook_once",
                    ),
                    models.CheckConstraint(
                        name="webhook_delivery_waits_or_is_finished",
                        condition=Q(next_attempt_at__isnull=False, finished_at=None, outcome="")
                        | Q(next_attempt_at=None, finished_at__isnull=False, outcome__in=list(Outcome)),
                    ),
                    models.CheckConstraint(
                        name="webhook_delivery_is_of_an_event_or_a_test",
                        condition=Q(position=None, event_id=None, case_id=None, type="webhook.test")
                        | Q(position__isnull=False, event_id__isnull=False, case_id__isnull=False),
                    ),
                    models.CheckConstraint(
                        name="webhook_delivery_replays_an_earlier_one",
                        condition=Q(replay_of=None) | Q(replay_of__lt=F("id")),
                    ),
                ],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
