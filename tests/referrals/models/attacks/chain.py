"""Rule 5: what has happened is neither changed nor removed, and the chain says so."""

from tests.referrals.models.attacks import Attack, trigger
from tests.referrals.models.attacks.watched import NEW_CASE
from tests.referrals.models.raw import case_clock

HEAD = trigger("the_head_moves_by_events", "case")
APPEND_ONLY = {
    "referrals_event": "event", "referrals_move": "move", "referrals_thresholddecision": "thresholddecision",
    "referrals_contactattempt": "contactattempt", "referrals_escalation": "escalation",
    "agencies_auditevent": "audit",
}  # fmt: skip
OWN_TRIGGER = [
    "create temp table bait (i int) on commit drop",
    """create function pg_temp.bite() returns trigger language plpgsql as $$ begin
         update referrals_case set event_hash = '\\x00'; return new; end $$""",
    "create trigger bite before insert on bait for each row execute function pg_temp.bite()",
    "insert into bait values (1)",
]


def head(title: str, *statements: str, role: str = "web") -> Attack:
    """The head of a chain says something else than its events."""
    return Attack(f"head: {title}", "chain_head", HEAD, statements, role)


def rewriting(table: str, name: str) -> list[Attack]:
    """The owner of the tables changes, removes or empties what has happened."""
    statements = {
        "is changed": (f"update {table} set id = id", f"{name}_is_append_only"),
        "is removed": (f"delete from {table}", f"{name}_is_append_only"),
        "is emptied": (f"truncate {table} cascade", f"{name}_is_never_emptied"),
    }
    return [
        Attack(f"{table} {what}", "append only", guards(table, guard), (each,), "owner")
        for what, (each, guard) in statements.items()
    ]


def guards(table: str, guard: str) -> str:
    """Emptied with it is whatever points at it: at decisions referrals, and at those all the rest."""
    tables = {table}
    if guard == "thresholddecision_is_never_emptied":
        tables = set(APPEND_ONLY) - {"agencies_auditevent"}
    wanted = {each: guard.replace(APPEND_ONLY[table], APPEND_ONLY[each]) for each in sorted(tables)}
    return ";".join(f"drop trigger {name} on {each}" for each, name in wanted.items())


ATTACKS = [
    head("another hash", "update referrals_case set event_hash = '\\x00' where id = %(sent_case)s"),
    head("another number", "update referrals_case set event_seq = event_seq - 1 where id = %(sent_case)s"),
    head(
        "the engine's role", "update referrals_case set event_seq = 0 where id = %(sent_case)s", role="worker"
    ),
    head("from within a trigger of one's own", *OWN_TRIGGER),
    Attack(
        "head: a new case that has events already",
        "chain_head",
        trigger("a_case_begins_without_events", "case"),
        (
            NEW_CASE[0].replace("'event_seq', to_jsonb(0)", "'event_seq', to_jsonb(5)"),
            *NEW_CASE[1:],
            case_clock("case_review", "sent").replace("select case_id,", "select %(new)s::uuid,"),
        ),
    ),
    *(attack for table, name in APPEND_ONLY.items() for attack in rewriting(table, name)),
    Attack(
        "a demand that was ticked is ticked by another",
        "append only",
        trigger("a_tick_stays", "demand"),
        tuple(
            f"update referrals_demand set ticked_at = now(), ticked_by = '{who}' where referral_id = %(sent)s"
            for who in ('{"name": "Amy"}', '{"name": "Ben"}')
        ),
    ),
    *(
        Attack(
            f"a live agreement: {statement.split()[0]}",
            "append only",
            trigger("a_live_version_is_immutable", "agreementversion"),
            (statement,),
            role="owner",
        )
        for statement in (
            "update referrals_agreementversion set terms = '{}'",
            "update referrals_agreementversion set live_from = null",
        )
    ),
]
