"""Each question of the faults can be answered with yes: what it asks about is planted, and found."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from referrals.domain.referral import State
from referrals.models.keys import instant
from referrals.services import engine
from tests.factories.world import make_world, move, referral_at
from tests.faults import __main__ as faults
from tests.faults.stage import LONG_AGO
from tests.faults.work import QUESTIONS, answers

OF_THE_CLOCK = "where kind = 'acknowledge'"
EARLIER = f"""update referrals_clock set started_at = started_at - interval '15 min 10 s',
    target_at = target_at - interval '15 min 10 s',
    next_look_at = next_look_at - interval '15 min 10 s' {OF_THE_CLOCK}"""
LATER_EVENT = "update referrals_event set seq = seq + 1000 where type = 'escalation.fired'"


@pytest.fixture
def tamper(as_superuser):
    """``tamper(sql)``: one statement that no rule holds back."""
    as_superuser.execute("set session_replication_role = replica")

    def run(sql):
        assert as_superuser.execute(sql).rowcount
        as_superuser.commit()

    return run


@pytest.fixture
def world(db):
    """Police, two trusts, an ambulance service and a stranger."""
    return db.scene("world", make_world)


@pytest.fixture
def fired(world, tamper, in_role):
    """A referral whose acknowledgement, of 15 minutes, is ten seconds older, and was told of just now."""
    referral = referral_at(State.SENT, world)
    tamper(EARLIER)
    with in_role("worker"):
        assert engine.tick().fired == 1
    return referral


@pytest.fixture
def asked(as_superuser):
    """The answers, for a fault that began and ended long ago."""
    return lambda recovered=LONG_AGO: answers(as_superuser, LONG_AGO, recovered)


def yes(found):
    return {name for name in QUESTIONS if found[name]}


def test_where_all_is_well_every_answer_is_no(fired, asked):
    assert yes(asked()) == set()
    assert asked()["fired"] == 2


PLANTED = {
    "lost": "delete from referrals_escalation where superseded",
    "told_twice_or_never": "delete from referrals_event where type = 'escalation.fired'",
    "without_its_messages": "delete from notifications_message where escalation_id is not null",
    "early": "update referrals_escalation set due_at = now() + interval '1 hour' where not superseded",
    "chain_broken": "update referrals_event set actor = '{}' where type = 'referral.sent'",
}


@pytest.mark.parametrize("question", PLANTED)
def test_what_is_planted_is_found(fired, asked, tamper, question):
    tamper(PLANTED[question])
    assert question in yes(asked())


def test_a_rung_told_twice_is_found(fired, asked, tamper):
    copied = "case_id, opened_on, referral_id, type, occurred_at, recorded_at, actor, data, hash"
    tamper(f"""insert into referrals_event (id, seq, {copied}) select id + 100000, seq + 1000, {copied}
        from referrals_event where type = 'escalation.fired'""")
    assert "told_twice_or_never" in yes(asked())


def test_what_fires_after_the_acknowledgement_is_found_whatever_its_own_time_says(
    world, fired, asked, tamper
):
    move(world.trust, fired, "acknowledge")
    assert "fired_after_acknowledgement" not in yes(asked())
    tamper(LATER_EVENT)
    assert "fired_after_acknowledgement" in yes(asked())


def test_a_rung_that_nobody_told_before_a_late_acknowledgement_is_lost(world, fired, asked, tamper):
    move(world.trust, fired, "acknowledge")
    tamper("delete from referrals_escalation where not superseded")
    assert "lost" not in yes(asked()), "the minute was not over"
    tamper(f"update referrals_clock set target_at = target_at - interval '60 s' {OF_THE_CLOCK}")
    assert "lost" in yes(asked())
    assert "lost" not in yes(asked(instant() + timedelta(hours=1))), "the fault was not over"


def test_lateness_is_counted_to_when_it_was_recorded(fired, asked, tamper):
    before = asked()["latest"]
    tamper("update referrals_event set recorded_at = recorded_at + interval '90 s'")
    assert asked()["latest"] == pytest.approx(before + 90, abs=1)


def test_several_faults_are_played_each_in_a_process_of_its_own(monkeypatch):
    """In one process the second would look for the first one's servers; any that fails makes it fail."""
    ran = []

    def run(command, check):
        ran.append(command[command.index("tests.faults") + 1 :])
        return SimpleNamespace(returncode=len(ran) == 2)

    monkeypatch.setattr(faults.subprocess, "run", run)
    assert faults.main(["clocks", "mail", "mute", "--seed", "3"]) == 1
    assert ran == [["clocks", "--seed", "3"], ["mail", "--seed", "3"], ["mute", "--seed", "3"]]
