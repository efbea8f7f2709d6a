"""Rule 6, with nothing but row-level security: no filter of the application's stands in front of it."""

import pytest
from psycopg import errors
from psycopg.types.json import Jsonb

from tests.referrals.models.attempt import Attempt

# Whatever hangs off a case. Those of the second kind may be empty where all is well.
TABLES = [
    "notifications_message", "notifications_webhookdelivery", "notifications_webhookendpoint",
    "referrals_accountability", "referrals_attachment", "referrals_attachmentwithdrawal",
    "referrals_callback", "referrals_callbackattempt",
    "referrals_case", "referrals_claimedacceptance",
    "referrals_caselink", "referrals_dispute",
    "referrals_clock", "referrals_contactattempt", "referrals_content", "referrals_demand",
    "referrals_escalation", "referrals_event", "referrals_feed", "referrals_idempotencykey",
    "referrals_move", "referrals_onlooker", "referrals_party", "referrals_person", "referrals_referral",
    "referrals_supportentry", "referrals_thresholddecision", "referrals_thresholdstep",
    "referrals_detention", "referrals_detentionmilestone", "referrals_officerwait",
    # missing patients
    "referrals_checklistitem", "referrals_episodelink", "referrals_missingmove", "referrals_missingreport",
    "referrals_sighting",
]  # fmt: skip
EMPTY = ["referrals_finding"]
THE_WORKERS = ["notifications_attempt", "referrals_feed_todo"]
OF_A_PHONE = ["notifications_receipt", "notifications_textcode", "notifications_typedcode"]
OF_NOBODY = [
    "referrals_agreement", "referrals_agreementversion", "referrals_agreementstep",
    "referrals_agreementgolive", "referrals_canary", "referrals_heartbeat",
    "referrals_measure", "referrals_placekindrule", "referrals_proof", "referrals_proofcursor",
    "referrals_thresholdgolive", "referrals_thresholdpolicy", "referrals_thresholdpolicyversion",
]  # fmt: skip

EVERY_TABLE = """
    select relname from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p')
       and relname ~ '^(referrals|notifications)_' order by 1"""
UNGUARDED = """
    select relname from pg_class c where relnamespace = 'public'::regnamespace and relname = any(%(tables)s)
       and not (relrowsecurity and not relforcerowsecurity and exists (
         select from pg_policy where polrelid = c.oid and 'rcrp_web'::regrole = any(polroles)) and exists (
         select from pg_policy where polrelid = c.oid and 'rcrp_worker'::regrole = any(polroles)))"""
WRITABLE = [
    "notifications_message", "notifications_webhookendpoint",
    "referrals_callback", "referrals_case", "referrals_claimedacceptance",
    "referrals_clock", "referrals_demand", "referrals_idempotencykey", "referrals_party", "referrals_person",
    "referrals_referral", "referrals_caselink", "referrals_dispute",
    "referrals_referral", "referrals_detention",
    "referrals_referral", "referrals_missingreport", "referrals_episodelink",
]  # fmt: skip
# What of a case that it has left an agency still reads, it does not change: an error, and no row passed over.
STILL_THERE = """where case_id in (select p.case_id from referrals_party p
 where p.until is null and p.agency_id = any((select my_agencies())::integer[]))"""
OF_A_PART = dict.fromkeys(("referrals_party", "referrals_clock", "referrals_referral"), STILL_THERE)
COLUMN = {
    "notifications_message": "seen_at",
    "notifications_webhookendpoint": "description",
    "referrals_demand": "ticked_at",
    "referrals_callback": "done_at",
    "referrals_dispute": "settled_at",
    "referrals_caselink": "ended_at",
    "referrals_episodelink": "unlinked_at",
}  # the web may update no other
INSERTABLE = [
    "notifications_message", "referrals_accountability", "referrals_case", "referrals_claimedacceptance",
    "referrals_clock", "referrals_contactattempt", "referrals_content", "referrals_demand",
    "referrals_event", "referrals_idempotencykey", "referrals_move", "referrals_party", "referrals_person",
    "referrals_referral", "referrals_thresholddecision", "referrals_thresholdstep",
    "referrals_callback", "referrals_callbackattempt", "referrals_supportentry",
    "referrals_attachment", "referrals_attachmentwithdrawal",
    "notifications_webhookdelivery", "notifications_webhookendpoint",
    "referrals_caselink", "referrals_dispute",
    "referrals_detention", "referrals_detentionmilestone", "referrals_officerwait",
    "referrals_checklistitem", "referrals_episodelink", "referrals_missingmove", "referrals_missingreport",
    "referrals_sighting",
]  # fmt: skip
ONE = "select to_jsonb(t) from {} t where {} limit 1"
WHICH = {"referrals_referral": "state = 'draft'", "referrals_case": "event_seq > 0",
         "referrals_missingreport": "state = 'draft' and version = 1"}  # fmt: skip
