"""A poison clock: it delays nobody, is tried five times, is parked, and a human is told."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection

from agencies.acting import acting_for
from notifications.models import Message
from referrals.domain.referral import State
from referrals.models import Clock, Escalation, Event
from referrals.models.keys import instant
from referrals.services import engine, parking
from tests.factories.world import referral_at

DAY = timedelta(days=1)
SECONDS_TO_THE_NEXT_TRY = [10, 20, 40, 80]


@pytest.fixture
def sent(world):
    """Five referrals that wait, each with its clocks."""
    return [referral_at(State.SENT, world) for _ in range(5)]


@pytest.fixture
def as_engine(sent, in_role):
    """The rest of the test runs as the engine does."""
    with in_role("worker"):
        yield


@pytest.fixture
def poison(sent, as_engine, as_superuser):
    """One clock of a kind that does not exist: no plan can be made for it."""
    key = Clock.objects.running().filter(referral=sent[2]).latest("id").pk
    spoil(as_superuser, key, "nonsense")
    return key


def spoil(connection, key, kind):
    connection.execute("set session_replication_role = replica")  # the database would refuse it
    connection.execute("update referrals_clock set kind = %s where id = %s", [kind, key])
    connection.execute("set session_replication_role = origin")
    connection.commit()


def fill_the_place_of(clock):
    """A rung of this clock has fired already, it seems: the database refuses it a second time."""
    Escalation.objects.create(
        case_id=clock.case_id, clock=clock, step=0, repetition=0, percent=50, due_at=clock.started_at,
        fired_at=clock.started_at,
    )  # fmt: skip


def test_a_clock_that_cannot_be_planned_delays_no_other_in_its_batch(poison):
    now = instant() + DAY
    due = Clock.objects.due(now).count()
    tick = engine.tick(now)
    assert (tick.claimed, tick.looked, tick.fired) == (due, due, due - 1)
    assert not Clock.objects.due(now).exists()
    assert Clock.objects.get(pk=poison).tries == 1


@pytest.mark.parametrize("many", [1, 3, 7])
def test_clocks_whose_writes_are_refused_delay_no_other_in_their_batch(many, as_engine):
    now = instant() + DAY
    due = list(Clock.objects.due(now).order_by("?"))
    refused = due[:many]
    for clock in refused:
        fill_the_place_of(clock)
    tick = engine.tick(now)
    assert tick.fired == len(due) - many
    assert set(Clock.objects.filter(tries=1)) == set(refused)
    assert set(Clock.objects.filter(trouble="IntegrityError")) == set(refused)
    untouched = Escalation.objects.filter(clock__in=refused)
    assert untouched.count() == many


def test_a_row_that_only_the_commit_would_refuse_is_found_out_before(as_engine, as_superuser):
    now = instant() + DAY
    clock = Clock.objects.due(now).first()
    as_superuser.execute("set session_replication_role = replica")
    as_superuser.execute("update referrals_clock set only_agency_id = 32000 where id = %s", [clock.pk])
    as_superuser.commit()
    tick = engine.tick(now)
    assert tick.fired == tick.claimed - 1
    assert Clock.objects.get(tries=1) == clock


def test_it_is_tried_five_times_a_little_later_each_time_and_then_parked(poison):
    now, waits = instant() + DAY, []
    for _ in range(parking.MOST_TRIES):
        engine.tick(now)
        clock = Clock.objects.get(pk=poison)
        waits.append((clock.next_look_at - now).total_seconds())
        now = clock.next_look_at
    assert waits == [*SECONDS_TO_THE_NEXT_TRY, 900]
    assert clock.tries == 5
    assert clock.parked_at == now - timedelta(minutes=15)
    assert clock.trouble == "ValueError"


def parked(key, looks=parking.MOST_TRIES):
    now = instant() + DAY
    for _ in range(looks):
        engine.tick(now)
        now = Clock.objects.get(pk=key).next_look_at
    return now


def test_the_holders_duty_contact_is_told_and_the_case_shows_it(poison, sent, world):
    parked(poison)
    event = Event.objects.get(type="clock.parked")
    assert event.referral_id == sent[2].pk
    assert event.data["tries"] == 5
    message = Message.objects.get(kind="clock.parked")
    agency = Clock.objects.select_related("case").get(pk=poison).case.accountable_agency_id
    assert message.recipient == f"agency:{agency}" == f"agency:{world.police.agency_id}"
    assert message.data["reference"] == sent[2].reference


def test_the_holder_is_who_must_act(sent, as_engine, world):
    clock = Clock.objects.running().get(referral=sent[0], kind="decide")
    fill_the_place_of(clock)
    parked(clock.pk)
    message = Message.objects.get(kind="clock.parked")
    assert message.recipient == f"agency:{world.trust.agency_id}"


def test_a_parked_clock_is_looked_at_every_fifteen_minutes_and_a_human_told_each_time(poison):
    parked(poison, looks=parking.MOST_TRIES + 3)
    assert Message.objects.filter(kind="clock.parked").count() == 4
    assert Event.objects.filter(type="clock.parked").count() == 1


def test_a_mended_clock_goes_on_and_says_so(poison, as_superuser):
    now = parked(poison)
    spoil(as_superuser, poison, "decide")
    engine.tick(now)
    clock = Clock.objects.get(pk=poison)
    assert (clock.tries, clock.parked_at, clock.trouble) == (0, None, "")
    assert Escalation.objects.filter(clock=clock).exists()
    assert Event.objects.filter(type="clock.mended").count() == 1


def test_no_text_of_the_error_is_kept_or_logged(poison, caplog):
    parked(poison)
    said = [record.getMessage() + str(record.__dict__) for record in caplog.records]
    assert said
    assert not [each for each in said if "not a valid" in each]


def test_the_log_names_the_case_of_a_clock_that_fails(poison, sent, caplog):
    engine.tick(instant() + DAY)
    (record,) = [each for each in caplog.records if each.getMessage() == "clock_failed"]
    assert (record.case, record.clock, record.error) == (sent[2].case_reference, poison, "ValueError")


def test_what_cannot_even_be_noted_blocks_nobody(poison, as_superuser, caplog):
    """A clock that may not be written at all: it stays due, and the others go on."""
    as_superuser.execute(
        f"create function refuse_it() returns trigger language plpgsql as"
        f" $$ begin if new.id = {poison} then raise 'no'; end if; return new; end $$"
    )
    as_superuser.execute(
        "create trigger refuse_it before update on referrals_clock for each row execute function refuse_it()"
    )
    as_superuser.commit()
    try:
        now = instant() + DAY
        tick = engine.tick(now)
        assert tick.fired == tick.claimed - 1
        assert [clock.pk for clock in Clock.objects.due(now)] == [poison]
        assert "clock_failure_not_noted" in caplog.messages
        assert engine.tick(now).claimed == 1
    finally:
        as_superuser.execute("drop function refuse_it cascade")
        as_superuser.commit()


def test_a_lost_connection_is_nobodys_fault(as_engine, as_superuser):
    connection.ensure_connection()
    pid = connection.connection.info.backend_pid
    as_superuser.execute("select pg_terminate_backend(%s)", [pid])
    with pytest.raises(OperationalError):
        engine.tick()
    connection.close()
    assert not Clock.objects.exclude(tries=0).exists()


def test_the_people_of_the_case_see_the_event(poison, world):
    parked(poison)
    with acting_for(world.trust.agency_id):
        assert Event.objects.visible_to(world.trust).filter(type="clock.parked").exists()
