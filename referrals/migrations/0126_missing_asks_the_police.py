"""Nobody but a police force is asked to look for a missing patient.

Reports that were addressed otherwise before stay as they are, until somebody else is named. Safe before the
code that needs it; the lock on reports is brief.
"""

from django.db import migrations

FORWARD = """
create function check_missing_asks_the_police() returns trigger language plpgsql as $$ begin
  if tg_op = 'UPDATE' and new.asked_agency_id is not distinct from old.asked_agency_id then
    return new;
  end if;
  if not exists (select from agencies_agency a where a.id = new.asked_agency_id and a.kind = 'police') then
    raise exception 'a missing patient is reported to the police' using errcode = '23514',
      constraint = 'missing_asks_the_police';
  end if;
  return new;
end $$;
create trigger missing_asks_the_police before insert or update of asked_agency_id on referrals_missingreport
  for each row when (new.asked_agency_id is not null) execute function check_missing_asks_the_police();
"""
BACKWARD = """
drop trigger missing_asks_the_police on referrals_missingreport;
drop function check_missing_asks_the_police();
"""


class Migration(migrations.Migration):
    """The asked agency of a missing report is a police force."""

    dependencies = [("referrals", "0125_claims_end")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
