"""A whole system of its own to be broken: PostgreSQL, broker, two workers, two beats and a web."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
from redis import Redis

from config import children
from config.children import Child
from config.embedded.postgres import free_port
from config.embedded.services import Database, broker_in
from config.env import ROOT
from config.processes import session_members, wait_until

TICK_SECONDS = "0.5"
WRONG_CLOCK = Path(__file__).parent / "wrong_clock"
DURABLE = {
    "fsync": "off",
    "full_page_writes": "off",
}  # no power is cut here; every commit still reaches the log
# A transaction has a number once it has locked or written a row: a kill then undoes something.
IN_STEP = """
select count(*) from pg_stat_activity
 where application_name = %s and backend_xid is not null
   and (state = 'idle in transaction' or state = 'active' and query not ilike 'commit%%')
"""
# A worker delivers and numbers, too: a tick has begun to tell once it has written rungs.
TELLING = """
   and exists (select from pg_locks l where l.pid = pg_stat_activity.pid and l.granted
     and l.mode = 'RowExclusiveLock' and l.relation = 'referrals_escalation'::regclass)
"""


class System:
    """Servers and processes in one folder; each can be killed and comes back."""

    def __init__(self, folder: Path, *, tick_seconds: str = TICK_SECONDS, processes: int = 2) -> None:
        self.folder, self.tick_seconds, self.processes = folder, tick_seconds, processes
        self.database, self.broker = Database(folder, settings=DURABLE), broker_in(folder)
        self.children: dict[str, Child] = {}
        self.mid_step = 0
        self.wrong_by: dict[str, list[float]] = {}
        self.address = ""

    def start_servers(self) -> dict[str, str]:
        """The database and the broker; the addresses that lead to them."""
        self.database.start()
        self.broker.start()
        return {**self.database.addresses(), "CELERY_BROKER_URL": self.broker.url}

    def manage(self, *words: str) -> None:
        """One of manage.py's commands, as the owner."""
        env = {**os.environ, **self.database.addresses(), "CELERY_BROKER_URL": self.broker.url, "DEMO": "1"}
        env |= {"DATABASE_ROLE": "owner", "DJANGO_SETTINGS_MODULE": "config.settings.test"}
        subprocess.run(
            [sys.executable, "-W", "ignore", "manage.py", *words],
            cwd=ROOT,
            env=env,
            check=True,
            capture_output=True,
        )

    def start_children(self) -> None:
        """Two workers, two beats, one web; returns when all are up."""
        port = free_port()
        self.address = f"http://127.0.0.1:{port}"
        made = [("web", children.web(port), children.serving(port))]
        for number in ("1", "2"):
            words = [*children.worker(), "--hostname", f"node{number}@%h"]
            made.append((f"worker{number}", words, children.consuming))
            place = self.folder / f"beat{number}"
            place.mkdir()
            made.append((f"beat{number}", children.beat(place), children.running))
        for name, words, up in made:
            env = {
                **children.environment(self.database.addresses(), self.folder),
                "CELERY_BROKER_URL": self.broker.url,
                "TICK_SECONDS": self.tick_seconds,
                "WORKER_PROCESSES": str(self.processes),
                "DEMO": "1",
                "PGAPPNAME": name,
                "PYTHONPATH": str(WRONG_CLOCK),
                "WRONG_CLOCK": str(self._clock(name)),
                "TZ": "Europe/London",
            }
            env.pop("DATABASE_ROLE", None)
            child = Child(name, words, run_dir=self.folder, env=env, up=up)
            child.start()
            self.children[name] = child
        if not wait_until(lambda: all(c.is_up() for c in self.children.values()), seconds=90, every=0.1):
            raise SystemExit("\n".join(f"{n}: {c.said()[-2000:]}" for n, c in self.children.items()))

    def kill(self, name: str) -> bool:
        """SIGKILL a child and all it started, in mid-step if it can be met there; start it again.

        It is stopped first, and its sessions in the database are looked at: a transaction that wrote (a
        worker's: that wrote rungs) means that the step had begun and not committed. Whether that was so.
        """
        child = self.children[name]
        struck = not name.startswith("beat") and self._stopped_mid_step(name)  # a beat makes no step
        self._signal_all(name, signal.SIGKILL)
        if child.process:
            child.process.wait()
        child.start()
        self.mid_step += struck
        return struck

    def _stopped_mid_step(self, name: str, tries: int = 360) -> bool:
        """Watch for a step to begin, and stop the process before it ends."""
        of_the_system = self.database.superuser_url().rpartition("/")[0] + "/rcrp"
        with psycopg.connect(of_the_system, autocommit=True) as watcher:
            for _ in range(tries):
                if _in_step(watcher, name):
                    self._signal_all(name, signal.SIGSTOP)
                    if _in_step(watcher, name):
                        return True
                    self._signal_all(name, signal.SIGCONT)
                time.sleep(0.005)
        return False

    def _signal_all(self, name: str, which: signal.Signals) -> None:
        for pid in session_members(_pid(self.children[name])):
            _signal(pid, which)

    def kill_broker(self) -> None:
        """SIGKILL the broker and start it again."""
        self.broker.process.kill()
        self.broker.process.wait()
        self.broker.start()

    def stop_broker(self) -> None:
        """SIGKILL the broker, and nobody starts it again."""
        self.broker.process.kill()
        self.broker.process.wait()

    def flush_broker(self) -> int:
        """Let the broker forget everything; how many keys it held."""
        with Redis.from_url(self.broker.url) as line:
            held = line.dbsize()
            line.flushall()
        return held

    def ticks_by_itself(self) -> int:
        """How often a node has worked by itself so far, as its log says."""
        logs = [child.log for name, child in self.children.items() if name.startswith("worker")]
        return sum(log.read_text(errors="replace").count("this node works by itself") for log in logs)

    def set_clock(self, name: str, wrong: float) -> None:
        """From now on the clock of a child, and of all it started, is wrong by so many seconds."""
        self.wrong_by.setdefault(name, []).append(wrong)
        told = self._clock(name).with_suffix(".new")
        told.write_text(str(wrong))
        told.replace(self._clock(name))

    def wrong_clocks_seen(self) -> int:
        """How many of the wrong clocks were seen, to five seconds, by processes that had them."""
        return sum(
            len(
                {float(line.split()[1]) for line in self._seen(name) if _is_wrong_as_told(line)}
                & {*told} - {0.0}
            )
            for name, told in self.wrong_by.items()
        )

    def _clock(self, name: str) -> Path:
        return self.folder / f"{name}.clock"

    def _seen(self, name: str) -> list[str]:
        seen = self._clock(name).with_suffix(".seen")
        return seen.read_text().splitlines() if seen.exists() else []

    def restart(self, name: str, **changed: str) -> None:
        """Stop a child in order and start it with these variables changed; without any, as it was."""
        child = self.children[name]
        child.stop()
        child.env = {**child.env, "CELERY_BROKER_URL": self.broker.url, **changed}
        child.start()

    def stop_database(self) -> None:
        """An immediate stop, as after a crash, and a start with recovery."""
        self.database.server.process.send_signal(signal.SIGQUIT)
        self.database.server.process.wait(30)
        self.database.server.start()

    def revive(self) -> None:
        """Start whatever has ended by itself meanwhile."""
        for child in self.children.values():
            if not child.alive():
                child.start()

    def stop(self) -> None:
        """Everything, in order."""
        for child in reversed(self.children.values()):
            child.stop()
        self.broker.stop()
        self.database.stop()


def _is_wrong_as_told(line: str) -> bool:
    """Of a process's own account: its time differs from the true one by what it was told."""
    _, wrong, shown, true = map(float, line.split())
    return abs(shown - true - wrong) < 5


def _pid(child: Child) -> int:
    return child.process.pid if child.process else -1


def _in_step(watcher: psycopg.Connection, name: str) -> bool:
    asked = IN_STEP + TELLING * name.startswith("worker")
    return bool(watcher.execute(asked.encode(), [name]).fetchone()[0])


def _signal(pid: int, sign: signal.Signals) -> None:
    try:
        os.kill(pid, sign)
    except ProcessLookupError:
        return
