"""Each question of what a load must not break can be answered: what it asks about is planted, and found."""

from datetime import timedelta

import pytest

from referrals.domain.referral import State
from referrals.management.scale.checks import CHECKS, broken
from referrals.models.keys import instant
from referrals.services import engine, feed
from referrals.services import referral as referrals
from tests.factories.world import act, make_world, referral_at

HASHES = "every hash follows from the one before"
PLANTED = {
    "every open referral has the clocks of its state":
        "delete from referrals_clock where kind = 'acknowledge'",
    "every open case is looked at": "update referrals_referral set state = 'closed'",
    "a case that is closed has nothing open":
        "update referrals_case set state = 'closed', closed_at = clock_timestamp()",
    "somebody is accountable without a gap": "delete from referrals_accountability",
    "who is accountable follows from a cause":
        "update referrals_case set accountable_since = accountable_since - interval '1 minute'",
    "one lead at most holds a case": "update referrals_case set holding_lead_id = null",
    "a referral stands where its moves led":
        "update referrals_referral set state = 'acknowledged' where state = 'sent'",
    "every move has its event": "update referrals_event set referral_id = null",
    "the chain of every case has all its events": "update referrals_case set event_seq = event_seq + 1",
    "those at the ends of an open referral are parties":
        "update referrals_party set until = clock_timestamp()",
    "who is accountable is a party": "update referrals_party set until = clock_timestamp()",
    "every event is numbered":
        "insert into referrals_feed_todo select id, case_id from referrals_event limit 1",
    "every party gets the events since it joined": "delete from referrals_feed",
    "a referral breaches when the first of its clocks does":
        "update referrals_referral set breach_at = breach_at + interval '1 hour'",
    "every rung that was told is owed to somebody": "update notifications_message set escalation_id = null",
    "whoever looks on at a referral is known": "delete from referrals_onlooker",
    HASHES: "update referrals_event set data = data || '{\"x\": 1}'",
}  # fmt: skip


def make_cases():
    """One that waits at two agencies and was chased, and one that is held; every event is numbered."""
    world = make_world()
    sent = referral_at(State.SENT, world)
    act(
        world.police,
        referrals.create,
        asked=world.asked(case=sent.case_reference, lead=False, to_team=world.teams["ambulance"], person={}),
    )
    referral_at(State.ACCEPTED, world)
    engine.tick(now=instant() + timedelta(minutes=20))
    while feed.number_events():
        pass


@pytest.fixture
def cases(db, in_role, as_superuser):
    """The cases, and a connection that no rule holds back."""
    with in_role("worker"):
        db.scene("scale checks", make_cases)
    as_superuser.execute("set session_replication_role = replica")
    as_superuser.commit()
    return as_superuser


def test_nothing_is_wrong_with_what_was_made(cases):
    assert list(broken(cases)) == []


def test_every_question_is_planted():
    assert PLANTED.keys() == {*CHECKS, HASHES}


@pytest.mark.parametrize("rule", PLANTED)
def test_what_is_wrong_is_found(cases, rule):
    assert cases.execute(PLANTED[rule]).rowcount
    assert [said for said in broken(cases) if said.startswith(rule)]
