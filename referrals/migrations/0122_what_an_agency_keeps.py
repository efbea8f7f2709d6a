"""Two questions of the application's own filter, as functions that name the agency.

Which referrals an agency sent or got, and what it keeps of a case that it has left. Written out in every
statement they were planned anew in every statement, with the policies of each table that they read: twenty
times as long as the rest. They say nothing of ``app.agency_ids``, so that the two walls stay two. Safe before
the code that needs it; takes no lock.
"""

from django.db import migrations

FORWARD = """
create function took_part(p_agency integer, p_referral uuid) returns boolean language sql stable
  security definer set search_path = public, pg_temp as $$
  select exists (select from referrals_referral where id = p_referral
    and (from_agency_id = p_agency or (to_agency_id = p_agency and sent_at is not null)))
$$;
create function keeps(p_agency integer, p_case uuid, p_referral uuid, p_at timestamptz) returns boolean
  language sql stable security definer set search_path = public, pg_temp as $$
  select p_referral is not null
     and exists (select from referrals_party
                  where case_id = p_case and agency_id = p_agency and until >= p_at)
     and exists (select from referrals_referral r where r.id = p_referral and (took_part(p_agency, r.id)
                  or (r.sent_at is not null and took_part(p_agency, r.parent_id))))
$$;
"""
BACKWARD = """
drop function keeps(integer, uuid, uuid, timestamptz);
drop function took_part(integer, uuid);
"""


class Migration(migrations.Migration):
    """Functions, and no table."""

    dependencies = [("referrals", "0121_kinds_of_place")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
