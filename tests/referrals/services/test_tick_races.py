"""The engine against people, and against itself: a rung fires once, and never after the deed."""

import threading
import time
from collections import Counter
from datetime import timedelta

import pytest
from django.db import DatabaseError, connections, transaction

from agencies.acting import acting_for
from notifications.models import Message
from referrals.domain.referral import State
from referrals.models import Case, Clock, Escalation, Event
from referrals.models.keys import instant
from referrals.services import engine
from tests.factories.world import move, referral_at

PATIENCE = 20  # seconds
LATE = timedelta(hours=3)
WAITING = """
    select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"""


@pytest.fixture
def waiting(world, in_role):
    """Six referrals that nobody has acknowledged; Django is the engine's role, as it is in a worker."""
    sent = [referral_at(State.SENT, world) for _ in range(6)]
    with in_role("worker"):
        yield world, sent


class Elsewhere:
    """Something done in another thread, with a connection of its own."""

    def __init__(self, what):
        self.value = self.error = None
        self.thread = threading.Thread(target=self.run, args=[what], daemon=True)
        self.thread.start()

    def run(self, what):
        try:
            self.value = what()
        except Exception as wrong:
            self.error = wrong
        finally:
            connections.close_all()

    def done(self):
        self.thread.join(PATIENCE)
        assert not self.thread.is_alive(), "it still waits"
        assert self.error is None, self.error
        return self.value


def due(now):
    return Clock.objects.due(now).count()


@pytest.fixture
def somebody_waits(db):
    """Returns once some session waits for a row that another has locked."""

    def look():
        for _ in range(PATIENCE * 50):
            if db.cleaner.execute(WAITING).fetchone()[0]:
                return
            time.sleep(0.02)
        raise AssertionError("nobody waits for a lock")

    return look


@pytest.mark.parametrize("batch", [500, 4])
def test_two_engines_at_once_fire_each_rung_once(waiting, race, monkeypatch, batch):
    monkeypatch.setattr(engine, "BATCH", batch)
    now = instant() + LATE
    before = due(now)

    def run():
        told = 0
        while (tick := engine.tick(now)).claimed:
            told += tick.told
        return told

    outcomes = race(run, run, run)
    assert all(outcome.won for outcome in outcomes)
    while engine.tick(now).claimed:
        pass
    fired = Counter(Escalation.objects.values_list("clock_id", "step", "repetition"))
    assert set(fired.values()) == {1}
    assert Escalation.objects.filter(superseded=False).count() == before
    assert Event.objects.filter(type="escalation.fired").count() == before
    assert Message.objects.filter(escalation_id__isnull=False).count() >= before
    assert due(now) == 0


def test_a_second_look_at_the_same_moment_changes_nothing(waiting):
    now = instant() + LATE
    engine.tick(now)
    before = list(Clock.objects.order_by("id").values_list("id", "next_look_at", "step", "repetition"))
    events = Event.objects.count()
    assert engine.tick(now) == engine.Tick(0, 0, 0, 0)
    assert (
        list(Clock.objects.order_by("id").values_list("id", "next_look_at", "step", "repetition")) == before
    )
    assert Event.objects.count() == events


def test_no_rung_fires_after_an_acknowledgement_that_was_made_in_time(waiting, race):
    world, sent = waiting
    now = instant() + LATE
    racers = [lambda each=each: move(world.trust, each, "acknowledge") for each in sent]
    outcomes = race(lambda: engine.tick(now), *racers, lambda: engine.tick(now))
    assert [outcome.error for outcome in outcomes] == [None] * len(outcomes)
    for each in sent:
        done = Event.objects.get(referral=each, type="referral.acknowledged").seq
        fired = Event.objects.filter(referral=each, type="escalation.fired", data__clock__kind="acknowledge")
        assert all(event.seq < done for event in fired)
        clock = Clock.objects.get(referral=each, kind="acknowledge")
        assert clock.met_at is not None
        assert (clock.step > 0) == fired.exists()


def test_what_was_met_after_it_was_claimed_is_not_told(waiting, caplog, monkeypatch):
    """A claim may be older than the lock that it waited for: hence the second reading."""
    world, sent = waiting
    now = instant() + LATE
    with transaction.atomic():
        claimed = engine._claim(now)
    kept = {Clock.objects.get(referral=each, kind="acknowledge").pk for each in sent}
    for each in sent:
        move(world.trust, each, "acknowledge")
    monkeypatch.setattr(engine, "_claim", lambda now: claimed)
    tick = engine.tick(now)
    assert kept < set(claimed)
    assert tick.looked == tick.fired == len(claimed) - len(kept)
    assert not Escalation.objects.filter(clock__in=kept).exists()
    assert "clock_failed" not in caplog.text


def test_a_case_that_somebody_works_on_is_left_for_the_next_look(waiting):
    world, (busy, *others) = waiting
    now = Clock.objects.running().filter(kind="acknowledge").earliest("next_look_at").next_look_at
    now += timedelta(seconds=50)  # less than a minute late
    with transaction.atomic():
        Case.objects.select_for_update(no_key=True).get(pk=busy.case_id)
        tick = Elsewhere(lambda: engine.tick(now)).done()
        assert tick.fired == len(others)
        assert not Escalation.objects.filter(case_id=busy.case_id).exists()
    assert engine.tick(now).fired == 1
    assert Escalation.objects.filter(case_id=busy.case_id).count() == 1


