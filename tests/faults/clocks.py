"""The clocks of workers and beats go wrong by hours, jump, and pass through both nights of a change."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime

from config.processes import wait_until
from tests.faults.stage import Promises, Stage, Struck

HOUR = 3600.0
# A few seconds before London's clocks change.
AUTUMN = datetime(2026, 10, 25, 0, 59, 55, tzinfo=UTC).timestamp()
SPRING = datetime(2026, 3, 29, 0, 59, 55, tzinfo=UTC).timestamp()
NODES = ("worker1", "worker2", "beat1", "beat2")
PATIENCE = 60  # seconds until every node has read a clock that is wrong


@dataclass(frozen=True)
class Size:
    """How many referrals, and how long each promise is, in seconds."""

    referrals: int = 300
    length: float = 60


SHORT = Size(referrals=20, length=4)


def play(stage: Stage, size: Size) -> Struck:
    """One wrong after the other, each until every node has read it; then right again."""

    seen = stage.system.wrong_clocks_seen

    def strike(until: float) -> Struck:
        now = time.time()
        wrongs = [
            (3 * HOUR, -3 * HOUR),  # either way
            (1 * HOUR, -5 * HOUR),  # both jump back by two hours
            (AUTUMN - now, SPRING - now),
            (SPRING - now, AUTUMN - now),
            (0.0, 0.0),
        ]
        each = (until - time.monotonic()) / len(wrongs)
        for number, (first, second) in enumerate(wrongs, 1):
            for name in NODES:
                stage.system.set_clock(name, first if name.endswith("1") else second)
            time.sleep(each)
            wrong_by_now = min(number, len(wrongs) - 1) * len(NODES)
            wait_until(lambda so_many=wrong_by_now: seen() >= so_many, seconds=PATIENCE, every=0.2)
        return {"struck": seen(), "to_strike": 4 * len(NODES)}

    return stage.play(Promises(size.referrals, size.length), strike)
