"""When a clock started stands, unless every agency that has had a part in its case is a sandbox.

So that a partner may try what happens when nobody answers, without waiting, and nobody can move a real
deadline. It holds for the web, through which partners come. Safe before or after the code that needs it.
The lock is brief.
"""

from django.db import migrations

FORWARD = """
create function only_sandboxes_move_their_clocks() returns trigger language plpgsql as $$ begin
  if exists (select from referrals_party p join agencies_agency a on a.id = p.agency_id
              where p.case_id = new.case_id and not a.sandbox) then
    raise exception 'when a clock started stands' using errcode = '23514',
      constraint = 'only_sandboxes_move_their_clocks';
  end if;
  return new;
end $$;
create trigger only_sandboxes_move_their_clocks before update of started_at on referrals_clock for each row
  when (new.started_at <> old.started_at and current_user = 'rcrp_web')
  execute function only_sandboxes_move_their_clocks();
"""
BACKWARD = """
drop trigger only_sandboxes_move_their_clocks on referrals_clock;
drop function only_sandboxes_move_their_clocks();
"""


class Migration(migrations.Migration):
    """One rule."""

    dependencies = [("referrals", "0093_answering_team")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
