"""An onlooker's row says in which state the referral is, with an index of those that are open.

A worklist of what is open had to pass every referral that ended to find the few that did not. The
column is filled here and kept by the trigger from then on. Safe before the code that needs it. The lock
is brief; filling and indexing are not, on a large database.
"""

from django.db import migrations, models

FROM = """
create or replace function fill_onlookers() returns void language sql security definer
  set search_path = public, pg_temp as $$
  insert into referrals_onlooker (agency_id, referral_id, case_id, breach_at, sent_at{column})
  select x.agency_id, r.id, r.case_id, r.breach_at, r.sent_at{r}
    from referrals_referral r cross join lateral (
    select agency_id from referrals_party where case_id = r.case_id and until is null
    union select from_agency_id from referrals_referral where id = r.parent_id
    union select to_agency_id from referrals_referral where id = r.parent_id and sent_at is not null
  ) x where r.sent_at is not null and x.agency_id not in (r.from_agency_id, r.to_agency_id)
  on conflict do nothing
$$;

create or replace function a_referral_has_onlookers() returns trigger language plpgsql security definer
  set search_path = public, pg_temp as $$
begin
  if old.sent_at is null or old.to_agency_id <> new.to_agency_id then
    delete from referrals_onlooker where referral_id = new.id and agency_id = new.to_agency_id;
    insert into referrals_onlooker (agency_id, referral_id, case_id, breach_at, sent_at{column})
    select x.agency_id, new.id, new.case_id, new.breach_at, new.sent_at{new} from (
      select agency_id from referrals_party where case_id = new.case_id and until is null
      union select from_agency_id from referrals_referral where id = new.parent_id
      union select to_agency_id from referrals_referral where id = new.parent_id and sent_at is not null
    ) x where x.agency_id not in (new.from_agency_id, new.to_agency_id)
    on conflict do nothing;
  end if;
  {update}
  return null;
end $$;

create or replace function a_party_looks_on() returns trigger language plpgsql security definer
  set search_path = public, pg_temp as $$
begin
  if new.until is null then
    insert into referrals_onlooker (agency_id, referral_id, case_id, breach_at, sent_at{column})
    select new.agency_id, r.id, r.case_id, r.breach_at, r.sent_at{r} from referrals_referral r
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

drop trigger a_referral_has_onlookers on referrals_referral;
create trigger a_referral_has_onlookers after update of sent_at, breach_at, to_agency_id{of}
  on referrals_referral for each row
  when (new.sent_at is not null and (old.sent_at is null or old.breach_at <> new.breach_at
                                     or old.to_agency_id <> new.to_agency_id{when}))
  execute function a_referral_has_onlookers();
"""
FORWARD = FROM.format(
    column=", state",
    r=", r.state",
    new=", new.state",
    of=", state",
    when=" or old.state <> new.state",
    update="""update referrals_onlooker set breach_at = new.breach_at, state = new.state
   where referral_id = new.id and (breach_at <> new.breach_at or state <> new.state);""",
)
BACKWARD = FROM.format(
    column="",
    r="",
    new="",
    of="",
    when="",
    update="""if old.breach_at <> new.breach_at then
    update referrals_onlooker set breach_at = new.breach_at where referral_id = new.id;
  end if;""",
)
FILL = """
update referrals_onlooker o set state = r.state from referrals_referral r where r.id = o.referral_id;
set constraints all immediate;
"""
OPEN = [
    "accepted", "acknowledged", "completed", "declined", "draft", "failed", "in_progress",
    "info_requested", "sent",
]  # fmt: skip


class Migration(migrations.Migration):
    """The column, what keeps it, and its index."""

    dependencies = [("referrals", "0034_only_urgent_breaches_are_phoned")]

    operations = [
        migrations.AddField("onlooker", "state", models.CharField(max_length=20, default="")),
        migrations.RunSQL(FORWARD, BACKWARD),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AlterField("onlooker", "state", models.CharField(max_length=20)),
        migrations.AddIndex(
            "onlooker",
            models.Index(
                fields=["agency", "breach_at", "referral"],
                condition=models.Q(state__in=OPEN),
                name="onlooked_while_open",
            ),
        ),
    ]
