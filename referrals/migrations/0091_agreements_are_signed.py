"""Agreements are drafted, signed by both sides and go live at a date that moves until it is reached.

One agreement for a scope, one draft at a time. A draft is its two sides' to see and to change; what is agreed
everybody reads and nobody changes. A go-live needs both signatures of the text as it is; the database takes
the date over into the version. Safe before the code that needs it. The locks are brief.
"""

from django.db import migrations, models
from django.db.models import PROTECT, Q

from referrals.domain.agreement import Step

MINE = "any((select my_agencies())::integer[])"
ANYBODY = "cardinality((select my_agencies())) > 0"
KEPT = ["agreementstep", "agreementgolive"]
APPEND_ONLY = """
create trigger :table_is_append_only before update or delete on referrals_:table
  for each row execute function refuse_change();
create trigger :table_is_never_emptied before truncate on referrals_:table
  for each statement execute function refuse_change();
revoke update, delete on referrals_:table from rcrp_web, rcrp_worker;
"""
NOT_APPEND_ONLY = """
grant update, delete on referrals_:table to rcrp_web, rcrp_worker;
drop trigger :table_is_never_emptied on referrals_:table;
drop trigger :table_is_append_only on referrals_:table;
"""
FUNCTIONS = """
create function is_side(p_agreement bigint) returns boolean language sql stable security definer
  set search_path = public, pg_temp as $$
  select exists (select from referrals_agreement where id = p_agreement
    and (from_agency_id = any(my_agencies()) or to_agency_id = any(my_agencies())))
$$;
create function is_agreed(p_agreement bigint) returns boolean language sql stable security definer
  set search_path = public, pg_temp as $$
  select exists (select from referrals_agreementversion
    where agreement_id = p_agreement and live_from is not null)
$$;
create function may_read_version(p_version bigint) returns boolean language sql stable security definer
  set search_path = public, pg_temp as $$
  select exists (select from referrals_agreementversion
    where id = p_version and (live_from is not null or is_side(agreement_id)))
$$;
create function is_side_of_version(p_version bigint) returns boolean language sql stable security definer
  set search_path = public, pg_temp as $$
  select exists (select from referrals_agreementversion where id = p_version and is_side(agreement_id))
$$;
"""
POLICIES = f"""
alter table referrals_agreement enable row level security;
create policy agreement_read on referrals_agreement for select to rcrp_web
  using ({ANYBODY} and (from_agency_id = {MINE} or to_agency_id = {MINE} or is_agreed(id)));
create policy agreement_own on referrals_agreement for insert to rcrp_web with check (
  from_agency_id is not null and to_agency_id is not null
    and (from_agency_id = {MINE} or to_agency_id = {MINE}));
create policy agreement_worker on referrals_agreement to rcrp_worker using (true) with check (true);
alter table referrals_agreementversion enable row level security;
create policy agreementversion_read on referrals_agreementversion for select to rcrp_web
  using ({ANYBODY} and (live_from is not null or is_side(agreement_id)));
create policy agreementversion_own on referrals_agreementversion for insert to rcrp_web
  with check (live_from is null and is_side(agreement_id));
create policy agreementversion_edit on referrals_agreementversion for update to rcrp_web
  using (live_from is null and is_side(agreement_id)) with check (live_from is null);
create policy agreementversion_worker on referrals_agreementversion to rcrp_worker
  using (true) with check (true);
grant insert on referrals_agreement, referrals_agreementversion to rcrp_web, rcrp_worker;
grant update (terms) on referrals_agreementversion to rcrp_web, rcrp_worker;
"""
OF_VERSION = f"""
alter table referrals_:table enable row level security;
create policy :table_read on referrals_:table for select to rcrp_web
  using ({ANYBODY} and may_read_version(version_id));
create policy :table_own on referrals_:table for insert to rcrp_web
  with check (is_side_of_version(version_id));
create policy :table_worker on referrals_:table to rcrp_worker using (true) with check (true);
"""
RULES = """
create policy agreementstep_mine on referrals_agreementstep as restrictive for insert to rcrp_web
  with check (agency_id = :mine);

create function sign_the_text() returns trigger language plpgsql security definer
  set search_path = public, pg_temp as $$
begin
  select md5(terms::text) into new.terms_digest from referrals_agreementversion where id = new.version_id;
  return new;
end $$;
create trigger a_step_is_of_a_text before insert on referrals_agreementstep
  for each row execute function sign_the_text();

create function check_agreement_goes_live() returns trigger language plpgsql security definer
  set search_path = public, pg_temp as $$
declare v record;
begin
  select * into v from referrals_agreementversion where id = new.version_id for update;
  if v.live_from <= clock_timestamp() or new.live_from < clock_timestamp() then
    raise exception 'a go-live that was reached stays' using errcode = '23514',
        constraint = 'agreement_goes_live_ahead';
  end if;
  if exists (select from referrals_agreement a, unnest(array[a.from_agency_id, a.to_agency_id]) side(agency)
      where a.id = v.agreement_id and side.agency is not null and not exists (
        select from referrals_agreementstep s where s.version_id = v.id and s.kind = 'signed'
          and s.agency_id = side.agency and s.terms_digest = md5(v.terms::text))) then
    raise exception 'not both sides have signed this text' using errcode = '23514',
        constraint = 'agreement_is_signed_by_both';
  end if;
  update referrals_agreementversion set live_from = new.live_from where id = new.version_id;
  return new;
end $$;
create trigger agreement_goes_live before insert on referrals_agreementgolive
  for each row execute function check_agreement_goes_live();

create function refuse_live_version() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and pg_trigger_depth() > 1 and old.live_from > clock_timestamp()
     and to_jsonb(new) - 'live_from' = to_jsonb(old) - 'live_from' then
    return new;
  end if;
  raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end $$;
drop trigger a_live_version_is_immutable on referrals_agreementversion;
create trigger a_live_version_is_immutable before update or delete on referrals_agreementversion
  for each row when (old.live_from is not null) execute function refuse_live_version();
""".replace(":mine", MINE)
FORWARD = "".join(
    [
        FUNCTIONS,
        POLICIES,
        *(OF_VERSION.replace(":table", table) for table in KEPT),
        *(APPEND_ONLY.replace(":table", table) for table in KEPT),
        RULES,
    ]
)
NO_RULES = """
drop trigger a_live_version_is_immutable on referrals_agreementversion;
create trigger a_live_version_is_immutable before update or delete on referrals_agreementversion for each row
  when (old.live_from is not null) execute function refuse_change();
drop function refuse_live_version();
drop trigger agreement_goes_live on referrals_agreementgolive;
drop function check_agreement_goes_live();
drop trigger a_step_is_of_a_text on referrals_agreementstep;
drop function sign_the_text();
drop policy agreementstep_mine on referrals_agreementstep;
"""
NO_OF_VERSION = """
drop policy :table_worker on referrals_:table;
drop policy :table_own on referrals_:table;
drop policy :table_read on referrals_:table;
alter table referrals_:table disable row level security;
"""
NO_POLICIES = """
revoke update (terms) on referrals_agreementversion from rcrp_web, rcrp_worker;
revoke insert on referrals_agreement, referrals_agreementversion from rcrp_web, rcrp_worker;
drop policy agreementversion_worker on referrals_agreementversion;
drop policy agreementversion_edit on referrals_agreementversion;
drop policy agreementversion_own on referrals_agreementversion;
drop policy agreementversion_read on referrals_agreementversion;
alter table referrals_agreementversion disable row level security;
drop policy agreement_worker on referrals_agreement;
drop policy agreement_own on referrals_agreement;
drop policy agreement_read on referrals_agreement;
alter table referrals_agreement disable row level security;
drop function is_side_of_version(bigint);
drop function may_read_version(bigint);
drop function is_agreed(bigint);
drop function is_side(bigint);
"""
BACKWARD = "".join(
    [
        NO_RULES,
        *(NOT_APPEND_ONLY.replace(":table", table) for table in KEPT),
        *(NO_OF_VERSION.replace(":table", table) for table in KEPT),
        NO_POLICIES,
    ]
)


