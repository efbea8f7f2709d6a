"""A request sees only rows of the cases to which its agency is a party now. The second wall.

The application filters as well, always: it is the faster half. Equalities and a scalar sub-select by
key keep the planner on the worklists' indexes, where ``exists`` or ``in`` over all of an agency's
cases would not. A draft is its sender's alone. A party that has left keeps its own referral and that
one's children, up to its end. Owner and worker see everything; nothing is forced on the owner, whose
functions check the rules. Safe before or after the code that needs it.
"""

from django.db import migrations

MINE = "any((select my_agencies())::integer[])"
PARTY = """coalesce((select true from referrals_party p where p.case_id = {table}.{key}
    and p.agency_id = {mine}
      and p.until is null limit 1), false)"""


def party(table: str, key: str = "case_id") -> str:
    """The condition that the acting agency is a party now to the row's case."""
    return PARTY.format(table=table, key=key, mine=MINE)


FUNCTIONS = """
create function can_see(p_case uuid) returns boolean language sql stable security definer
  set search_path = public, pg_temp as $$
  select exists (select from referrals_party where case_id = p_case
      and agency_id = any(my_agencies()) and until is null)
      or exists (select from referrals_case where id = p_case and accountable_agency_id = any(my_agencies()))
$$;
create function was_ours(p_referral uuid) returns boolean language sql stable security definer
  set search_path = public, pg_temp as $$
  select exists (select from referrals_referral where id = p_referral
    and (from_agency_id = any(my_agencies()) or (to_agency_id = any(my_agencies()) and sent_at is not null)))
$$;
create function kept_after_leaving(p_case uuid, p_referral uuid, p_at timestamptz)
    returns boolean language sql stable
  security definer set search_path = public, pg_temp as $$
  select p_referral is not null
     and exists (select from referrals_party where case_id = p_case
         and agency_id = any(my_agencies()) and until >= p_at)
     and exists (select from referrals_referral r where r.id = p_referral
                  and (was_ours(r.id) or (r.sent_at is not null and was_ours(r.parent_id))))
$$;
create function parties_leave(p_case uuid) returns void language sql security definer
    set search_path = public, pg_temp as $$
  update referrals_party p set until = clock_timestamp() from referrals_case c
   where p.case_id = p_case and p.until is null and c.id = p.case_id and can_see(p_case)
     and p.agency_id not in (c.accountable_agency_id, c.opened_by_agency_id)
     and not exists (select from referrals_referral r join agencies_team t on t.id = r.to_team_id
                      where r.case_id = p.case_id and r.state = any(open_states())
                        and p.agency_id in (r.from_agency_id, r.to_agency_id, t.agency_id))
$$;
"""

READ = {
    "case": f"accountable_agency_id = {MINE} or {party('referrals_case', 'id')}",
    # A redirect asked before acceptance makes its child in the sender's name: hence no sent_at
    # in the last line.
    "referral": f"""from_agency_id = {MINE} or (sent_at is not null and (to_agency_id = {MINE}
      or {party("referrals_referral")})) or (parent_id is not null and was_ours(parent_id))""",
    "party": f"agency_id = {MINE} or can_see(case_id)",
    "feed": f"agency_id = {MINE}",
    "thresholddecision": f"agency_id = {MINE} or {party('referrals_thresholddecision')}",
    "idempotencykey": f"agency_id = {MINE}",
}
WRITE = {
    "case": f"accountable_agency_id = {MINE} or can_see(id)",
    "feed": "false",
    "thresholddecision": f"agency_id = {MINE} and (case_id is null or can_see(case_id))",
    "idempotencykey": f"agency_id = {MINE}",
}
OF_CASE = ["accountability", "person", "claimedacceptance", "contactattempt"]
PRIVATE = {"event": "recorded_at", "move": "recorded_at", "content": "recorded_at", "clock": "started_at",
           "escalation": "fired_at"}  # fmt: skip

for name in OF_CASE:
    READ[name] = party(f"referrals_{name}")
for name, at in PRIVATE.items():
    READ[name] = f"""(only_agency_id is null or only_agency_id = {MINE})
      and ({party(f"referrals_{name}")} or kept_after_leaving(case_id, referral_id, {at}))"""
TABLES = sorted(READ)


def policies(table: str) -> str:
    """Both roles' policies on one table."""
    write = WRITE.get(table, "can_see(case_id)")
    return f"""
alter table referrals_{table} enable row level security;
create policy {table}_web on referrals_{table} to rcrp_web using ({READ[table]}) with check ({write});
create policy {table}_worker on referrals_{table} to rcrp_worker using (true) with check (true);
"""


# A message is its recipient's agency's; whoever may act on the case may owe one to any agency.
MESSAGES = """
alter table notifications_message enable row level security;
create policy message_read on notifications_message for select to rcrp_web using (agency_id = :mine);
create policy message_seen on notifications_message for update to rcrp_web using (agency_id = :mine);
create policy message_owed on notifications_message for insert to rcrp_web with check (can_see(case_id));
create policy message_worker on notifications_message to rcrp_worker using (true) with check (true);
alter table notifications_attempt enable row level security;
create policy attempt_worker on notifications_attempt to rcrp_worker using (true) with check (true);
revoke update on notifications_message from rcrp_web;
grant update (seen_at) on notifications_message to rcrp_web;
revoke delete on notifications_message, notifications_attempt from rcrp_web, rcrp_worker;
revoke insert, update on notifications_attempt from rcrp_web;
""".replace(":mine", MINE)
FORWARD = FUNCTIONS + "".join(policies(table) for table in TABLES) + MESSAGES
BACKWARD = """
grant insert, update on notifications_attempt to rcrp_web;
revoke update (seen_at) on notifications_message from rcrp_web;
grant update on notifications_message to rcrp_web;
grant delete on notifications_message, notifications_attempt to rcrp_web, rcrp_worker;
drop policy attempt_worker on notifications_attempt;
alter table notifications_attempt disable row level security;
drop policy message_worker on notifications_message;
drop policy message_owed on notifications_message;
drop policy message_seen on notifications_message;
drop policy message_read on notifications_message;
alter table notifications_message disable row level security;
"""
BACKWARD += "".join(
    f"""
drop policy {table}_worker on referrals_{table};
drop policy {table}_web on referrals_{table};
alter table referrals_{table} disable row level security;
"""
    for table in TABLES
)
BACKWARD += """
drop function parties_leave(uuid);
drop function kept_after_leaving(uuid, uuid, timestamptz);
drop function was_ours(uuid);
drop function can_see(uuid);
"""


class Migration(migrations.Migration):
    """Row-level security on everything that hangs off a case, and on messages."""

    dependencies = [("referrals", "0007_append_only"), ("notifications", "0002_message_keys")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
