"""Wake-ups: a tick is the next to be run, however many others have piled up before it."""

from uuid import uuid4

from kombu import Queue

from config.celery import app
from referrals import tasks  # noqa: F401


def test_a_tick_goes_before_all_that_has_piled_up():
    name = f"test-{uuid4()}"
    schedule = [app.conf.beat_schedule[each] for each in ("deliver", "webhooks", "number", "tick")]
    for each in schedule:
        app.tasks[each["task"]].apply_async(queue=name, **each.get("options", {}))  # as beat does
    with app.connection_for_read() as line:
        queue = Queue(name)(line.default_channel)
        came = [queue.get(no_ack=True).headers["task"].rpartition(".")[2] for _ in schedule]
        queue.delete()
    assert came == ["tick_clocks", "deliver_messages", "send_webhooks", "number_events"]
