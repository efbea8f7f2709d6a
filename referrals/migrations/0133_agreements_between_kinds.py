"""Agreements between kinds of agency are drafted and signed by agencies of these kinds.

An agency of either kind drafts one, reads its draft and signs it for itself; the first date needs one
signature of each kind, of the text as it is, by two agencies. Safe before the code that needs it. The locks
are brief. Gone back, a draft between kinds is nobody's to see until the migration is there again.
"""

from django.db import migrations

MINE = "any((select my_agencies())::integer[])"
ANYBODY = "cardinality((select my_agencies())) > 0"
OF_MY_KIND = """
create function of_my_kind(p_one text, p_other text) returns boolean language sql stable security definer
  set search_path = public, pg_temp as $$
  select p_one <> '' and p_other <> '' and exists (
    select from agencies_agency where id = any(my_agencies()) and kind in (p_one, p_other))
$$;
"""
IS_SIDE = """
create or replace function is_side(p_agreement bigint) returns boolean language sql stable security definer
  set search_path = public, pg_temp as $$
  select exists (select from referrals_agreement where id = p_agreement
    and (from_agency_id = any(my_agencies()) or to_agency_id = any(my_agencies()):or_kinds))
$$;
"""
OR_KINDS = """
      or (from_agency_id is null and to_agency_id is null and of_my_kind(from_kind, to_kind))"""
POLICIES = f"""
drop policy agreement_read on referrals_agreement;
create policy agreement_read on referrals_agreement for select to rcrp_web
  using ({ANYBODY} and (from_agency_id = {MINE} or to_agency_id = {MINE}:or_kinds or is_agreed(id)));
drop policy agreement_own on referrals_agreement;
create policy agreement_own on referrals_agreement for insert to rcrp_web with check (
  (from_agency_id is not null and to_agency_id is not null
    and (from_agency_id = {MINE} or to_agency_id = {MINE})):or_kinds);
"""
GOES_LIVE = """
create or replace function check_agreement_goes_live() returns trigger language plpgsql security definer
  set search_path = public, pg_temp as $$
declare v record;
begin
  select * into v from referrals_agreementversion where id = new.version_id for update;
  if v.live_from <= clock_timestamp() or new.live_from < clock_timestamp() then
    raise exception 'a go-live that was reached stays' using errcode = '23514',
        constraint = 'agreement_goes_live_ahead';
  end if;
  if exists (select from referrals_agreement a, unnest(array[a.from_agency_id, a.to_agency_id]) side(agency)
      where a.id = v.agreement_id and side.agency is not null and not exists (
        select from referrals_agreementstep s where s.version_id = v.id and s.kind = 'signed'
          and s.agency_id = side.agency and s.terms_digest = md5(v.terms::text))) then
    raise exception 'not both sides have signed this text' using errcode = '23514',
        constraint = 'agreement_is_signed_by_both';
  end if;:by_kinds
  update referrals_agreementversion set live_from = new.live_from where id = new.version_id;
  return new;
end $$;
"""
BY_KINDS = """
  if exists (select from referrals_agreement a
      where a.id = v.agreement_id and a.from_agency_id is null and a.to_agency_id is null
        and a.from_kind <> '' and a.to_kind <> '' and not exists (
          select from referrals_agreementstep s join agencies_agency f on f.id = s.agency_id
            join referrals_agreementstep z on z.version_id = s.version_id
            join agencies_agency t on t.id = z.agency_id
           where s.version_id = v.id and s.kind = 'signed' and z.kind = 'signed' and f.id <> t.id
             and f.kind = a.from_kind and t.kind = a.to_kind
             and s.terms_digest = md5(v.terms::text) and z.terms_digest = s.terms_digest)) then
    raise exception 'no agency of one of the kinds has signed this text' using errcode = '23514',
        constraint = 'agreement_is_signed_by_each_kind';
  end if;"""
FORWARD = (
    OF_MY_KIND
    + (IS_SIDE + POLICIES).replace(":or_kinds", OR_KINDS)
    + GOES_LIVE.replace(":by_kinds", BY_KINDS)
)
BACKWARD = (
    GOES_LIVE.replace(":by_kinds", "")
    + (IS_SIDE + POLICIES).replace(":or_kinds", "")
    + "drop function of_my_kind(text, text);"
)


class Migration(migrations.Migration):
    """Who makes an agreement between kinds, and when it may be dated."""

    dependencies = [("referrals", "0132_a_return_is_corrected")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
