"""A worker lives and does nothing, or is cut off from its broker: it is noticed, and another carries on."""

import os
import signal
import time
from dataclasses import dataclass

from config.processes import session_members, wait_until
from tests.faults.stage import Promises, Stage, Struck

NOT_THERE = "redis://127.0.0.1:1/0"


@dataclass(frozen=True)
class Size:
    """How many referrals, and how long each promise is, in seconds."""

    referrals: int = 200
    length: float = 60


NOTICED = 60  # seconds


def play(stage: Stage, size: Size) -> Struck:
    """Stop one worker, wait until it is missed; start the other without a broker, wait until it says so."""

    def strike(until: float) -> Struck:
        stopped = stage.system.children["worker1"]
        members = session_members(stopped.process.pid)
        for pid in members:
            os.kill(pid, signal.SIGSTOP)
        mute = _noticed(lambda said: said.startswith("1 of 2 silent"))
        stage.system.restart("worker2", CELERY_BROKER_URL=NOT_THERE)
        cut_off = _noticed(lambda said: "broker" in said or said.startswith("2 of"))
        time.sleep(max(0.0, until - time.monotonic()))
        for pid in members:
            os.kill(pid, signal.SIGCONT)
        stage.system.restart("worker2")
        seconds = [each for each in (mute, cut_off) if each is not None]
        return {"struck": len(seconds), "to_strike": 2, "noticed_after": max(seconds, default=NOTICED + 1)}

    return stage.play(Promises(size.referrals, size.length), strike)


def _noticed(wanted) -> float | None:
    """After how many seconds readiness and metrics say so of the workers, if they do in time."""
    from referrals.reporting import alive

    begun = time.monotonic()
    found = wait_until(lambda: wanted(alive.signs()["workers"]), seconds=NOTICED, every=0.5)
    return time.monotonic() - begun if found else None
