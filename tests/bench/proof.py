"""What the standing proof costs: the one of each minute, and every check of it, among few and among many."""

import time

from referrals.reporting.proving import prove
from tests.bench.databases import Scaled, use
from tests.bench.replay import median

RUNS = 3


def each_minute(few: Scaled, many: Scaled) -> dict[str, float]:
    """Seconds of one proof once those before it came to the newest event, and the dearest check of it."""
    figures = {}
    for database in (few, many):
        use(database, "worker")
        _catch_up()
        runs = [_timed() for _ in range(RUNS)]
        figures[f"{database.rows:,}, s"] = median([seconds for seconds, _ in runs])
    slowest = max(runs[-1][1], key=lambda each: each.took_ms)
    return {**figures, f"of these {slowest.name}, s": slowest.took_ms / 1000}


def _catch_up() -> None:
    """Until a proof finds no more that is new: the first ones go over everything."""
    from referrals.services.proof import cursors

    before: dict[str, str] = {}
    while (
        now := {name: at for name, at in cursors().items() if name in ("events", "rungs")}
    ) != before or not now:
        before = now
        prove()


def _timed() -> tuple[float, list]:
    begun = time.perf_counter()
    outcomes = prove()
    taken = time.perf_counter() - begun
    if wrong := [each for each in outcomes if each.trouble]:
        raise SystemExit(
            f"{wrong[0].name} could not be run ({wrong[0].trouble}): the measure would mean nothing"
        )
    return taken, outcomes
