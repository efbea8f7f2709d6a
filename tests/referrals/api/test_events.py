"""GET /events/: everything that happened, in one order, nothing skipped."""

import threading
import time

import pytest

from agencies import services as agencies
from agencies.acting import acting_for
from referrals.api import event
from referrals.domain.referral import State
from referrals.services import feed
from referrals.services import referral as referrals
from tests.factories.agencies import MembershipFactory
from tests.factories.world import act, move, referral_at


def read(caller, after=0, **parameters):
    answer = caller.get("/events/", after=after, **parameters)
    assert answer.status_code == 200, answer.json()
    return answer.json()


def types(told):
    return [each["type"] for each in told["results"]]


def test_each_party_reads_what_happened_in_order(world, police, trust, stranger):
    referral = referral_at(State.ACCEPTED, world)
    told = read(police)
    assert types(told) == [
        "case.opened", "referral.draft", "case.shared", "referral.sent", "referral.acknowledged",
        "referral.accepted", "case.accountability_changed",
    ]  # fmt: skip
    assert [each["sequence"] for each in told["results"]] == sorted(
        each["sequence"] for each in told["results"]
    )
    assert told["next_after"] == told["results"][-1]["sequence"]
    assert "referral.draft" not in types(read(trust))
    assert read(stranger) == {"results": [], "next_after": 0}
    accepted = told["results"][5]
    assert accepted["case"] == referral.case_reference
    assert accepted["referral"] == str(referral.pk)
    assert accepted["referral_reference"] == referral.reference
    assert set(accepted["actor"]) == {"name", "role", "contact", "agency"}
    assert accepted["actor"]["agency"] == "trust"


def test_reading_on_gives_what_is_new_and_nothing_else(world, police):
    referral = referral_at(State.SENT, world)
    first = read(police)
    assert read(police, first["next_after"]) == {"results": [], "next_after": first["next_after"]}
    move(world.trust, referral, "acknowledge")
    assert types(read(police, first["next_after"])) == ["referral.acknowledged"]


def test_in_pages_of_any_size_it_is_the_same(world, police):
    referral_at(State.COMPLETED, world)
    whole = read(police)["results"]
    found, after = [], 0
    while told := read(police, after, limit=2)["results"]:
        assert len(told) <= 2
        found += told
        after = told[-1]["sequence"]
    assert found == whole


def test_only_the_types_asked_for_and_the_rest_is_passed_over(world, police):
    referral_at(State.ACCEPTED, world)
    told = read(police, type=["referral.accepted", "referral.sent"])
    assert types(told) == ["referral.sent", "referral.accepted"]
    assert told["next_after"] == read(police)["next_after"]
    first = read(police, type=["referral.accepted", "referral.sent"], limit=1)
    assert types(first) == ["referral.sent"]
    second = read(police, first["next_after"], type="referral.accepted", limit=1)
    assert types(second) == ["referral.accepted"]
    assert read(police, type="referral.closed")["results"] == []


def test_a_look_is_bounded_and_the_reader_comes_on_all_the_same(world, police, monkeypatch):
    monkeypatch.setattr(event, "SCANNED", 2)
    referral_at(State.ACCEPTED, world)
    found, after = [], 0
    for _ in range(10):
        told = read(police, after, type="referral.accepted")
        found += types(told)
        after = told["next_after"]
    assert found == ["referral.accepted"]


def test_with_wait_a_look_that_found_nothing_goes_on_at_once_while_there_is_more(world, police, monkeypatch):
    monkeypatch.setattr(event, "SCANNED", 2)
    monkeypatch.setattr(event, "BETWEEN_LOOKS", 10)
    referral_at(State.ACCEPTED, world)
    began = time.monotonic()
    assert types(read(police, type="referral.accepted", wait=20)) == ["referral.accepted"]
    assert time.monotonic() - began < 10


def test_what_was_read_is_told_without_names_of_the_patient(world, police):
    referral_at(State.ACCEPTED, world)
    said = police.get("/events/").content.decode()
    assert "EXAMPLE" not in said
    assert "neighbour" not in said


def test_a_type_of_text_that_the_audience_does_not_read_is_not_mentioned(world, caller):
    referral_at(State.SENT, world)
    agency = world.teams["trust"].agency
    agency.kind = "voluntary"
    agency.save()
    told = read(caller(world.trust))
    assert {c["kind"] for e in told["results"] for c in e["data"].get("content", ())} == {
        "summary",
        "location",
    }


def test_what_means_nothing_is_named(police):
    wrong = {"after": "x", "wait": "21", "limit": "501", "type": "", "colour": "red"}
    for name, value in wrong.items():
        answer = police.get("/events/", **{name: value})
        assert answer.status_code == 400, name
        assert set(answer.json()["errors"]) == {f"/{name}"}
    for after in ("-1", "1.5", "9" * 30, "٣", ""):
        assert police.get("/events/", after=after).status_code == 400, after


