"""Lateness in calm: so many clocks fall due each second for minutes, on a whole running system.

From when a rung was due to when its event was written, by the database's clock. Ticks come every 5 s, as in
production.
"""

import shutil
import tempfile
import time
from pathlib import Path

import psycopg
from psycopg import sql

from tests.faults.system import System

A_SECOND, FOR_SECONDS = 50, 300
TICK_SECONDS = "5"
WAIT = 20  # seconds until the first is due
SPREAD = """
with mine as (
  select id, (target_at - started_at) as length,
         clock_timestamp() + %(wait)s::interval + row_number() over (order by id) * %(gap)s::interval as t
    from (select distinct on (case_id) * from referrals_clock where stopped_at is null and step = 0) k
   limit {}
), put_off as (
  update referrals_clock set started_at = started_at + interval '90 days',
         target_at = target_at + interval '90 days', next_look_at = next_look_at + interval '90 days'
   where stopped_at is null and id not in (select id from mine)
)
update referrals_clock k
   set started_at = m.t - m.length / 2, target_at = m.t + m.length / 2, next_look_at = m.t
  from mine m where m.id = k.id returning k.id
"""
FOUND = """
select count(*), percentile_cont(0.5) within group (order by late),
       percentile_cont(0.99) within group (order by late), max(late)
  from (select extract(epoch from v.recorded_at - e.due_at)::float8 as late
          from referrals_escalation e join referrals_event v on v.case_id = e.case_id
           and v.type = 'escalation.fired' and (v.data->'clock'->>'id')::bigint = e.clock_id
           and (v.data->>'step')::int = e.step and (v.data->>'repetition')::int = e.repetition
         where e.clock_id = any(%s) and not e.superseded and e.step = 0) x
"""


def in_calm() -> dict[str, float]:
    """The median, the 99th centile and the worst, in seconds; every clock must have rung."""
    folder = Path(tempfile.mkdtemp(prefix="rcrp-lateness-"))
    folder.chmod(0o711)
    system = System(folder, tick_seconds=TICK_SECONDS)
    try:
        return _measured(system)
    finally:
        system.stop()
        shutil.rmtree(folder)


def _measured(system: System) -> dict[str, float]:
    wanted = A_SECOND * FOR_SECONDS
    system.start_servers()
    system.manage("migrate", "--verbosity", "0")
    system.manage("demo_data", "--scale", str(wanted + wanted // 2))
    superuser = system.database.superuser_url().rpartition("/")[0] + "/rcrp"
    with psycopg.connect(superuser, autocommit=True) as database:
        database.execute("vacuum analyze")
        system.start_children()
        words = {"wait": f"{WAIT} seconds", "gap": f"{1 / A_SECOND} seconds"}
        spread = sql.SQL(SPREAD).format(sql.Literal(wanted))
        keys = [key for (key,) in psycopg.ClientCursor(database).execute(spread, words)]
        time.sleep(WAIT + FOR_SECONDS + 2 * float(TICK_SECONDS) + 20)
        number, median, late, worst = database.execute(FOUND, [keys]).fetchone()
    if (len(keys), number) != (wanted, wanted):
        raise SystemExit(f"{number} of {len(keys)} rang, not {wanted}: the measure would mean nothing")
    return {"median, s": median, "99th centile, s": late, "worst, s": worst}
