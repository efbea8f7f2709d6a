"""The chain of events: the database writes it, it is whole, and whoever touches it is found out."""

from datetime import UTC, datetime

import psycopg
import pytest

from tests.referrals.models.raw import event

# A case's chain is whole if its events are numbered without a gap, each carries the digest of the one
# before it, and the last is the head.
BROKEN = """
    with links as (
      select e.*, row_number() over w as place, lag(hash, 1, ''::bytea) over w as before,
             lead(hash) over w is null as last
        from referrals_event e window w as (partition by case_id order by seq)
    )
    select distinct c.reference from referrals_case c left join links l on l.case_id = c.id
     where l.id is null and (c.event_seq <> 0 or c.event_hash <> '')
        or l.seq <> l.place
        or l.hash <> event_digest(l.before, l.case_id, l.seq, l.referral_id, l.type, l.occurred_at,
                                  l.recorded_at, l.actor, l.data)
        or l.last and (l.seq <> c.event_seq or l.hash <> c.event_hash)
     order by 1"""
PAST_ALL_RULES = "set local session_replication_role = replica"
AN_EVENT = "where case_id = %(in_progress_case)s and seq = 4"
TAMPERING = {
    "its data": f"update referrals_event set data = data || '{{\"x\": 1}}' {AN_EVENT}",
    "its actor": f'update referrals_event set actor = actor || \'{{"name": "Nobody"}}\' {AN_EVENT}',
    "its type": f"update referrals_event set type = 'referral.declined' {AN_EVENT}",
    "its time": f"update referrals_event set occurred_at = occurred_at - interval '1 second' {AN_EVENT}",
    "its recording": f"update referrals_event set recorded_at = occurred_at {AN_EVENT}",
    "its referral": f"update referrals_event set referral_id = null {AN_EVENT}",
    "its hash": f"update referrals_event set hash = sha256(hash) {AN_EVENT}",
    "its number": f"update referrals_event set seq = 1000 {AN_EVENT}",
    "its case": f"update referrals_event set case_id = %(sent_case)s, seq = 1000 {AN_EVENT}",
    "a removed event": f"delete from referrals_event {AN_EVENT}",
    "a removed last event": "delete from referrals_event e using referrals_case c "
    "where c.id = %(in_progress_case)s and e.case_id = c.id and e.seq = c.event_seq",
    "a removed chain": "delete from referrals_event where case_id = %(in_progress_case)s",
    "an event put in": "insert into referrals_event"
    """ select (jsonb_populate_record(e, '{"seq": 1000, "id": 0}')).*"""
    f" from referrals_event e {AN_EVENT}",
    "a head": "update referrals_case set event_hash = sha256(event_hash) where id = %(in_progress_case)s",
    "a head's number": "update referrals_case set event_seq = event_seq + 1 where id = %(in_progress_case)s",
    "two events swapped": "update referrals_event e set data = o.data, type = o.type, actor = o.actor"
    " from referrals_event o where e.case_id = %(in_progress_case)s and e.seq in (4, 5)"
    " and o.case_id = e.case_id and o.seq = 9 - e.seq",
}


def test_the_chains_of_every_case_are_whole(attempt):
    assert attempt("superuser").rows("select count(*) from referrals_event")[0][0] > 100
    assert attempt("superuser").rows(BROKEN) == []


@pytest.mark.parametrize("what", TAMPERING)
def test_a_superusers_tampering_is_noticed(scene, attempt, what):
    superuser = attempt("superuser")
    try:
        broken = superuser.run(PAST_ALL_RULES, TAMPERING[what], BROKEN).fetchall()
    finally:
        superuser.connection.rollback()
    assert (scene.at["in_progress"].case_reference,) in broken


@pytest.mark.parametrize("role", ["web", "worker", "owner"])
def test_what_an_event_says_of_its_place_in_the_chain_is_the_databases(attempt, role):
    forged = event("acknowledged", "sent")
    forged = forged.replace("actor, data)", "actor, data, id, seq, hash, recorded_at)")
    forged = forged.replace("'acknowledged')", "'acknowledged'), 1, 1, '\\x00', '2000-01-01'")
    back = " returning id, seq, hash, recorded_at, opened_on"
    someone = attempt(role)
    try:
        before = someone.run("select event_seq from referrals_case where id = %(sent_case)s", agency="police")
        place = before.fetchone()[0] + 1
        key, seq, hash_, recorded_at, _ = someone.run(forged + back).fetchone()
        head = someone.run("select event_seq, event_hash from referrals_case where id = %(sent_case)s")
        assert head.fetchone() == (seq, hash_)
    finally:
        someone.connection.rollback()
    assert key > 1
    assert seq == place
    assert hash_ != b"\x00"
    assert recorded_at > datetime(2020, 1, 1, tzinfo=UTC)


def test_an_event_of_no_case_is_refused(attempt):
    nowhere = """
        insert into referrals_event (case_id, opened_on, type, occurred_at, actor, data)
        values (%(new)s, now(), 'x', now(), '{}', '{}')"""
    with pytest.raises(psycopg.errors.ForeignKeyViolation, match="no case"):
        attempt("worker")(nowhere)


def test_numbers_rise_in_a_case_with_their_ids(attempt):
    disordered = """
        select from (
          select seq, lag(seq) over (partition by case_id order by id) before from referrals_event
        ) e where before > seq"""
    assert attempt("superuser").rows(disordered) == []
