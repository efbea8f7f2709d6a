"""Lateness in calm: so many clocks fall due each second for minutes, on a whole running system.

From when a rung was due to when its event was written, by the database's clock. Ticks come every 5 s, as in
production.
"""

import shutil
import tempfile
import time
from pathlib import Path

import psycopg

from tests.faults.system import System

A_SECOND, FOR_SECONDS = 50, 300
TICK_SECONDS, PROCESSES = "5", 6  # as in production
WAIT = 75  # seconds until the first is due, by when all is proved and has started
SPREAD = """
update referrals_clock k set started_at = started_at + later, target_at = target_at + later, next_look_at = t
  from (select id as clock, t, t - next_look_at as later from (
          select id, next_look_at, clock_timestamp() + %(wait)s::interval
                 + row_number() over (order by id) * %(gap)s::interval as t
            from referrals_clock where next_look_at <= clock_timestamp()) due) spread
 where k.id = clock returning k.id, t
"""
FOUND = """
select count(*), percentile_cont(0.5) within group (order by late),
       percentile_cont(0.99) within group (order by late), max(late)
  from (select distinct on (e.clock_id) extract(epoch from v.recorded_at - e.due_at)::float8 as late
          from unnest(%s::bigint[], %s::timestamptz[]) asked (clock, t)
          join referrals_escalation e on e.clock_id = clock and e.due_at >= t and not e.superseded
          join referrals_event v on v.case_id = e.case_id
           and v.type = 'escalation.fired' and (v.data->'clock'->>'id')::bigint = e.clock_id
           and (v.data->>'step')::int = e.step and (v.data->>'repetition')::int = e.repetition
         order by e.clock_id, e.due_at) x
"""


def in_calm() -> dict[str, float]:
    """The median, the 99th centile and the worst, in seconds; every clock must have rung."""
    folder = Path(tempfile.mkdtemp(prefix="rcrp-lateness-"))
    folder.chmod(0o711)
    system = System(folder, tick_seconds=TICK_SECONDS, processes=PROCESSES)
    try:
        return _measured(system)
    finally:
        system.stop()
        shutil.rmtree(folder)


def _measured(system: System) -> dict[str, float]:
    wanted = A_SECOND * FOR_SECONDS
    system.start_servers()
    system.manage("migrate", "--verbosity", "0")
    system.manage("demo_data", "--scale", str(wanted + wanted // 2), "--due", str(wanted))
    superuser = system.database.superuser_url().rpartition("/")[0] + "/rcrp"
    with psycopg.connect(superuser, autocommit=True) as database:
        database.execute("vacuum analyze")
        words = {"wait": f"{WAIT} seconds", "gap": f"{1 / A_SECOND} seconds"}
        spread = database.execute(SPREAD, words).fetchall()
        system.manage("prove", "--whole")  # or the first proofs would go over all that was loaded
        system.start_children()
        time.sleep(WAIT + FOR_SECONDS + 2 * float(TICK_SECONDS))
        asked = [list(column) for column in zip(*spread, strict=True)]
        number, median, late, worst = database.execute(FOUND, asked).fetchone()
    if (len(spread), number) != (wanted, wanted):
        raise SystemExit(f"{number} of {len(spread)} rang, not {wanted}: the measure would mean nothing")
    return {"median, s": median, "99th centile, s": late, "worst, s": worst}
