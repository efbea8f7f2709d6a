"""A person is found by every name and NHS number that was said of them, not only by what the case has.

``people_named`` looks at what was stated too, and ``people_numbered`` is new: both name the parties
themselves, since no index is used below row-level security. A draft's statements are nobody's to find. Safe
before the code that needs it. The indexes are built while everything is written as ever (concurrently).
"""

from django.db import migrations

SAID = "c.kind = 'person' and c.only_agency_id is null"
PARTY = """exists (select from referrals_party q
                  where q.case_id = f.case_id and q.agency_id = any(my_agencies()) and q.until is null)"""
# Each for those alone that say it: an index of every text of a kind is taken for a filter, and read whole.
INDEXES = {
    "content_family_name_said": ("using gin (upper(body ->> 'family_name') gin_trgm_ops)", "family_name"),
    "content_given_name_said": ("using gin (upper(body ->> 'given_name') gin_trgm_ops)", "given_name"),
    "content_nhs_number_said": ("((body ->> 'nhs_number'))", "nhs_number"),
}
NAMED = """
create or replace function people_named(p_patterns text[]) returns setof uuid language sql stable
  security definer set search_path = public, pg_temp rows 100 as $$
  select f.case_id from (
    select p.case_id, p.given_name || ' ' || p.family_name as name from referrals_person p
     where upper(p.family_name) like upper(p_patterns[1]) or upper(p.given_name) like upper(p_patterns[1])
    union all
    select c.case_id, concat_ws(' ', c.body ->> 'given_name', c.body ->> 'family_name')
      from referrals_content c
     where :said and (
       (c.body ->> 'family_name' <> '' and upper(c.body ->> 'family_name') like upper(p_patterns[1]))
       or (c.body ->> 'given_name' <> '' and upper(c.body ->> 'given_name') like upper(p_patterns[1])))) f
   where not exists (select from unnest(p_patterns[2:]) w where upper(f.name) not like upper(w))
     and :party
$$;
"""
NUMBERED = """
create function people_numbered(p_number text) returns setof uuid language sql stable
  security definer set search_path = public, pg_temp rows 10 as $$
  select f.case_id from (
    select p.case_id from referrals_person p where p.nhs_number = p_number
    union
    select c.case_id from referrals_content c
     where :said and c.body ->> 'nhs_number' <> '' and c.body ->> 'nhs_number' = p_number) f
   where :party
$$;
"""
NAMED_BEFORE = """
create or replace function people_named(p_patterns text[]) returns setof uuid language sql stable
  security definer set search_path = public, pg_temp rows 100 as $$
  select p.case_id from referrals_person p
   where (upper(p.family_name) like upper(p_patterns[1]) or upper(p.given_name) like upper(p_patterns[1]))
     and not exists (select from unnest(p_patterns[2:]) w
                      where upper(p.given_name || ' ' || p.family_name) not like upper(w))
     and exists (select from referrals_party q
                  where q.case_id = p.case_id and q.agency_id = any(my_agencies()) and q.until is null)
$$;
"""
BUILD = [
    f"create index concurrently if not exists {name} on referrals_content {what}"
    f" where kind = 'person' and body ->> '{said}' <> ''"
    for name, (what, said) in INDEXES.items()
]
DROP = [f"drop index concurrently if exists {name}" for name in INDEXES]


def written(statement: str) -> str:
    """With what the functions have in common."""
    return statement.replace(":said", SAID).replace(":party", PARTY)


class Migration(migrations.Migration):
    """Three indexes, then two functions."""

    atomic = False

    dependencies = [("referrals", "0126_missing_asks_the_police")]

    operations = [
        migrations.RunSQL(BUILD, DROP),
        migrations.RunSQL(
            [written(NAMED), written(NUMBERED)], ["drop function people_numbered(text)", NAMED_BEFORE]
        ),
    ]
