"""The kill storm: SIGKILL over workers, beats, web and broker, and immediate stops of the database."""

import time
from dataclasses import dataclass

from tests.faults.stage import Promises, Stage, Struck

WORKERS = ["worker1", "worker2"]
TARGETS = WORKERS * 5 + ["beat1", "beat2", "web"] + ["broker"] * 2


@dataclass(frozen=True)
class Size:
    """How many referrals, kills and stops, and how long each promise is, in seconds.

    ``to_strike``: as many kills at least must meet a step that had begun and was not committed; on a slow
    machine fewer do, and more workers are killed until they are enough, at most twice as many.
    """

    referrals: int = 2000
    kills: int = 100
    stops: int = 10
    length: float = 120
    to_strike: int = 30


SHORT = Size(referrals=40, kills=7, stops=1, length=6, to_strike=1)


def play(stage: Stage, size: Size) -> Struck:
    """Kill and stop at random moments while the promises fall due."""

    def strike(until: float) -> Struck:
        faults = ["stop"] * size.stops + [stage.rng.choice(TARGETS) for _ in range(size.kills)]
        stage.rng.shuffle(faults)
        for place, fault in enumerate(faults):
            wait = (until - time.monotonic()) / (len(faults) - place)
            time.sleep(max(0.0, wait * stage.rng.uniform(0.5, 1.0)))
            _strike(stage, fault)
        more = 0
        while stage.system.mid_step < size.to_strike and more < size.kills:
            _strike(stage, stage.rng.choice(WORKERS))
            more += 1
        struck = {"struck": stage.system.mid_step, "to_strike": size.to_strike}
        return {"kills": size.kills + more, "stops": size.stops, **struck}

    return stage.play(Promises(size.referrals, size.length), strike, late_from_the_end=True)


def _strike(stage: Stage, fault: str) -> None:
    if fault == "stop":
        stage.system.stop_database()
    elif fault == "broker":
        stage.system.kill_broker()
    else:
        stage.system.kill(fault)
    stage.system.revive()