PLANT = "insert into {0} select (jsonb_populate_record(null::{0}, %(row)s)).*"
# What a planted row must differ in, so that nothing but the policy keeps it out.
NEW = {
    "notifications_webhookdelivery": {"id": 999_999, "position": 999_999},
    "notifications_webhookendpoint": {"id": "00000000-0000-7000-8000-000000000001"},
    "referrals_clock": {"id": -1, "kind": "undetermined", "referral_id": None},
    "referrals_contactattempt": {"id": "00000000-0000-7000-8000-000000000001"},
    "referrals_content": {"id": "00000000-0000-7000-8000-000000000001"},
    "referrals_event": {},
    "referrals_idempotencykey": {"id": -1, "key": "other"},
    "referrals_move": {"id": "00000000-0000-7000-8000-000000000001", "version": 999},
    "referrals_referral": {
        "id": "00000000-0000-7000-8000-000000000001",
        "reference": "R-NEW",
        "state": "draft",
    },
    "referrals_thresholddecision": {"id": "00000000-0000-7000-8000-000000000001"},
    "referrals_thresholdstep": {"id": "00000000-0000-7000-8000-000000000001"},
    "referrals_attachment": {
        "id": "00000000-0000-7000-8000-000000000001",
        "stored": "elsewhere",
        "sha256": "0" * 64,
    },
    "referrals_supportentry": {"id": "00000000-0000-7000-8000-000000000001"},
    "referrals_dispute": {
        "id": "00000000-0000-7000-8000-000000000001",
        "outcome": "not_needed",
        "settled_by": {},
        "settled_at": "2020-01-01T00:00:00Z",
    },
    "referrals_caselink": {
        "id": "00000000-0000-7000-8000-000000000001",
        "ended_by": {},
        "ended_at": "2020-01-01T00:00:00Z",
    },
    "referrals_callbackattempt": {"id": "00000000-0000-7000-8000-000000000001"},
    "referrals_detention": {
        "id": "00000000-0000-7000-8000-000000000001",
        "reference": "D-NEW",
        "state": "ended",
        "ended_at": "2020-01-01T00:00:00Z",
        "power": "voluntary",
        "expires_at": None,
        "starts_at": None,
    },
    "referrals_detentionmilestone": {"id": "00000000-0000-7000-8000-000000000001"},
    "referrals_officerwait": {"id": "00000000-0000-7000-8000-000000000001"},
    "referrals_callback": {
        "id": "00000000-0000-7000-8000-000000000001",
        "done_at": "2020-01-01T00:00:00Z",
    },
    # missing patients
    "referrals_checklistitem": {"id": "00000000-0000-7000-8000-000000000001", "code": "other"},
    "referrals_episodelink": {
        "id": "00000000-0000-7000-8000-000000000001",
        "unlinked_at": "2020-01-01T00:00:00Z",
        "unlinked_by": {},
    },
    "referrals_missingmove": {"id": "00000000-0000-7000-8000-000000000001", "version": 999},
    "referrals_sighting": {"id": "00000000-0000-7000-8000-000000000001"},
}


@pytest.fixture
def planted(attempt):
    """A row of a police case, as a stranger who somehow knows it would insert it."""

    def plant(table):
        row = attempt("superuser").rows(ONE.format(table, WHICH.get(table, "true")))[0][0]
        blank = {"event_seq": 0, "event_hash": ""} if table == "referrals_case" else {}
        return Jsonb({**row, **blank, **NEW.get(table, {})})

    return plant


def count(table):
    return f"select count(*) from {table}"


