"""Finding people by half a name, through the index that row-level security would keep it from.

``like`` is not leakproof, so that under a policy it is tried on every row that may be seen. This
function searches as the owner, by index, and gives back only cases to which the acting agency is a
party now: what the policy on people says too. Safe before the code that needs it.
"""

from django.db import migrations

# The index finds the first pattern, so that the longest word goes first; the rest are looked for in that.
FORWARD = """
create function people_named(p_patterns text[]) returns setof uuid language sql stable security definer
  set search_path = public, pg_temp rows 100 as $$
  select p.case_id from referrals_person p
   where (upper(p.family_name) like upper(p_patterns[1]) or upper(p.given_name) like upper(p_patterns[1]))
     and not exists (select from unnest(p_patterns[2:]) w
                      where upper(p.given_name || ' ' || p.family_name) not like upper(w))
     and exists (select from referrals_party q
                  where q.case_id = p.case_id and q.agency_id = any(my_agencies()) and q.until is null)
$$;
"""
BACKWARD = "drop function people_named(text[]);"


class Migration(migrations.Migration):
    """One function."""

    dependencies = [("referrals", "0011_onlookers")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
