"""Files that people attach to a case, and their being withdrawn; the bytes are kept outside the database.

Both tables are append-only. The same file stands in a case once at a time, under each kind: the database
counts how often it was withdrawn before. Safe before the code that needs it. The locks are brief.
"""

from django.db import migrations, models
from django.db.models import PROTECT, Q

from referrals.domain.attachment import PICTURES, Kind, MediaType
from referrals.models.keys import new_id

TABLES = ["attachment", "attachmentwithdrawal"]
GUARD = """
alter table referrals_:table enable row level security;
create policy :table_web on referrals_:table to rcrp_web using (
  coalesce((select true from referrals_party p where p.case_id = referrals_:table.case_id
    and p.agency_id = any((select my_agencies())::integer[]) and p.until is null limit 1), false))
  with check (can_see(case_id) and agency_id = any((select my_agencies())::integer[]));
create policy :table_worker on referrals_:table to rcrp_worker using (true) with check (true);
revoke update, delete on referrals_:table from rcrp_web, rcrp_worker;
create trigger :table_is_append_only before update or delete on referrals_:table
  for each row execute function refuse_change();
create trigger :table_is_never_emptied before truncate on referrals_:table
  for each statement execute function refuse_change();
"""
NO_GUARD = """
drop trigger :table_is_never_emptied on referrals_:table;
drop trigger :table_is_append_only on referrals_:table;
grant update, delete on referrals_:table to rcrp_web, rcrp_worker;
drop policy :table_worker on referrals_:table;
drop policy :table_web on referrals_:table;
alter table referrals_:table disable row level security;
"""
RULES = """
create function count_copies() returns trigger language plpgsql security definer
  set search_path = public, pg_temp as $$ begin
  new.copy := (select count(*) from referrals_attachmentwithdrawal w
                 join referrals_attachment a on a.id = w.attachment_id
                where a.case_id = new.case_id and a.kind = new.kind and a.sha256 = new.sha256);
  return new;
end $$;
create trigger a_file_is_in_a_case_once before insert on referrals_attachment
  for each row execute function count_copies();

create function check_withdrawal() returns trigger language plpgsql security definer
  set search_path = public, pg_temp as $$
declare whose integer; begin
  select case_id, agency_id into new.case_id, whose from referrals_attachment where id = new.attachment_id;
  if whose <> new.agency_id then
    raise exception 'whoever attached a file withdraws it' using errcode = '23514',
      constraint = 'a_file_is_withdrawn_by_its_agency';
  end if;
  return new;
end $$;
create trigger a_file_is_withdrawn_by_its_agency before insert on referrals_attachmentwithdrawal
  for each row execute function check_withdrawal();
"""
NO_RULES = """
drop trigger a_file_is_withdrawn_by_its_agency on referrals_attachmentwithdrawal;
drop function check_withdrawal();
drop trigger a_file_is_in_a_case_once on referrals_attachment;
drop function count_copies();
"""
FORWARD = "".join([*(GUARD.replace(":table", table) for table in TABLES), RULES])
BACKWARD = "".join([NO_RULES, *(NO_GUARD.replace(":table", table) for table in TABLES)])


def key(to: str, related_name: str = "+") -> models.ForeignKey:
    """A foreign key that nothing is removed by."""
    return models.ForeignKey(to, PROTECT, related_name=related_name, db_index=False)


def told() -> list[tuple[str, models.Field]]:
    """The row's key; who told it, when it happened and when it was entered."""
    return [
        ("id", models.UUIDField(default=new_id, editable=False, primary_key=True, serialize=False)),
        ("actor", models.JSONField()),
        ("occurred_at", models.DateTimeField()),
        ("recorded_at", models.DateTimeField()),
    ]


class Migration(migrations.Migration):
    """Attachments and their withdrawals."""

    dependencies = [("referrals", "0119_plurals_in_the_records")]

    operations = [
        migrations.CreateModel(
            name="Attachment",
            fields=[
                *told(),
                ("case", key("referrals.case", "attachments")),
                ("agency", key("agencies.agency")),
                ("kind", models.CharField(choices=[(k, k) for k in Kind], max_length=20)),
                ("media_type", models.CharField(choices=[(t, t) for t in MediaType], max_length=20)),
                ("size", models.IntegerField()),
                ("sha256", models.CharField(max_length=64)),
                ("copy", models.SmallIntegerField(default=0, editable=False)),
                ("stored", models.CharField(max_length=120, unique=True)),
                ("width", models.IntegerField(null=True)),
                ("height", models.IntegerField(null=True)),
                ("pages", models.IntegerField(null=True)),
                ("content_id", models.UUIDField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["case", "kind", "sha256", "copy"], name="a_file_is_in_a_case_once"
                    ),
                    models.CheckConstraint(
                        name="attachment_is_of_a_kind_there_is",
                        condition=Q(kind__in=[k.value for k in Kind]),
                    ),
                    models.CheckConstraint(
                        name="attachment_is_a_picture_or_a_pdf",
                        condition=Q(media_type__in=sorted(PICTURES), width__gt=0, height__gt=0, pages=None)
                        | Q(media_type=MediaType.PDF, width=None, height=None, pages__gt=0),
                    ),
                    models.CheckConstraint(
                        name="attachment_photo_is_a_picture",
                        condition=~Q(kind=Kind.PHOTO) | Q(media_type__in=sorted(PICTURES)),
                    ),
                    models.CheckConstraint(
                        name="attachment_has_its_size_and_hash",
                        condition=Q(size__gt=0, sha256__regex="^[0-9a-f]{64}$"),
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="AttachmentWithdrawal",
            fields=[
                *told(),
                (
                    "attachment",
                    models.OneToOneField("referrals.attachment", PROTECT, related_name="withdrawal"),
                ),
                ("case", key("referrals.case")),
                ("agency", key("agencies.agency")),
                ("reason_id", models.UUIDField()),
            ],
            options={"abstract": False},
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