def test_no_table_has_been_forgotten(attempt):
    known = [*TABLES, *EMPTY, *THE_WORKERS, *OF_A_PHONE, *OF_NOBODY]
    assert [name for (name,) in attempt("superuser").rows(EVERY_TABLE)] == sorted(known)


def test_nobody_reads_the_codes_of_another_agency_and_the_web_reads_no_receipt(attempt):
    for table in ("notifications_textcode", "notifications_typedcode"):
        assert len(attempt("web").rows(f"select from {table}", "trust")) == 1
        assert attempt("web").rows(f"select from {table}", "stranger") == []
        assert len(attempt("worker").rows(f"select from {table}")) == 1
    assert attempt("web").rows("select from notifications_receipt", "trust") == []


def test_whatever_hangs_off_a_case_has_policies_for_both_roles(attempt):
    superuser = attempt("superuser")
    superuser.names["tables"] = [*TABLES, *EMPTY]
    assert superuser.rows(UNGUARDED) == []


@pytest.mark.parametrize("table", TABLES)
def test_a_stranger_reads_nothing_and_a_party_does(attempt, without, table):
    web = attempt("web")
    assert web.rows(count(table), agency="stranger") == [(0,)]
    assert web.rows(count(table)) == [(0,)]  # nor does somebody of no agency
    assert web.rows(count(table), agency="police")[0][0] > 0
    assert attempt("worker").rows(count(table)) == attempt("superuser").rows(count(table))


@pytest.mark.parametrize("table", TABLES)
def test_without_its_policies_a_stranger_would_read_it(without, table):
    attack = f"select 1 / (count(*))::int from {table}"  # nothing to see would be an error
    assert (
        without(f"alter table {table} disable row level security", "web", attack, agency="stranger") is None
    )


def test_the_web_never_reads_what_is_the_workers(attempt):
    attempts, todo = (count(table) for table in THE_WORKERS)
    assert attempt("worker").rows(attempts)[0][0] > 0
    assert attempt("web").rows(attempts, agency="police") == [(0,)]
    assert attempt("web")(todo, agency="police") == "no right"


@pytest.mark.parametrize("table", WRITABLE)
def test_a_stranger_changes_nothing(attempt, without, table):
    column = COLUMN.get(table) or ("state" if table == "referrals_case" else "id")
    change = f"update {table} set {column} = {column}"
    unread = f"update {table} set {column} = null"  # what reads is held back by what may be read, too
    assert attempt("web").touched(change, agency="stranger") == 0
    assert attempt("web").touched(unread, agency="stranger") == 0
    assert attempt("web").touched(f"{change} {OF_A_PART.get(table, '')}", agency="police") > 0
    assert (
        without(f"alter table {table} disable row level security", "web", change, agency="stranger") is None
    )


@pytest.mark.parametrize("table", INSERTABLE)
def test_a_stranger_plants_nothing_in_anothers_case(attempt, planted, table):
    web = attempt("web")
    web.names["row"] = planted(table)
    assert web(PLANT.format(table), agency="stranger") == "row security"


@pytest.mark.parametrize("table", NEW)
def test_without_its_policies_a_stranger_would_plant_it(roles, attempt, planted, table):
    superuser = attempt("superuser")
    superuser.names["row"] = planted(table)
    alone = "set constraints all immediate" if table != "referrals_referral" else "select 1"
    opened = (f"alter table {table} disable row level security", "set local session authorization rcrp_web")
    try:
        for statement in (*opened, PLANT.format(table), alone):
            assert superuser.connection.execute(statement, superuser.names).rowcount != 0
    finally:
        superuser.connection.rollback()


MYSELF = "insert into referrals_party (case_id, agency_id, since) values (%(sent_case)s, %(stranger)s, now())"


def test_a_stranger_cannot_make_itself_a_party(attempt, without):
    assert attempt("web")(MYSELF, agency="stranger") == "row security"
    unchecked = "alter policy party_web on referrals_party with check (true)"
    assert without(unchecked, "web", MYSELF, agency="stranger") is None


def test_a_party_cannot_take_its_place_to_another_case(attempt, without):
    elsewhere = """update referrals_party set case_id = %(sent_case)s
                    where case_id = %(redirected_case)s and agency_id = %(other_trust)s"""
    assert attempt("web")(elsewhere, agency="other_trust") == "row security"
    unchecked = "alter policy party_web on referrals_party with check (true)"
    assert without(unchecked, "web", elsewhere, agency="other_trust") is None


