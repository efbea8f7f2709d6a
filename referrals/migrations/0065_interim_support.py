"""Interim support until help arrives, and the calls that are owed back to callers.

Entries and attempts are append-only; a call back that was made stays made. Safe before the code that needs
it. The locks are brief.
"""

from django.db import migrations, models
from django.db.models import PROTECT, Q

from referrals.domain.clocks import ClockKind
from referrals.domain.support import Ends, How, Who
from referrals.models.contact import ContactAttempt
from referrals.models.keys import new_id

GUARD = """
alter table referrals_:table enable row level security;
create policy :table_web on referrals_:table to rcrp_web using (
  coalesce((select true from referrals_party p where p.case_id = referrals_:table.case_id
    and p.agency_id = any((select my_agencies())::integer[]) and p.until is null limit 1), false))
  with check (can_see(case_id));
create policy :table_worker on referrals_:table to rcrp_worker using (true) with check (true);
revoke delete on referrals_:table from rcrp_web, rcrp_worker;
"""
NO_GUARD = """
grant delete on referrals_:table to rcrp_web, rcrp_worker;
drop policy :table_worker on referrals_:table;
drop policy :table_web on referrals_:table;
alter table referrals_:table disable row level security;
"""
APPEND_ONLY = """
create trigger :table_is_append_only before update or delete on referrals_:table
  for each row execute function refuse_change();
create trigger :table_is_never_emptied before truncate on referrals_:table
  for each statement execute function refuse_change();
revoke update on referrals_:table from rcrp_web, rcrp_worker;
"""
NOT_APPEND_ONLY = """
grant update on referrals_:table to rcrp_web, rcrp_worker;
drop trigger :table_is_never_emptied on referrals_:table;
drop trigger :table_is_append_only on referrals_:table;
"""
MADE = """
revoke update on referrals_callback from rcrp_web, rcrp_worker;
grant update (done_at) on referrals_callback to rcrp_web, rcrp_worker;
create trigger a_call_back_stays_made before update on referrals_callback for each row
  when (old.done_at is not null) execute function refuse_change();
"""
NOT_MADE = """
drop trigger a_call_back_stays_made on referrals_callback;
revoke update (done_at) on referrals_callback from rcrp_web, rcrp_worker;
grant update on referrals_callback to rcrp_web, rcrp_worker;
"""
GUARDED, KEPT = ["supportentry", "callback", "callbackattempt"], ["supportentry", "callbackattempt"]
FORWARD = "".join(
    [
        *(GUARD.replace(":table", table) for table in GUARDED),
        *(APPEND_ONLY.replace(":table", table) for table in KEPT),
        MADE,
    ]
)
BACKWARD = "".join(
    [
        NOT_MADE,
        *(NOT_APPEND_ONLY.replace(":table", table) for table in KEPT),
        *(NO_GUARD.replace(":table", table) for table in GUARDED),
    ]
)


def key(to: str, **options: object) -> models.ForeignKey:
    """A foreign key that nothing is removed by."""
    return models.ForeignKey(to, PROTECT, **{"related_name": "+", "db_index": False, **options})


def own() -> tuple[str, models.Field]:
    """The row's key."""
    return "id", models.UUIDField(default=new_id, editable=False, primary_key=True, serialize=False)


class Migration(migrations.Migration):
    """Support entries, call backs and their attempts."""

    dependencies = [("referrals", "0064_threshold_rules")]

    operations = [
        migrations.CreateModel(
            name="SupportEntry",
            fields=[
                own(),
                ("case", key("referrals.case", related_name="support", db_index=True)),
                ("referral", key("referrals.referral")),
                ("agency", key("agencies.agency")),
                ("who", models.CharField(choices=[(w, w) for w in Who], max_length=30)),
                ("how", models.CharField(choices=[(h, h) for h in How], max_length=20)),
                ("ends", models.CharField(blank=True, max_length=20)),
                ("next_contact_at", models.DateTimeField(null=True)),
                ("actor", models.JSONField()),
                ("note_id", models.UUIDField(null=True)),
                ("occurred_at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        name="support_goes_on_or_ends",
                        condition=Q(ends="", next_contact_at__isnull=False)
                        | Q(ends__in=list(Ends), next_contact_at=None),
                    ),
                    models.CheckConstraint(
                        name="support_by_nobody_is_not_at_all",
                        condition=Q(who=Who.NOBODY, how=How.NOT_AT_ALL)
                        | (~Q(who=Who.NOBODY) & ~Q(how=How.NOT_AT_ALL)),
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="CallBack",
            fields=[
                own(),
                ("case", key("referrals.case", related_name="call_backs", db_index=True)),
                ("agency", key("agencies.agency")),
                ("team", key("agencies.team")),
                ("caller_id", models.UUIDField()),
                ("due_at", models.DateTimeField()),
                ("actor", models.JSONField()),
                ("recorded_at", models.DateTimeField()),
                ("done_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["case", "team"],
                        condition=Q(done_at=None),
                        name="one_call_back_owed_at_a_time",
                    )
                ]
            },
        ),
        migrations.CreateModel(
            name="CallBackAttempt",
            fields=[
                own(),
                ("call_back", key("referrals.callback", related_name="attempts", db_index=True)),
                ("case", key("referrals.case")),
                ("outcome", models.CharField(choices=ContactAttempt.Outcome.choices, max_length=20)),
                ("actor", models.JSONField()),
                ("told_id", models.UUIDField(null=True)),
                ("occurred_at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        name="a_caller_who_is_reached_is_told",
                        condition=~Q(outcome="reached") | Q(told_id__isnull=False),
                    )
                ]
            },
        ),
        migrations.AlterField(
            "clock", "kind", models.CharField(choices=[(kind, kind) for kind in ClockKind], max_length=30)
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
