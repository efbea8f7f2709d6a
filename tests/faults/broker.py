"""The broker forgets everything again and again, and then is not there at all. The API accepts meanwhile."""

import time
from dataclasses import dataclass

from tests.faults.stage import Promises, Stage, Struck


@dataclass(frozen=True)
class Size:
    """How many referrals, how often it is flushed, for how many seconds it is away, and what they are due in.

    ``aged``: the engine's last beats are made to look old when the broker goes, to save the wait of 15 s.
    """

    referrals: int = 400
    flushes: int = 20
    away: float = 600
    length: float = 220
    aged: bool = False


SHORT = Size(referrals=20, flushes=5, away=9, length=5, aged=True)
AGED = "update referrals_heartbeat set beat_at = beat_at - interval '15 seconds' where part not like 'node:%'"


def play(stage: Stage, size: Size) -> Struck:
    """Flush it, then take it away; ask something of the API in each of ten parts of the absence."""

    def strike(until: float) -> Struck:
        forgotten = 0
        flushing = max(1.0, until - time.monotonic() - size.away)
        for _ in range(size.flushes):
            time.sleep(flushing / size.flushes * stage.rng.uniform(0.5, 1.0))
            forgotten += stage.system.flush_broker()
        before = stage.system.ticks_by_itself()
        stage.system.stop_broker()
        if size.aged:
            stage.execute(AGED)
        accepted = 0
        for _ in range(10):
            time.sleep(size.away / 10)
            accepted += stage.ask()
        alone = stage.system.ticks_by_itself() - before
        stage.system.broker.start()
        return {
            "forgotten": forgotten,
            "accepted": accepted,
            "refused_meanwhile": 10 - accepted,
            "struck": alone,
            "to_strike": 1,
        }

    return stage.play(Promises(size.referrals, size.length), strike)
