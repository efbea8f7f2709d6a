"""Two views more of what an agency's measures are counted over: cases of one person, and what became of them.

As those of 0123: rows of the acting agency's cases up to the end of its part, codes, keys and instants only.
Two cases are of one person by the NHS number, or by both names and the day of birth where not both have a
number. They read the tables as the owner. Safe before the code that needs it; takes no lock that waits.
"""

from django.db import migrations

PART = """
  cross join lateral (
    select p.agency_id, max(coalesce(p.until, 'infinity')) as until from referrals_party p
     where p.case_id = r.case_id and p.agency_id = any((select my_agencies())::integer[])
     group by p.agency_id) part
"""
SAME_PERSON = """
select part.agency_id as kept_by, r.case_id, same.case_id as other_id
  from referrals_person r :part cross join lateral (
    select o.case_id from referrals_person o
     where r.nhs_number <> '' and o.nhs_number = r.nhs_number and o.id <> r.id
    union
    select o.case_id from referrals_person o
     where r.family_name <> '' and r.given_name <> '' and o.date_of_birth = r.date_of_birth and o.id <> r.id
       and upper(o.family_name) = upper(r.family_name) and upper(o.given_name) = upper(r.given_name)
       and (r.nhs_number = '' or o.nhs_number = '')) same
 where exists (select from referrals_party q where q.case_id = same.case_id and q.agency_id = part.agency_id)
"""
ADVERSE = """
select part.agency_id as kept_by, r.case_id, r.seq, r.data ->> 'outcome' as outcome,
       r.data ->> 'inquest' as inquest, r.occurred_at
  from referrals_event r :part where r.type = 'case.adverse_outcome' and r.recorded_at <= part.until
"""
VIEWS = {"kept_same_person": SAME_PERSON, "kept_adverse": ADVERSE}
FORWARD = "".join(
    f"""
create view {name} with (security_barrier) as {words.replace(":part", PART)};
revoke all on {name} from public, rcrp_web, rcrp_worker;
grant select on {name} to rcrp_web;
"""
    for name, words in VIEWS.items()
)
BACKWARD = "".join(f"drop view {name};\n" for name in VIEWS)


class Migration(migrations.Migration):
    """Views, and no table."""

    dependencies = [("referrals", "0134_a_new_duty_contact_is_told")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
