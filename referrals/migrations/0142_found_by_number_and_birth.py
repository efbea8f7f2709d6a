"""Two ways of finding a person took time that grew with all that is stored: by an NHS number, and by birth.

``people_numbered`` asked of a case's parties with ``exists``, which PostgreSQL planned as a join with all of
them, at each referral that is sent with a number. A scalar sub-select by key is asked of what was found.
Cases of one person by both names and the day of birth went through the names' trigrams, and have an index of
their own now. What came of a case is looked for among its adverse outcomes, which are few, and no longer
among all its events.

The indexes are built while everything is written as ever (concurrently). Safe before the code that needs it.
"""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models import F, Q
from django.db.models.functions import Upper

NUMBERED = """
create or replace function people_numbered(p_number text) returns setof uuid language sql stable
  security definer set search_path = public, pg_temp rows 10 as $$
  select f.case_id from (
    select p.case_id from referrals_person p where p.nhs_number = p_number
    union
    select c.case_id from referrals_content c
     where c.kind = 'person' and c.only_agency_id is null
       and c.body ->> 'nhs_number' <> '' and c.body ->> 'nhs_number' = p_number) f
   where :party
$$;
"""
BY_KEY = """coalesce((select true from referrals_party q where q.case_id = f.case_id
                        and q.agency_id = any(my_agencies()) and q.until is null limit 1), false)"""
AS_BEFORE = """exists (select from referrals_party q
                  where q.case_id = f.case_id and q.agency_id = any(my_agencies()) and q.until is null)"""


class Migration(migrations.Migration):
    """Two indexes and one function."""

    atomic = False

    dependencies = [("referrals", "0141_support_before_a_referral")]

    operations = [
        AddIndexConcurrently(
            "person",
            models.Index(
                F("date_of_birth"),
                Upper("family_name"),
                Upper("given_name"),
                condition=Q(date_of_birth__isnull=False),
                name="person_born",
            ),
        ),
        AddIndexConcurrently(
            "event",
            models.Index(fields=["case"], condition=Q(type="case.adverse_outcome"), name="event_adverse"),
        ),
        migrations.RunSQL(NUMBERED.replace(":party", BY_KEY), NUMBERED.replace(":party", AS_BEFORE)),
    ]
