"""Support goes on or ends; a call back that was made stays made; a caller who is reached is told."""

from tests.referrals.models.attacks import Attack, constraint, trigger

CASE = "where case_id = %(in_progress_case)s"
DONE = f"update referrals_callback set done_at = now() {CASE}"


def again(table: str, change: str) -> str:
    """One more row like the one there is, but for this."""
    built = f"jsonb_build_object('id', gen_random_uuid(), {change})"
    return (
        f"insert into referrals_{table} select (jsonb_populate_record(r, {built})).*"
        f" from referrals_{table} r {CASE} limit 1"
    )


def checked(title: str, rule: str, table: str, change: str) -> Attack:
    """A row that contradicts itself."""
    return Attack(title, rule, constraint(rule, table), (again(table, change),))


ATTACKS = [
    checked("support that ends and goes on", "support_goes_on_or_ends", "supportentry", "'ends', 'arrived'"),
    checked("nobody, on the phone", "support_by_nobody_is_not_at_all", "supportentry", "'who', 'nobody'"),
    checked("reached and told nothing", "a_caller_who_is_reached_is_told", "callbackattempt",
            "'outcome', 'reached'"),
    checked("two calls owed at a time", "one_call_back_owed_at_a_time", "callback", "'due_at', now()"),
    Attack("a call is made twice", "append only", trigger("a_call_back_stays_made", "callback"),
           (DONE, DONE)),
]  # fmt: skip
