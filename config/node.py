"""A worker node looks after itself: it beats, does what has fallen silent, and is heard outside.

A few threads in each Celery worker's main process, beside the pool and the broker's consumer, so that they go
on when either has stopped. Each has a database connection of its own, in the worker's role. What a stopped
process cannot do, another node's threads do.
"""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from celery import bootsteps
from celery.worker import WorkController
from django.conf import settings
from django.db import close_old_connections, connections
from kombu import Connection

from config import outside

EVERY = 5.0  # seconds between two looks
SILENCE = timedelta(seconds=15)  # without a beat from anybody, after which this node does the work
MINUTE = timedelta(minutes=1)
BROKER_PATIENCE = 2  # seconds

log = structlog.get_logger("node")

Work = Callable[[], None]


class StandIn:
    """Does by itself the parts of the engine that nobody else has done for too long."""

    def __init__(
        self, parts: dict[str, Work], *, silence: timedelta = SILENCE, rest: timedelta = timedelta(0)
    ) -> None:
        self.parts, self.silence, self.rest = parts, silence, rest
        self.ours: dict[str, datetime] = {}  # the beats that stand for what this node did in others' place

    def look(self) -> None:
        """Do whatever has fallen silent. What fails is tried again at the next look."""
        from referrals.models import Heartbeat
        from referrals.models.keys import instant

        now = instant()
        beats = dict(Heartbeat.objects.values_list("part", "beat_at"))
        for part, work in self.parts.items():
            beat = beats.get(part)
            if self._others_work(part, beat, now):
                continue
            seconds = None if beat is None else round((now - beat).total_seconds())
            log.error("the engine is silent: this node works by itself", part=part, seconds=seconds)
            work()
            self.ours[part] = Heartbeat.objects.values_list("beat_at", flat=True).get(part=part)

    def _others_work(self, part: str, beat: datetime | None, now: datetime) -> bool:
        """Whether somebody else did this lately. A beat of this node's own tells of nobody else; it only
        lets the node rest for a while."""
        if beat is None or now - beat >= self.silence:
            return False
        if beat == self.ours.get(part):
            return now - beat < self.rest
        if self.ours.pop(part, None):
            log.warning("others work again", part=part)
        return True


class Keeper(StandIn):
    """One node's looks after the engine: its own beat, and the parts that it may have to do itself."""

    def __init__(self, name: str, parts: dict[str, Work]) -> None:
        super().__init__(parts)
        self.part = f"node:{name}"

    def look(self) -> None:
        """Beat, and say so if the broker is away; then do whatever has fallen silent."""
        from referrals.services import heartbeat

        trouble = broker_trouble()
        if trouble:
            log.error("this node is cut off from its broker", trouble=trouble)
        heartbeat.beat(self.part, trouble)
        super().look()

    def sign_out(self) -> None:
        """This node ends as it should, and shall not be missed."""
        from referrals.services import heartbeat

        heartbeat.sign_out(self.part)


def broker_trouble() -> str:
    """Why this node cannot be woken, if so."""
    try:
        with Connection(settings.CELERY_BROKER_URL, connect_timeout=BROKER_PATIENCE) as broker:
            broker.ensure_connection(max_retries=1, timeout=BROKER_PATIENCE)
    except Exception as wrong:  # a broker may fail in any way; none may stop the look
        return f"broker: {type(wrong).__name__}"
    return ""


class Looking(threading.Thread):
    """Repeats one look until it is told to stop; outlives whatever goes wrong in it."""

    def __init__(self, name: str, look: Work, at_end: Work | None = None) -> None:
        super().__init__(name=name, daemon=True)
        self.look, self.at_end = look, at_end
        self.ended = threading.Event()

    def run(self) -> None:
        """Look, wait, look again."""
        while not self.ended.wait(EVERY):
            self._try(self.look)
        if self.at_end:
            self._try(self.at_end)
        connections.close_all()

    def _try(self, work: Work) -> None:
        close_old_connections()
        try:
            work()
        except Exception as wrong:  # the next look may find the database back
            log.exception("a look after the engine failed", thread=self.name, trouble=type(wrong).__name__)
            connections.close_all()


class Threads:
    """The node's threads, as Celery starts and stops them."""

    def __init__(self, hostname: str) -> None:
        from referrals import tasks

        parts: dict[str, Work] = {
            "tick": tasks.tick_clocks,
            "number": tasks.number_events,
        }
        by_the_minute: dict[str, Work] = {
            "return": tasks.return_work,
            "prove": tasks.prove_standing,
            "dates": tasks.tell_dates,
        }
        keeper = Keeper(hostname, parts)
        to_people = StandIn({"deliver": tasks.deliver_messages})  # alone: a mail server may be slow
        to_partners = StandIn({"webhooks": tasks.send_webhooks}, silence=MINUTE)
        slow = StandIn(by_the_minute, silence=3 * MINUTE, rest=MINUTE)
        by_the_hour = StandIn({"rota": tasks.tell_gaps}, silence=65 * MINUTE, rest=65 * MINUTE)
        self.threads = [
            Looking("look after the engine", keeper.look, keeper.sign_out),
            Looking("deliver in others' place", to_people.look),
            Looking("prove in others' place", slow.look),
            Looking("tell gaps in others' place", by_the_hour.look),
            Looking("send webhooks in others' place", to_partners.look),
            Looking("be heard outside", outside.call_if_well),
        ]

    def start(self) -> None:
        """All of them."""
        for thread in self.threads:
            thread.start()

    def stop(self) -> None:
        """Let them finish what they are at, for a little while."""
        for thread in self.threads:
            thread.ended.set()
        for thread in self.threads:
            thread.join(EVERY)


class Keeping(bootsteps.StartStopStep):
    """Started when the pool's children have been forked, before the broker is waited for."""

    requires = ("celery.worker.components:Pool",)

    def create(self, worker: WorkController) -> Threads:
        """The threads of this node, by its name."""
        return Threads(worker.hostname)