def test_a_stranger_cannot_take_a_case_over(attempt):
    take = "update referrals_case set accountable_agency_id = %(stranger)s where id = %(sent_case)s"
    assert attempt("web").touched(take, agency="stranger") == 0


def test_nobody_may_owe_a_stranger_a_message_about_a_case_of_others(attempt, planted):
    web = attempt("web")
    row = planted("notifications_message").obj
    key = {"id": "00000000-0000-7000-8000-000000000001", "key": "other", "recipient": "team:0"}
    web.names["row"] = Jsonb({**row, **key})
    assert web(PLANT.format("notifications_message"), agency="stranger") == "row security"
    assert web(PLANT.format("notifications_message"), agency="police") is None


def test_a_key_that_is_taken_says_nothing_of_who_took_it(attempt, planted, scene):
    web = attempt("web")
    row = planted("referrals_case").obj
    own = {"id": "00000000-0000-7000-8000-000000000001", "accountable_agency_id": web.names["stranger"]}
    web.names["row"] = Jsonb({**row, **own})
    with pytest.raises(errors.UniqueViolation) as refused:
        web.touched(PLANT.format("referrals_case"), agency="stranger")
    assert refused.value.diag.message_detail is None
    assert row["reference"] not in str(refused.value)


@pytest.mark.parametrize(("agency", "leave"), [("stranger", 0), ("trust", 1)])
def test_nobody_is_made_to_leave_by_a_stranger(scene, roles, agency, leave):
    attempt = Attempt(roles["superuser"], scene.names)
    idle = """update referrals_referral set state = 'cancelled', version = version + 1
               where id = %(support)s"""
    gone = """select count(*) from referrals_party
               where case_id = %(in_progress_case)s and agency_id = %(ambulance)s and until is not null"""
    statements = (
        idle,
        "set local session authorization rcrp_web",
        "select parties_leave(%(in_progress_case)s)",
    )
    try:
        acting = [str(scene.names[agency])]
        attempt.connection.execute("select set_config('app.agency_ids', %s, true)", acting)
        for statement in (*statements, "reset session authorization"):
            attempt.connection.execute(statement, attempt.names)
        assert attempt.connection.execute(gone, attempt.names).fetchone() == (leave,)
    finally:
        attempt.connection.rollback()


class TestDrafts:
    """A draft is seen by its sender alone, and so is whatever hangs off it."""

    SHOWN = [
        "referrals_referral",
        "referrals_event",
        "referrals_clock",
        "referrals_escalation",
    ]

    @pytest.mark.parametrize("table", SHOWN)
    def test_a_draft_in_a_case_of_its_own(self, attempt, table):
        drafted = f"select count(*) from {table} where case_id = %(draft_case)s"
        assert attempt("web").rows(drafted, agency="police")[0][0] > 0
        assert attempt("web").rows(drafted, agency="trust") == [(0,)]

    @pytest.mark.parametrize("table", SHOWN)
    @pytest.mark.parametrize("party", ["police", "ambulance", "other_trust"])
    def test_a_draft_in_a_case_that_is_shared(self, attempt, table, party):
        key = "id" if table == "referrals_referral" else "referral_id"
        drafted = f"select count(*) from {table} where {key} = %(hidden)s"
        assert attempt("web").rows(drafted, agency="trust")[0][0] > 0
        assert attempt("web").rows(drafted, agency=party) == [(0,)]

    def test_that_a_draft_was_discarded_is_its_senders_to_know(self, attempt):
        discarded = "select count(*) from referrals_move where case_id = %(discarded_case)s"
        assert attempt("web").rows(discarded, agency="police") == [(1,)]
        assert attempt("web").rows(discarded, agency="trust") == [(0,)]

    def test_what_was_a_draft_stays_its_senders_after_it_was_sent(self, attempt):
        early = """select count(*) from referrals_clock
                    where referral_id = %(accepted)s and kind = 'send'"""
        assert attempt("web").rows(early, agency="police") == [(1,)]
        assert attempt("web").rows(early, agency="trust") == [(0,)]