class TestWaiting:
    """``wait``: answered as soon as something happens."""

    def test_it_is_answered_when_something_happens(self, world, police, race):
        referral = referral_at(State.SENT, world)
        after = read(police)["next_after"]

        def acknowledge():
            time.sleep(0.6)
            move(world.trust, referral, "acknowledge")
            return time.monotonic()

        def wait():
            return read(police, after, wait=20), time.monotonic()

        moved, waited = (outcome.value for outcome in race(acknowledge, wait))
        assert types(waited[0]) == ["referral.acknowledged"]
        assert waited[1] - moved < 5

    def test_it_is_answered_empty_in_the_end(self, police):
        began = time.monotonic()
        assert read(police, wait=1) == {"results": [], "next_after": 0}
        assert 0.9 < time.monotonic() - began < 10

    @pytest.mark.parametrize("reader", ["program", "member"])
    def test_whoever_loses_access_while_they_wait_is_told_that_and_nothing_else(
        self, world, police, race, signed_in_to_api, reader
    ):
        referral = referral_at(State.SENT, world)
        amy = MembershipFactory(team=world.teams["police"])
        who = police if reader == "program" else signed_in_to_api(amy)
        after = read(who)["next_after"]

        def end_access():
            time.sleep(0.6)
            with acting_for(world.police.agency_id):
                if reader == "program":
                    agencies.revoke_client(client_id=world.police.client_id, by=None)
                else:
                    agencies.leave(membership_id=amy.pk, by=None)
            move(world.trust, referral, "acknowledge")

        ended, waited = race(end_access, lambda: who.get("/events/", after=after, wait=20))
        assert ended.won, ended.error
        assert waited.value.status_code == 401
        assert "acknowledged" not in waited.value.content.decode()

    def test_who_waits_holds_no_transaction(self, police, race, as_superuser):
        def wait():
            return read(police, wait=2)

        def look():
            held = """
            select count(*) from pg_stat_activity
             where usename = 'rcrp_web' and datname = current_database() and state like 'idle in%%'
            """
            seen = []
            for _ in range(15):
                time.sleep(0.1)
                seen.append(as_superuser.execute(held).fetchone()[0])
            return seen

        waited, looked = race(wait, look)
        assert waited.won
        assert 0 in looked.value

    def test_a_quarter_of_the_threads_may_wait_and_the_others_are_answered_at_once(
        self, police, race, settings
    ):
        settings.WEB_THREADS = 8
        event._places.cache_clear()

        def wait():
            began = time.monotonic()
            read(police, wait=2)
            return time.monotonic() - began

        try:
            took = sorted(outcome.value for outcome in race(*[wait] * 5))
        finally:
            event._places.cache_clear()
        assert sum(seconds >= 1.9 for seconds in took) == 2
        assert all(seconds < 1.9 for seconds in took[:3])

    def test_a_place_is_given_back_whatever_happens(self, settings):
        settings.WEB_THREADS = 4
        event._places.cache_clear()

        def fail():
            with event.place_to_wait(wanted=True):
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()
        with event.place_to_wait(wanted=True) as may, event.place_to_wait(wanted=True) as other:
            assert may
            assert not other
        event._places.cache_clear()


def follow(caller, done):
    """Read on, a few at a time, until nothing has come since the last writer stopped."""
    found, after = [], 0
    while True:
        over = done.is_set()
        told = read(caller, after, limit=3)
        found += told["results"]
        after = told["next_after"]
        if over and not told["results"]:
            return found


def test_while_many_write_a_reader_misses_nothing_and_reads_each_case_in_order(world, police, race):
    writers, each = 4, 6
    done, stopped = threading.Event(), threading.Barrier(writers, action=lambda: done.set())

    def write():
        for _ in range(each):
            made = act(world.police, referrals.create, asked=world.asked())
            move(world.trust, made, "acknowledge")
        stopped.wait(30)

    *wrote, followed = race(*[write] * writers, lambda: follow(police, done))
    assert all(outcome.won for outcome in wrote), [outcome.error for outcome in wrote]
    found = followed.value
    assert len({e["sequence"] for e in found}) == len({e["id"] for e in found}) == len(found)
    assert types({"results": found}).count("referral.acknowledged") == writers * each
    for case in {e["case"] for e in found}:
        numbers = [e["number"] for e in found if e["case"] == case]
        assert numbers == list(range(1, len(numbers) + 1))


def test_somebody_elses_numbering_does_not_hold_a_reader_up(world, police, as_superuser):
    referral_at(State.SENT, world)
    as_superuser.execute("select pg_advisory_xact_lock(43)")
    assert read(police)["results"] == []
    as_superuser.rollback()
    assert feed.number_events() > 0
    assert read(police)["results"]
