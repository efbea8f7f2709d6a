"""Readiness and metrics shout when the engine is late, and never take the web down for it."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from referrals.domain.referral import State
from referrals.reporting import alive
from referrals.services import canary, engine, heartbeat, measure
from tests.factories.world import make_world, referral_at

PARTS = (*alive.LIMITS, "node:one@here", "node:two@here")


@pytest.fixture
def older(as_superuser):
    """``older(table, seconds, where)``: as if what stands there had happened that much earlier."""

    def change(sql, seconds):
        as_superuser.execute(sql, {"by": f"{seconds} seconds"})
        as_superuser.commit()

    return change


@pytest.fixture
def lively(db, in_role, older):
    """An engine of which everything was just heard."""
    with in_role("worker"):
        for part in PARTS:
            heartbeat.beat(part)
        canary.tick()
        older("update referrals_canary set due_at = due_at - interval '61 s' - %(by)s::interval", 0)
        canary.tick()
        canary.send()


def signs(client):
    answer = client.get("/health/ready/")
    assert answer.status_code == 200
    said = answer.json()
    return said["status"], {name: words for name, words in said["engine"].items() if words != "ok"}


def test_a_lively_engine_is_ready(lively, client):
    assert signs(client) == ("ready", {})


def test_an_engine_that_was_never_heard_is_degraded_and_the_web_serves(db, client):
    status, wrong = signs(client)
    assert status == "degraded"
    assert wrong["tick"] == "never heard"
    assert wrong["canary"] == "none was sent yet"
    assert wrong["workers"] == "none is heard"


@pytest.mark.parametrize("part", list(alive.LIMITS))
def test_a_part_that_fell_silent_is_named(lively, client, older, part):
    sql = f"update referrals_heartbeat set beat_at = beat_at - %(by)s::interval where part = '{part}'"
    older(sql, alive.LIMITS[part] - 10)
    assert signs(client) == ("ready", {})
    older(sql, 15)
    status, wrong = signs(client)
    assert status == "degraded"
    assert list(wrong) == [part]
    assert wrong[part].startswith("silent for ")


def test_a_node_that_is_mute_or_cut_off_is_counted_and_not_named(lively, client, older, in_role):
    older(
        "update referrals_heartbeat set beat_at = beat_at - %(by)s::interval where part like 'node:o%%'", 50
    )
    assert signs(client)[1] == {"workers": "1 of 2 silent for 50 s"}
    with in_role("worker"):
        heartbeat.beat("node:one@here", "broker: ConnectionError")
    assert signs(client)[1] == {"workers": "1 of 2 broker: ConnectionError"}
    with in_role("worker"):
        heartbeat.sign_out("node:one@here")
    assert signs(client)[1] == {}


def test_a_canary_that_was_not_ticked_not_sent_or_not_planted_is_named(lively, client, older, in_role):
    older("delete from referrals_canary where sent_at is null", 0)
    older("insert into referrals_canary (due_at) values (clock_timestamp() - %(by)s::interval)", 40)
    assert signs(client)[1] == {"canary": "late by 40 s"}
    with in_role("worker"):
        canary.tick()
        assert signs(client)[1] == {"canary": "late by 40 s"}
        canary.send()
    assert signs(client)[1] == {}
    older("update referrals_canary set due_at = due_at - %(by)s::interval where sent_at is not null", 200)
    assert signs(client)[1]["canary"].startswith("none was due and sent for 2")


def test_a_failing_proof_is_named(lively, client, older):
    older("insert into referrals_proof values ('watched', now() - %(by)s::interval, 1, 3, '')", 1)
    assert signs(client)[1] == {"proof": "watched: 3"}


def test_only_the_worker_writes_the_canary(lively, as_web):
    assert as_web.execute("select count(*) from referrals_canary").fetchone() == (2,)
    with pytest.raises(Exception, match="permission denied"):
        as_web.execute("insert into referrals_canary (due_at) values (now())")


def read(client, **words):
    answer = client.get("/metrics", **words)
    assert answer.status_code == 200
    lines = [line for line in answer.content.decode().splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def test_metrics_give_the_engine_in_figures(lively, client, in_role, older):
    referral_at(State.SENT, make_world())
    older("update referrals_clock set started_at = started_at - %(by)s::interval, target_at ="
          " target_at - %(by)s::interval, next_look_at = next_look_at - %(by)s::interval"
          " where kind = 'acknowledge'", 457)  # fmt: skip
    before = read(client)
    assert before["rcrp_looks_overdue"] == 1
    assert 7 <= before["rcrp_oldest_overdue_look_seconds"] < 60
    with in_role("worker"):
        assert engine.tick().fired == 1
        older("set session_replication_role = replica", 0)
        older("update referrals_escalation"
              " set fired_at = fired_at - interval '3 min', due_at = due_at - interval '3 min'"
              " - %(by)s::interval * 0", 0)  # fmt: skip
        for _ in range(2):
            measure.take()  # twice: each rung is counted once
    after = read(client)
    assert after["rcrp_looks_overdue"] == 0
    assert after["rcrp_bank_holidays_known_seconds"] > 0
    assert after['rcrp_referrals_open{state="sent"}'] == 1
    assert after['rcrp_outbox_waiting{channel="inbox"}'] >= 2
    assert after['rcrp_heartbeat_age_seconds{part="tick"}'] < 60
    assert after['rcrp_well{sign="canary"}'] == 1
    assert after['rcrp_escalation_lateness_seconds_bucket{le="5"}'] == 0
    assert after['rcrp_escalation_lateness_seconds_bucket{le="60"}'] == 1
    assert after["rcrp_escalation_lateness_seconds_count"] == 1
    assert 7 <= after["rcrp_escalation_lateness_seconds_sum"] < 60


def test_an_outbox_in_which_nothing_waits_or_failed_says_nought(lively, client):
    said = read(client)
    for name in ("outbox_waiting", "outbox_retrying", "messages_failed"):
        found = [said[f'rcrp_{name}{{channel="{channel}"}}'] for channel in ("inbox", "email", "sms")]
        assert found == [0, 0, 0], name


def test_metrics_cost_the_same_number_of_queries_however_much_there_is(lively, client, in_role):
    def cost():
        with CaptureQueriesContext(connection) as asked:
            read(client)
        return len(asked)

    few = cost()
    referral_at(State.SENT, make_world())
    with in_role("worker"):
        measure.take()
    assert cost() == few


def test_metrics_are_for_the_bearer_of_the_token(db, client, settings):
    settings.METRICS_TOKEN = "a-token"
    assert client.get("/metrics").status_code == 403
    assert client.get("/metrics", headers={"Authorization": "Bearer another"}).status_code == 403
    assert read(client, headers={"Authorization": "Bearer a-token"})


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ({"REMOTE_ADDR": "127.0.0.1"}, 200),
        ({"REMOTE_ADDR": "192.0.2.7"}, 403),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "192.0.2.7"}, 403),
    ],
)
def test_without_a_token_metrics_are_for_this_machine_alone(db, client, words, code):
    assert client.get("/metrics", **words).status_code == code
