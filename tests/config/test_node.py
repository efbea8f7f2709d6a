"""A worker node does what has fallen silent, stands down when others do it, and is heard while it is well."""

import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from structlog.testing import capture_logs

from config import node, outside
from referrals.models import Heartbeat, Proof
from referrals.models.keys import instant
from referrals.reporting import alive
from referrals.services import canary, heartbeat


@pytest.fixture
def keeper(db, in_role):
    """A node that can tick, and the ticks it made."""
    done = []

    def tick():
        done.append("tick")
        heartbeat.beat("tick")

    with in_role("worker"):
        yield node.Keeper("one@here", {"tick": tick}), done


def heard(seconds):
    """Somebody else ticked that long ago."""
    Heartbeat.objects.update_or_create(
        part="tick", defaults={"beat_at": instant() - timedelta(seconds=seconds)}
    )


def test_a_node_ticks_when_nobody_has_for_15_seconds(keeper):
    keeper, done = keeper
    heard(5)  # a full machine takes seconds to ask the broker first
    keeper.look()
    assert done == []
    heard(16)
    keeper.look()
    assert done == ["tick"]


def test_it_goes_on_at_every_look_until_somebody_else_ticks(keeper):
    keeper, done = keeper
    for _ in range(3):
        keeper.look()
    assert done == ["tick"] * 3
    heard(1)
    keeper.look()
    keeper.look()
    assert done == ["tick"] * 3


def test_what_is_done_by_the_minute_is_done_in_others_place_once_a_minute(db, in_role):
    done = []

    def prove():
        done.append("prove")
        heartbeat.beat("tick")

    heard(100)
    with in_role("worker"):
        slow = node.StandIn({"tick": prove}, silence=timedelta(minutes=3), rest=timedelta(minutes=1))
        slow.look()
        assert done == []
        heard(181)
        for _ in range(3):
            slow.look()
        assert done == ["prove"]
        slow.rest = timedelta(0)
        slow.look()
        assert done == ["prove"] * 2


def test_rotas_that_a_node_looked_at_in_others_place_are_left_alone_for_the_hour(db, in_role):
    """Nobody looks again before: that is no silence."""
    (hourly,) = [each for each in node.Threads("one@here").threads if each.name.startswith("tell gaps")]
    keeper = hourly.look.__self__
    with in_role("worker"):
        hourly.look()
        for minutes, silent in ((59, 0), (66, 1)):
            Heartbeat.objects.filter(part="rota").update(beat_at=instant() - timedelta(minutes=minutes))
            keeper.ours["rota"] = Heartbeat.objects.get(part="rota").beat_at
            with capture_logs() as said:
                hourly.look()
            assert len(said) == silent, said


def test_it_beats_itself_and_says_that_its_broker_is_away(keeper, settings):
    keeper, _ = keeper
    keeper.look()
    assert Heartbeat.objects.get(part="node:one@here").trouble == ""
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    keeper.look()
    assert Heartbeat.objects.get(part="node:one@here").trouble == "broker: OperationalError"
    keeper.sign_out()
    assert not Heartbeat.objects.filter(part="node:one@here").exists()


def test_a_look_that_fails_is_made_again(db, monkeypatch):
    monkeypatch.setattr(node, "EVERY", 0.01)
    tried, well = [], threading.Event()

    def look():
        tried.append(1)
        if len(tried) < 3:
            raise OSError("the database is away")
        well.set()

    thread = node.Looking("a look", look)
    thread.start()
    assert well.wait(10)
    thread.ended.set()
    thread.join(10)
    assert not thread.is_alive()


@pytest.fixture
def listener():
    """Somebody outside; the calls that were heard."""
    calls = []

    class Hears(BaseHTTPRequestHandler):
        def do_GET(self):
            calls.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Hears)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/ping?a=b", calls
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def well(db, in_role, as_superuser):
    """An engine that ticks, delivers and keeps its canary."""
    with in_role("worker"):
        for part in ("tick", "deliver"):
            heartbeat.beat(part)
        canary.tick()
        as_superuser.execute("update referrals_canary set due_at = due_at - interval '61 s'")
        as_superuser.commit()
        canary.tick()
        canary.send()
        assert alive.engine_trouble() == ""
        yield


def test_outside_is_called_once_a_minute_whoever_asks(well, listener, settings):
    settings.OUTSIDE_HEARTBEAT_URL, calls = listener
    outside.call_if_well()
    outside.call_if_well()
    assert calls == ["/ping?a=b"]
    Heartbeat.objects.filter(part="outside").update(beat_at=instant() - timedelta(seconds=56))
    outside.call_if_well()
    assert len(calls) == 2


def test_outside_is_not_called_while_the_proof_finds_that_nobody_is_told(well, listener, settings):
    settings.OUTSIDE_HEARTBEAT_URL, calls = listener
    proof = Proof.objects.create(name="looks_in_time", ran_at=instant(), took_ms=1, found=1)
    outside.call_if_well()
    assert calls == []
    proof.found = 0
    proof.save()
    outside.call_if_well()
    assert len(calls) == 1


@pytest.mark.parametrize("part", ["tick", "deliver", "canary"])
def test_outside_is_not_called_while_the_engine_is_not_well(well, listener, settings, as_superuser, part):
    settings.OUTSIDE_HEARTBEAT_URL, calls = listener
    as_superuser.execute(
        "update referrals_canary set due_at = due_at - interval '200 s' where sent_at is not null"
        if part == "canary"
        else f"update referrals_heartbeat set beat_at = beat_at - interval '40 s' where part = '{part}'"
    )
    as_superuser.commit()
    outside.call_if_well()
    assert calls == []


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:1/", "https://127.0.0.1:1/", "http://nowhere.invalid/"]
)
def test_that_nobody_answers_outside_changes_nothing(address):
    outside.call(address)
