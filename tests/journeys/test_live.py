"""The running system itself, before any journey through it."""

import httpx
import pytest

pytestmark = pytest.mark.xdist_group("live")


def test_it_serves(live_stack):
    answer = httpx.get(f"{live_stack.base_url}/health/ready/", headers={"X-Request-ID": "from-the-caller"})
    assert set(answer.json()["checks"].values()) == {"ok"}
    assert answer.headers["X-Request-ID"] == "from-the-caller"


def test_every_task_that_beat_names_is_one_that_the_worker_knows(live_stack, settings):
    said = live_stack.children["worker"].said()
    known = said.partition("[tasks]")[2].partition("ready.")[0]
    for entry in settings.CELERY_BEAT_SCHEDULE.values():
        assert f". {entry['task']}\n" in known
