"""Ticks: against the same rows written by raw SQL, and among a million open clocks against ten thousand."""

import time
from collections.abc import Callable
from datetime import datetime

from django.db import connection, transaction

from referrals.models.keys import instant
from referrals.services import engine
from tests.bench.databases import Scaled, use
from tests.bench.replay import Recording, median

DUE = 1000
RUNS = 7


def against_raw_sql(database: Scaled) -> dict[str, float]:
    """Seconds that 1,000 due clocks take by ticks, and by the same statements from psycopg; both undone."""
    use(database, "worker")
    now, recording = _now(), Recording()
    with recording.on():
        _undone(lambda: _tick_all(now))
    pairs = [(_undone(lambda: _tick_all(now)), _undone(lambda: _raw(recording))) for _ in range(RUNS)]
    ticks, raw = median([a for a, _ in pairs]), median([b for _, b in pairs])
    return {"tick": ticks, "raw SQL": raw, "speed of raw SQL": median([b / a for a, b in pairs])}


def among_many(few: Scaled, many: Scaled) -> dict[str, float]:
    """What 1,000 due clocks cost among few and among many open ones, in alternating runs."""
    times: dict[str, list[float]] = {few.name: [], many.name: []}
    for _ in range(5):
        for database in (few, many):
            use(database, "worker")
            now = _now()
            times[database.name].append(_undone(lambda at=now: _tick_all(at)))
    small, large = (median(times[each.name]) for each in (few, many))
    return {f"{few.rows:,} open": small, f"{many.rows:,} open": large, "ratio": large / small}


def _now() -> datetime:
    return instant()


def _tick_all(now: datetime) -> None:
    looked = 0
    while (tick := engine.tick(now)).claimed:
        looked += tick.looked
    if looked != DUE:
        raise SystemExit(f"{looked} clocks were due, not {DUE}: the measure would mean nothing")


def _raw(recording: Recording) -> None:
    with connection.cursor() as cursor:
        recording.send(cursor.cursor)


def _undone(work: Callable[[], None]) -> float:
    """Seconds that the work took, in a transaction that is rolled back."""
    with transaction.atomic():
        begun = time.perf_counter()
        work()
        taken = time.perf_counter() - begun
        transaction.set_rollback(True)
    return taken
