"""What the standing proof costs: the one of each minute, and every check of it, among few and among many."""

import time

from referrals.reporting.proving import prove
from referrals.reporting.sweep import WHOLE, Budget
from referrals.services.proof import Outcome
from tests.bench.databases import Scaled, use
from tests.bench.replay import median

RUNS = 3


def each_minute(few: Scaled, many: Scaled) -> dict[str, float]:
    """Seconds of one that goes over everything, of one after it, and the dearest check of each among many."""
    figures = {}
    for database in (few, many):
        use(database, "worker")
        whole = _timed(WHOLE)
        runs = [_timed() for _ in range(RUNS)]
        figures[f"{database.rows:,}, s"] = median([seconds for seconds, _ in runs])
        figures[f"{database.rows:,} whole, s"] = whole[0]
    return figures | _dearest("the whole", whole[1]) | _dearest("a minute's", runs[-1][1])


def _dearest(which: str, outcomes: list[Outcome]) -> dict[str, float]:
    slowest = max(outcomes, key=lambda each: each.took_ms)
    return {f"of {which} {slowest.name}, s": slowest.took_ms / 1000}


def _timed(budget: Budget | None = None) -> tuple[float, list[Outcome]]:
    begun = time.perf_counter()
    outcomes = prove(budget)
    taken = time.perf_counter() - begun
    if wrong := [each for each in outcomes if each.trouble]:
        raise SystemExit(
            f"{wrong[0].name} could not be run ({wrong[0].trouble}): the measure would mean nothing"
        )
    return taken, outcomes
