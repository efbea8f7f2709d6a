"""What each role may do to each table at all, before any row or rule is asked."""

import pytest

from tests.referrals.models.test_row_security import EMPTY, OF_NOBODY, TABLES, THE_WORKERS

RIGHTS = """
    select has_table_privilege(r, t, 'select'), has_table_privilege(r, t, 'insert'),
           has_any_column_privilege(r, t, 'update'), has_table_privilege(r, t, 'delete'),
           has_table_privilege(r, t, 'truncate') or has_table_privilege(r, t, 'trigger')
           or has_table_privilege(r, t, 'references')
      from (values ('rcrp_' || %(role)s::text, %(table)s::text)) x(r, t)"""
READ, APPEND, WRITE = "select", "select insert", "select insert update"
WEB = {
    "referrals_feed": READ, "referrals_onlooker": READ, "referrals_escalation": READ,
    "referrals_agreement": APPEND, "referrals_agreementversion": WRITE,
    "referrals_agreementstep": APPEND, "referrals_agreementgolive": APPEND,
    "referrals_event": APPEND, "referrals_move": APPEND, "referrals_content": APPEND,
    "referrals_supportentry": APPEND, "referrals_callbackattempt": APPEND, "referrals_callback": WRITE,
    "referrals_dispute": WRITE, "referrals_caselink": WRITE,
    "referrals_detention": WRITE, "referrals_detentionmilestone": APPEND, "referrals_officerwait": APPEND,
    "referrals_thresholdstep": APPEND, "referrals_thresholdpolicy": APPEND,
    "referrals_thresholdpolicyversion": APPEND, "referrals_thresholdgolive": APPEND,
    "referrals_thresholddecision": APPEND, "referrals_contactattempt": APPEND, "agencies_auditevent": APPEND,
    "referrals_case": WRITE, "referrals_person": WRITE, "referrals_party": WRITE,
    "referrals_accountability": WRITE, "referrals_referral": WRITE, "referrals_claimedacceptance": WRITE,
    "referrals_clock": WRITE, "referrals_demand": WRITE, "notifications_message": WRITE,
    "notifications_attempt": READ, "referrals_feed_todo": "",
    "notifications_webhookendpoint": WRITE, "notifications_webhookdelivery": APPEND,
    "referrals_attachment": APPEND, "referrals_attachmentwithdrawal": APPEND,
    # missing patients
    "referrals_missingreport": WRITE, "referrals_episodelink": WRITE, "referrals_missingmove": APPEND,
    "referrals_checklistitem": APPEND, "referrals_sighting": APPEND,
    "referrals_placekindrule": READ,
}  # fmt: skip
WORKER = {
    **WEB, "referrals_escalation": APPEND,
    "referrals_demand": APPEND, "notifications_attempt": WRITE,
    "referrals_feed_todo": READ,
    "notifications_webhookendpoint": "select update",
    "notifications_webhookdelivery": "select insert update delete",
}  # fmt: skip
COLUMNS = {
    "notifications_message": {"seen_at"},
    "notifications_webhookendpoint": {
        "url", "types", "description", "secret", "old_secret", "old_secret_until", "failures",
        "failing_since", "retry_at", "warned_at", "disabled_at", "disabled_reason", "removed_at",
    },
    "referrals_demand": {"ticked_at", "ticked_by"},
    "referrals_callback": {"done_at"},
    "referrals_agreementversion": {"terms"},
    "referrals_dispute": {"outcome", "agreed_with", "settled_by", "settled_text_id", "settled_at"},
    "referrals_caselink": {"ended_at", "ended_by"},
    "referrals_episodelink": {"unlinked_at", "unlinked_by"},
}  # fmt: skip


def rights(attempt, role, table):
    """What the role may do, in words."""
    asked = attempt("superuser")
    asked.names |= {"role": role, "table": table}
    *may, beyond = asked.rows(RIGHTS)[0]
    words = [word for word, yes in zip(("select", "insert", "update", "delete"), may, strict=True) if yes]
    return " ".join([*words, *(["more"] if beyond else [])])


@pytest.mark.parametrize(("role", "expected"), [("web", WEB), ("worker", WORKER)])
def test_each_role_may_do_what_it_needs_and_no_more(attempt, role, expected):
    assert {table: rights(attempt, role, table) for table in expected} == expected


@pytest.mark.parametrize("role", ["web", "worker"])
def test_nobody_may_empty_a_table_or_put_a_trigger_on_it(attempt, role):
    tables = [*TABLES, *EMPTY, *THE_WORKERS, *OF_NOBODY, "agencies_auditevent"]
    assert [table for table in tables if "more" in rights(attempt, role, table)] == []


@pytest.mark.parametrize("table", COLUMNS)
def test_of_some_rows_the_web_may_change_one_thing_only(attempt, table):
    asked = attempt("superuser")
    columns = f"""
        select attname from pg_attribute where attrelid = '{table}'::regclass and attnum > 0
           and has_column_privilege('rcrp_web', attrelid, attnum, 'update')"""
    assert {name for (name,) in asked.rows(columns)} == COLUMNS[table]


@pytest.mark.parametrize("table", [name for name, may in WEB.items() if may == APPEND == WORKER[name]])
def test_what_is_append_only_is_refused_for_want_of_a_right(attempt, table):
    for statement in (f"update {table} set id = id", f"delete from {table}", f"truncate {table}"):
        assert attempt("web")(statement, agency="police") == "no right"
        assert attempt("worker")(statement) == "no right"


@pytest.mark.parametrize("role", ["web", "worker"])
def test_neither_role_owns_anything_or_passes_row_security(attempt, role):
    above = f"select from pg_class where relowner = 'rcrp_{role}'::regrole"
    assert attempt("superuser").rows(above) == []
    may = f"""
        select rolsuper or rolbypassrls or rolcreaterole or rolcreatedb
          from pg_roles where rolname = 'rcrp_{role}'"""
    assert attempt("superuser").rows(may) == [(False,)]
    assert attempt(role)("create table mine (i int)") == "no right"
    assert attempt(role)("set local session_replication_role = replica") == "no right"
