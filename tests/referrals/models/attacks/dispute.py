"""A dispute is watched, and settled once; a link is of two cases, its agency's own, and undone once."""

from tests.referrals.models.attacks import Attack, constraint, trigger

CASE = "where case_id = %(info_requested_case)s"
SETTLE = "outcome = 'not_needed', settled_by = '{}', settled_at = now()"
CLOCK = f"{CASE} and kind = 'dispute' and stopped_at is null"


def again(table: str, change: str, where: str = CASE) -> str:
    """One more row like the one there is, but for this."""
    built = f"jsonb_build_object('id', gen_random_uuid(), {change})"
    return (
        f"insert into referrals_{table} select (jsonb_populate_record(r, {built})).*"
        f" from referrals_{table} r {where} limit 1"
    )


def checked(rule: str, table: str, title: str, *statements: str) -> Attack:
    """A row that contradicts itself."""
    return Attack(title, rule, constraint(rule, table), statements)


SETTLED = f"update referrals_dispute set {SETTLE} {CASE}"
UNDONE = "update referrals_caselink set ended_at = now(), ended_by = '{}'"
CLOSED = "'outcome', 'not_needed', 'settled_by', '{}'::jsonb, 'settled_at', now()"
ENDED = "'ended_by', '{}'::jsonb, 'ended_at', now()"

DESK = "%(police_team)s::int"
ONE, ITSELF = "%(sent_case)s::uuid", "'other_id', %(sent_case)s::uuid, 'one_id', %(sent_case)s::uuid"

ATTACKS = [
    Attack("a dispute that nobody watches", "dispute_is_watched", trigger("dispute_is_watched", "dispute"),
           (again("dispute", f"'case_id', {ONE}"),)),
    Attack("a dispute whose clock stops", "dispute_is_watched", trigger("dispute_stays_watched", "clock"),
           (f"update referrals_clock set stopped_at = now(), next_look_at = null {CLOCK}",)),
    Attack("a dispute is settled anew", "append only", trigger("a_settled_dispute_stays", "dispute"),
           (SETTLED, SETTLED)),
    checked("dispute_waits_or_is_settled", "dispute", "settled by nobody",
            f"update referrals_dispute set outcome = 'not_needed' {CASE}"),
    checked("dispute_is_between_two_teams", "dispute", "a team disputes with itself",
            again("dispute", f"{CLOSED}, 'from_team_id', {DESK}, 'to_team_id', {DESK}")),
    checked("one_open_dispute_of_a_case", "dispute", "two disputes of a case",
            again("dispute", "'arbiter', 'x'")),
    Attack("a link is undone by another", "append only", trigger("an_undone_link_stays", "caselink"),
           (UNDONE, UNDONE)),
    checked("link_is_undone_by_somebody", "caselink", "a link is undone by nobody",
            "update referrals_caselink set ended_at = now()"),
    checked("link_is_of_two_cases_in_their_order", "caselink", "a case is linked with itself",
            again("caselink", f"{ENDED}, {ITSELF}", "")),
    checked("cases_are_linked_once", "caselink", "two cases are linked twice",
            again("caselink", "'made_at', now()", "")),
    Attack("a case of others is linked", "row security",
           "alter table referrals_caselink disable row level security",
           (again("caselink", "'agency_id', %(stranger)s::int", ""),)),
]  # fmt: skip
