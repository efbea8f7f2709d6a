"""Which kinds of place are places of safety, from when until when, by what law: as rows.

The Mental Health Act 2025 ends police stations as places of safety; the day is one more row. Nobody arrives
at a place that is none on that day: refused by the database, too. As shipped with this release. Safe before
the code that needs it; the lock on milestones is brief.
"""

from django.db import migrations, models
from django.db.models import F, Q

CODES = ["health_based", "emergency_department", "care_home", "private_home", "police_station", "other"]
SHIP = """
insert into referrals_placekindrule (code, adults_only, since, source, made_at) values
  ('health_based', false, null, 'Mental Health Act 1983, s.135(6): a hospital', '1983-09-30'),
  ('emergency_department', false, null, 'Mental Health Act 1983, s.135(6)', '1983-09-30'),
  ('care_home', false, null, 'Mental Health Act 1983, s.135(6): residential accommodation', '1983-09-30'),
  ('private_home', false, null, 'Mental Health Act 1983, s.135(7): with consent', '2017-12-11'),
  ('police_station', true, '1983-09-30',
   'Mental Health Act 1983, s.136A; Places of Safety Regulations 2017', '2017-12-11'),
  ('other', false, null, 'Mental Health Act 1983, s.135(6)', '1983-09-30');
"""
RULES = """
revoke insert, update, delete on referrals_placekindrule from rcrp_web, rcrp_worker;
create trigger placekindrule_is_append_only before update or delete on referrals_placekindrule
  for each row execute function refuse_change();
create trigger placekindrule_is_never_emptied before truncate on referrals_placekindrule
  for each statement execute function refuse_change();

create function check_place_of_safety() returns trigger language plpgsql security definer
  set search_path = public, pg_temp as $$
declare kind referrals_placekindrule; day date := (new.at at time zone 'Europe/London')::date;
begin
  select * into kind from referrals_placekindrule k where k.code = new.place_kind order by k.id desc limit 1;
  if not found or day < kind.since or day >= kind.until then
    raise exception 'a % is no place of safety on %', new.place_kind, day using errcode = '23514',
        constraint = 'a_place_of_safety_is_one_on_its_day';
  end if;
  return new;
end $$;
create trigger a_place_of_safety_is_one_on_its_day before insert on referrals_detentionmilestone
  for each row when (new.place_kind <> '' and not new.withdrawn) execute function check_place_of_safety();
"""
NO_RULES = """
drop trigger a_place_of_safety_is_one_on_its_day on referrals_detentionmilestone;
drop function check_place_of_safety();
drop trigger placekindrule_is_never_emptied on referrals_placekindrule;
drop trigger placekindrule_is_append_only on referrals_placekindrule;
"""


class Migration(migrations.Migration):
    """The table, what holds today, and the rule."""

    dependencies = [("referrals", "0120_attachments")]

    operations = [
        migrations.CreateModel(
            name="PlaceKindRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(choices=[(code, code) for code in CODES], max_length=30)),
                ("adults_only", models.BooleanField(default=False)),
                ("since", models.DateField(null=True)),
                ("until", models.DateField(null=True)),
                ("source", models.CharField(max_length=200)),
                ("made_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        name="place_kind_begins_before_it_ends",
                        condition=Q(since=None) | Q(until=None) | Q(until__gt=F("since")),
                    ),
                    models.CheckConstraint(name="place_kind_names_its_law", condition=~Q(source="")),
                ]
            },
        ),
        migrations.RunSQL(SHIP + RULES, NO_RULES),
    ]
