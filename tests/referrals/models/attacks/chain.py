"""Rule 5: what has happened is neither changed nor removed, and the chain says so."""

from tests.referrals.models.attacks import Attack, trigger
from tests.referrals.models.attacks.watched import NEW_CASE
from tests.referrals.models.raw import case_clock

HEAD = trigger("the_head_moves_by_events", "case")
APPEND_ONLY = {
    "referrals_event": "event", "referrals_move": "move", "referrals_thresholddecision": "thresholddecision",
    "referrals_contactattempt": "contactattempt", "referrals_escalation": "escalation",
    "agencies_auditevent": "audit", "referrals_thresholdstep": "thresholdstep",
    "referrals_thresholdpolicy": "thresholdpolicy", "referrals_thresholdgolive": "thresholdgolive",
    "referrals_thresholdpolicyversion": "thresholdpolicyversion",
    "referrals_agreementstep": "agreementstep", "referrals_agreementgolive": "agreementgolive",
    "referrals_supportentry": "supportentry", "referrals_callbackattempt": "callbackattempt",
    "referrals_detentionmilestone": "detentionmilestone", "referrals_officerwait": "officerwait",
    "referrals_missingmove": "missingmove", "referrals_checklistitem": "checklistitem",
    "referrals_sighting": "sighting",
    "referrals_placekindrule": "placekindrule",
    "referrals_attachment": "attachment", "referrals_attachmentwithdrawal": "attachmentwithdrawal",
}  # fmt: skip
# What points at a table's rows is removed before them; emptied with it is whatever points at it: at
# policies decisions, at those referrals, and at those all the rest.
POINTING = {
    "referrals_attachment": ["referrals_attachmentwithdrawal"],
    "referrals_thresholddecision": ["referrals_thresholdstep"],
    "referrals_thresholdpolicyversion": ["referrals_thresholdstep", "referrals_thresholddecision",
                                         "referrals_thresholdgolive"],
    "referrals_thresholdpolicy": ["referrals_thresholdstep", "referrals_thresholddecision",
                                  "referrals_thresholdgolive", "referrals_thresholdpolicyversion"],
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


def rewriting(table: str) -> list[Attack]:
    """The owner of the tables changes, removes or empties what has happened."""
    removed = [*POINTING.get(table, []), table]
    emptied = set(APPEND_ONLY) - {"agencies_auditevent"} if table in POINTING else {table}
    changes = {
        "is changed": ([f"update {table} set id = id"], guards([table], "append_only")),
        "is removed": ([f"delete from {each}" for each in removed], guards(removed, "append_only")),
        "is emptied": ([f"truncate {table} cascade"], guards(sorted(emptied), "never_emptied")),
    }
    return [
        Attack(f"{table} {what}", "append only", guard, tuple(statements), "owner")
        for what, (statements, guard) in changes.items()
    ]


def guards(tables: list[str], what: str) -> str:
    """The triggers of these tables."""
    return ";".join(f"drop trigger {APPEND_ONLY[each]}_is_{what} on {each}" for each in tables)


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
    *(attack for table in APPEND_ONLY for attack in rewriting(table)),
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
            "update referrals_agreementversion set live_from = null where id = 1",
        )
    ),
]
