"""Who looks on at a referral without being at either end: rows kept by the database, for worklists.

A third party's list by time to breach needs an index of its own: through all of the agency's cases it
would cost more with every case. Triggers keep the rows, under the case's lock like every write; the
web reads its own. Rows loaded past the triggers are made up for by ``select fill_onlookers()``, which
this migration does too. Safe before the code that needs it. The lock is brief; the filling is not, on a
large database.
"""

import django.db.models.deletion
from django.db import migrations, models

FORWARD = """
create function fill_onlookers() returns void language sql security definer
  set search_path = public, pg_temp as $$
  insert into referrals_onlooker (agency_id, referral_id, case_id, breach_at, sent_at)
  select x.agency_id, r.id, r.case_id, r.breach_at, r.sent_at from referrals_referral r cross join lateral (
    select agency_id from referrals_party where case_id = r.case_id and until is null
    union select from_agency_id from referrals_referral where id = r.parent_id
    union select to_agency_id from referrals_referral where id = r.parent_id and sent_at is not null
  ) x where r.sent_at is not null and x.agency_id not in (r.from_agency_id, r.to_agency_id)
  on conflict do nothing
$$;
revoke execute on function fill_onlookers() from public;
grant execute on function fill_onlookers() to rcrp_worker;

create function a_referral_has_onlookers() returns trigger language plpgsql security definer
  set search_path = public, pg_temp as $$
begin
  if old.sent_at is null or old.to_agency_id <> new.to_agency_id then
    delete from referrals_onlooker where referral_id = new.id and agency_id = new.to_agency_id;
    insert into referrals_onlooker (agency_id, referral_id, case_id, breach_at, sent_at)
    select x.agency_id, new.id, new.case_id, new.breach_at, new.sent_at from (
      select agency_id from referrals_party where case_id = new.case_id and until is null
      union select from_agency_id from referrals_referral where id = new.parent_id
      union select to_agency_id from referrals_referral where id = new.parent_id and sent_at is not null
    ) x where x.agency_id not in (new.from_agency_id, new.to_agency_id)
    on conflict do nothing;
  end if;
  if old.breach_at <> new.breach_at then
    update referrals_onlooker set breach_at = new.breach_at where referral_id = new.id;
  end if;
  return null;
end $$;
create trigger a_referral_has_onlookers after update of sent_at, breach_at, to_agency_id on referrals_referral
  for each row when (new.sent_at is not null and (old.sent_at is null or old.breach_at <> new.breach_at
                                                  or old.to_agency_id <> new.to_agency_id))
  execute function a_referral_has_onlookers();

create function a_party_looks_on() returns trigger language plpgsql security definer
  set search_path = public, pg_temp as $$
begin
  if new.until is null then
    insert into referrals_onlooker (agency_id, referral_id, case_id, breach_at, sent_at)
    select new.agency_id, r.id, r.case_id, r.breach_at, r.sent_at from referrals_referral r
     where r.case_id = new.case_id and r.sent_at is not null
       and new.agency_id not in (r.from_agency_id, r.to_agency_id)
    on conflict do nothing;
  else  -- what became of its own referrals it still sees
    delete from referrals_onlooker o using referrals_referral r
     where o.agency_id = new.agency_id and o.case_id = new.case_id and r.id = o.referral_id
       and new.agency_id not in (
         select from_agency_id from referrals_referral where id = r.parent_id
         union select to_agency_id from referrals_referral where id = r.parent_id and sent_at is not null);
  end if;
  return null;
end $$;
create trigger a_party_looks_on after insert or update of until on referrals_party
  for each row execute function a_party_looks_on();

alter table referrals_onlooker enable row level security;
create policy onlooker_web on referrals_onlooker for select to rcrp_web
  using (agency_id = any((select my_agencies())::integer[]));
create policy onlooker_worker on referrals_onlooker for select to rcrp_worker using (true);
revoke insert, update, delete, truncate on referrals_onlooker from rcrp_web, rcrp_worker;
select fill_onlookers();
"""
BACKWARD = """
drop policy onlooker_worker on referrals_onlooker;
drop policy onlooker_web on referrals_onlooker;
drop trigger a_party_looks_on on referrals_party;
drop function a_party_looks_on();
drop trigger a_referral_has_onlookers on referrals_referral;
drop function a_referral_has_onlookers();
drop function fill_onlookers();
"""


class Migration(migrations.Migration):
    """Onlookers, and what keeps them."""

    dependencies = [
        ("agencies", "0004_audit_is_its_agencys"),
        ("referrals", "0010_default_agreement"),
    ]

    operations = [
        migrations.CreateModel(
            name="Onlooker",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "agency_id",
                        "referral_id",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("case_id", models.UUIDField()),
                ("breach_at", models.DateTimeField()),
                ("sent_at", models.DateTimeField()),
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
                    "referral",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="onlookers",
                        to="referrals.referral",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["agency", "breach_at", "referral"], name="onlooked_by_breach"),
                    models.Index(fields=["agency", "-sent_at", "referral"], name="onlooked_by_sent"),
                    models.Index(fields=["agency", "case_id"], name="onlooked_by_case"),
                ]
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
