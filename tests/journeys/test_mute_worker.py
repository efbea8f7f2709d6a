"""A worker that lives and does nothing is noticed, and another node carries on, even without its broker."""

import os
import signal
from contextlib import contextmanager

import httpx
import pytest

from config import children
from config.children import Child
from config.processes import kill_session, session_members, wait_until
from referrals.domain.referral import State
from referrals.models import Escalation, Heartbeat
from tests.database import point_django_at
from tests.factories.world import make_world, referral_at

pytestmark = pytest.mark.xdist_group("live")

NOT_THERE = "redis://127.0.0.1:1/0"
DUE = """update referrals_clock set started_at = started_at - interval '10 min',
    target_at = target_at - interval '10 min', next_look_at = next_look_at - interval '10 min'
    where referral_id = %s and kind = 'acknowledge'"""


@contextmanager
def second_node(live_stack):
    """Another worker, which never reaches its broker."""
    first = live_stack.children["worker"]
    child = Child(
        "worker2",
        [*children.worker(), "--hostname", "two@%h"],
        run_dir=live_stack.run_dir,
        env={**first.env, "CELERY_BROKER_URL": NOT_THERE},
        up=children.running,
    )
    child.start()
    try:
        yield
    finally:
        kill_session(child.process.pid)
        child.process.wait()
        live_stack.database.cleaner.execute("delete from referrals_heartbeat where part like 'node:two@%'")


@contextmanager
def stopped(child):
    """A process and all it started, alive and mute."""
    members = session_members(child.process.pid)
    for pid in members:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in members:
            os.kill(pid, signal.SIGCONT)


def nodes(name):
    return [*Heartbeat.objects.filter(part__startswith=f"node:{name}@").values_list("part", flat=True)]


def test_a_stopped_worker_is_noticed_and_a_node_cut_off_from_its_broker_carries_on(live_stack):
    with second_node(live_stack), live_stack.django("web"):
        sent = referral_at(State.SENT, make_world("mute-"))
        point_django_at("worker", live_stack.database.name)
        assert wait_until(lambda: nodes("two") and nodes("celery"), seconds=90, every=0.2)
        with stopped(live_stack.children["worker"]):
            live_stack.database.cleaner.execute(DUE, [sent.pk])
            fired = Escalation.objects.filter(referral=sent.pk)
            assert wait_until(fired.exists, seconds=60, every=0.2)
            live_stack.database.cleaner.execute(
                "update referrals_heartbeat set beat_at = beat_at - interval '40 s' where part = %s",
                nodes("celery"),
            )
            answer = httpx.get(f"{live_stack.base_url}/health/ready/").json()
            assert answer["status"] == "degraded"
            assert answer["engine"]["tick"] == "ok"
            assert answer["engine"]["workers"].startswith("2 of 2")
        assert "this node works by itself" in (live_stack.run_dir / "logs" / "worker2.log").read_text()