def key(to: str, **options: object) -> models.ForeignKey:
    """A foreign key that nothing is removed by."""
    return models.ForeignKey(to, PROTECT, **{"related_name": "+", "db_index": False, **options})


def number() -> models.BigAutoField:
    """A row's own number."""
    return models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


class Migration(migrations.Migration):
    """Signatures, go-live dates, and who reads and writes them."""

    dependencies = [("referrals", "0090_disputes_and_links")]

    operations = [
        migrations.AddConstraint(
            "agreement",
            models.UniqueConstraint(
                fields=["from_agency", "to_agency", "from_kind", "to_kind", "category"],
                nulls_distinct=False,
                name="one_agreement_for_a_scope",
            ),
        ),
        migrations.AddConstraint(
            "agreementversion",
            models.UniqueConstraint(
                fields=["agreement"], condition=Q(live_from=None), name="one_draft_of_an_agreement"
            ),
        ),
        migrations.CreateModel(
            name="AgreementStep",
            fields=[
                ("id", number()),
                ("version", key("referrals.agreementversion", related_name="steps", db_index=True)),
                ("kind", models.CharField(choices=[(s, s) for s in Step], max_length=20)),
                ("agency", key("agencies.agency")),
                ("actor", models.JSONField()),
                ("text", models.CharField(blank=True, max_length=2000)),
                ("terms_digest", models.CharField(blank=True, max_length=32)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="AgreementGoLive",
            fields=[
                ("id", number()),
                ("version", key("referrals.agreementversion", related_name="go_lives", db_index=True)),
                ("live_from", models.DateTimeField()),
                ("reason", models.CharField(max_length=500)),
                ("set_by", models.JSONField()),
                ("set_at", models.DateTimeField()),
            ],
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