def test_a_case_that_has_been_busy_for_a_minute_is_waited_for_and_alone(waiting, somebody_waits, monkeypatch):
    monkeypatch.setattr(engine, "LONGEST_WAIT", 60_000)
    world, (busy, *others) = waiting
    now = instant() + LATE
    of_the_case = Clock.objects.due(now).filter(case_id=busy.case_id).count()
    with transaction.atomic():
        Case.objects.select_for_update(no_key=True).get(pk=busy.case_id)
        ticking = Elsewhere(lambda: engine.tick(now))
        somebody_waits()
        # It holds nobody else up: the others are looked at already, and free to be worked on.
        assert Escalation.objects.values("case_id").distinct().count() == len(others)
        Case.objects.select_for_update(no_key=True, nowait=True).get(pk=others[0].case_id)
        assert not Escalation.objects.filter(case_id=busy.case_id).exists()
    ticking.done()
    assert Escalation.objects.filter(case_id=busy.case_id, superseded=False).count() == of_the_case


def hold(referral):
    """Lock its case until the transaction ends, as a forgotten psql does."""
    Case.objects.select_for_update(no_key=True).get(pk=referral.case_id)


def test_one_tick_waits_for_a_held_case_and_another_goes_on_with_what_is_free(
    waiting, somebody_waits, monkeypatch
):
    monkeypatch.setattr(engine, "LONGEST_WAIT", 60_000)
    world, (busy, *_) = waiting
    now = instant() + LATE
    with transaction.atomic():
        hold(busy)
        first = Elsewhere(lambda: engine.tick(now))
        somebody_waits()
        assert Elsewhere(lambda: engine.tick(now + LATE)).done().fired > 0
        assert first.thread.is_alive()
    first.done()
    assert Escalation.objects.filter(case_id=busy.case_id).exists()


def test_a_tick_does_not_wait_for_ever(waiting, monkeypatch):
    monkeypatch.setattr(engine, "LONGEST_WAIT", 100)
    world, (busy, *_) = waiting
    with transaction.atomic():
        hold(busy)
        assert Elsewhere(lambda: engine.tick(instant() + LATE)).done().fired > 0
        assert not Escalation.objects.filter(case_id=busy.case_id).exists()


def test_what_fires_after_a_wait_says_when_it_fired(waiting, somebody_waits, as_superuser, monkeypatch):
    monkeypatch.setattr(engine, "LONGEST_WAIT", 60_000)
    world, (busy, *_) = waiting
    as_superuser.execute(
        "update referrals_clock set started_at = started_at - %(by)s, target_at = target_at - %(by)s,"
        " next_look_at = next_look_at - %(by)s where case_id = %(case)s",
        {"by": LATE, "case": busy.case_id},
    )
    as_superuser.commit()
    with transaction.atomic():
        hold(busy)
        ticking = Elsewhere(engine.tick)
        somebody_waits()
        released = instant()
    ticking.done()
    fired = Escalation.objects.filter(case_id=busy.case_id)
    assert fired.exists()
    assert all(each.fired_at > released for each in fired)


class TestWithoutTheLock:
    """The engine looks while somebody is acknowledging: with the lock it leaves the case alone."""

    @pytest.fixture(autouse=True)
    def never_busy_too_long(self, monkeypatch):
        monkeypatch.setattr(engine, "BUSY_TOO_LONG", timedelta(days=1))

    @pytest.fixture
    def failures(self, monkeypatch):
        """What the database refused of the engine's looks; it tries the clocks again one by one."""
        refused = []

        def listen(*arguments):
            try:
                return look(*arguments)
            except DatabaseError as wrong:
                refused.append(wrong.__cause__.diag.constraint_name)
                raise

        look = engine._look
        monkeypatch.setattr(engine, "_look", listen)
        return refused

    def look_during_an_acknowledgement(self, waiting, until):
        """How often the clock that is being met has rung."""
        world, (sent, *_) = waiting
        now = instant() + LATE
        Clock.objects.running().exclude(referral=sent).update(next_look_at=now + LATE)
        with acting_for(world.trust.agency_id):
            move(world.trust, sent, "acknowledge")
            ticking = Elsewhere(lambda: engine.tick(now))
            until(ticking)
        ticking.done()
        return Escalation.objects.filter(clock__kind="acknowledge").count()

    def test_with_it_nothing_is_tried_in_vain(self, waiting, failures):
        assert self.look_during_an_acknowledgement(waiting, Elsewhere.done) == 0
        assert failures == []

    def test_without_it_only_the_database_refuses_a_rung_that_is_too_late(
        self, waiting, failures, somebody_waits, monkeypatch
    ):
        unlocked = engine.CLAIM.replace("for no key update of c skip locked", "")
        assert unlocked != engine.CLAIM
        monkeypatch.setattr(engine, "CLAIM", unlocked)
        assert self.look_during_an_acknowledgement(waiting, lambda ticking: somebody_waits()) == 0
        assert failures == ["clock_running_has_a_next_look"]
