"""Finding by the figures of an incident number, and people of whom only a description is known.

As ``people_named`` does for names: a pattern is not leakproof, so that under a policy it would be tried on
every row. These search as the owner, by index, and give back only what belongs to cases to which the acting
agency is a party now. Safe before the code that needs it. Building the indexes makes writers of referrals
and people wait, some seconds a million rows.
"""

from django.db import migrations

FORWARD = r"""
create index referral_by_incident_figures on referrals_referral
  (regexp_replace(source_incident_number, '\D', '', 'g')) where source_incident_number <> '';
create index person_by_description on referrals_person using gin (upper(description) gin_trgm_ops)
  where family_name = '' and given_name = '';
create function referrals_numbered(p_figures text) returns setof uuid language sql stable security definer
  set search_path = public, pg_temp rows 10 as $$
  select r.id from referrals_referral r
   where r.source_incident_number <> ''
     and regexp_replace(r.source_incident_number, '\D', '', 'g') = p_figures
     and exists (select from referrals_party q
                  where q.case_id = r.case_id and q.agency_id = any(my_agencies()) and q.until is null)
$$;
create function people_described(p_patterns text[]) returns setof uuid language sql stable security definer
  set search_path = public, pg_temp rows 100 as $$
  select p.case_id from referrals_person p
   where p.family_name = '' and p.given_name = '' and upper(p.description) like upper(p_patterns[1])
     and not exists (select from unnest(p_patterns[2:]) w where upper(p.description) not like upper(w))
     and exists (select from referrals_party q
                  where q.case_id = p.case_id and q.agency_id = any(my_agencies()) and q.until is null)
$$;
"""
BACKWARD = """
drop function people_described(text[]);
drop function referrals_numbered(text);
drop index person_by_description;
drop index referral_by_incident_figures;
"""


class Migration(migrations.Migration):
    """Two indexes, two functions."""

    dependencies = [("referrals", "0128_a_draft_finds_an_open_team")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
