"""`make run` for real: up, whatever is killed, and down again with nothing left."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import httpx
import psycopg
import pytest

from config import runner
from config.children import Child
from config.embedded.postgres import free_port
from config.env import ROOT
from config.processes import session_members, wait_until
from config.trouble import Trouble
from tests.services import FOLDER

OURS = (
    "DATABASE_URL",
    "WORKER_DATABASE_URL",
    "MIGRATE_DATABASE_URL",
    "CELERY_BROKER_URL",
    "MAKELEVEL",
    FOLDER,
)
START, RESTART = 300, 120  # seconds, on a machine that tests other things meanwhile

pytestmark = pytest.mark.xdist_group("systems")


class Run:
    """One runner in a directory, and what it said."""

    def __init__(self, run_dir, port, log="said.txt", **given):
        self.run_dir, self.port = run_dir, port
        self.log = run_dir / log
        env = {name: value for name, value in os.environ.items() if name not in OURS}
        env |= {"RUN_DIR": str(run_dir), "PORT": str(port), "DEMO": "0"}
        env |= {"DJANGO_SETTINGS_MODULE": "config.settings.local", **given}
        with self.log.open("w") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "config.runner"], cwd=ROOT, env=env, stdout=out
            )

    def said(self):
        return self.log.read_text()

    def ready(self):
        assert wait_until(lambda: "Ready:" in self.said() or self.process.poll() is not None, seconds=START)
        assert "Ready:" in self.said(), self.said()
        return self

    def serves(self):
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/health/ready/").status_code == 200
        except httpx.TransportError:
            return False

    def pids(self):
        """The leader of each process of the system, by name."""
        notes = {path.stem: json.loads(path.read_text())["pid"] for path in self.run_dir.glob("pids/*.json")}
        notes["broker"] = json.loads((self.run_dir / "broker" / "pid.json").read_text())["pid"]
        notes["database"] = int(next(self.run_dir.rglob("postmaster.pid")).read_text().splitlines()[0])
        return notes

    def address(self):
        lines = (self.run_dir / "services.env").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)["MIGRATE_DATABASE_URL"]


@pytest.fixture(scope="module")
def run_dir():
    made = Path(tempfile.mkdtemp(prefix="rcrp test "))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def runs(run_dir):
    """Starts runners in the one directory; what a test left running is ended."""
    port, started = free_port(), []

    def start():
        started.append(Run(run_dir, port))
        return started[-1]

    yield start
    for run in started:
        if run.process.poll() is None:
            run.process.terminate()
            run.process.wait()


def gone(pids):
    return not any(session_members(pid) for pid in pids)


def test_the_life_of_a_running_system(run_dir, runs):
    """One story, for each start costs seconds; it ends by Ctrl-C, and by what a service manager sends."""
    run = runs().ready()
    with psycopg.connect(run.address(), autocommit=True) as connection:
        connection.execute("create table kept as select 'yes' as told")
    refuses_a_second(run)
    brings_back_what_is_killed(run)
    kill_everything(run)
    run = runs().ready()
    with psycopg.connect(run.address()) as connection:
        assert connection.execute("select told from kept").fetchall() == [("yes",)]
    stops_and_leaves_nothing(run, signal.SIGINT)
    stops_and_leaves_nothing(runs().ready(), signal.SIGTERM)


def refuses_a_second(run):
    second = Run(run.run_dir, free_port(), log="second.txt")
    assert second.process.wait(START) == 1
    assert f"running in {run.run_dir} already at http://127.0.0.1:{run.port}" in second.said()


def brings_back_what_is_killed(run):
    before = run.pids()
    for name in ("worker", "beat", "web", "broker", "database"):
        os.kill(before[name], signal.SIGKILL)
    assert wait_until(lambda: run.said().count("is started again") == 5, seconds=RESTART), run.said()
    assert wait_until(run.serves, seconds=RESTART)
    assert not set(before.values()) & set(run.pids().values())
    assert gone(before.values())


def kill_everything(run):
    pids = run.pids()
    for pid in [run.process.pid, *pids.values()]:
        os.kill(pid, signal.SIGKILL)
    run.process.wait()


def stops_and_leaves_nothing(run, sign):
    pids = run.pids()
    run.process.send_signal(sign)
    assert run.process.wait(RESTART) == 0
    assert gone(pids.values())
    assert not list(run.run_dir.glob("pids/*"))
    assert not (run.run_dir / "services.env").exists()


def test_a_setting_that_stops_the_start_is_said_in_one_line(run_dir):
    run = Run(run_dir, free_port(), DJANGO_SETTINGS_MODULE="config.settings.production", DEMO="1")
    assert run.process.wait(START) == 1
    last = run.said().strip().splitlines()[-1]
    assert "DEMO is set: demo agencies have printed passwords. Unset DEMO." in last


def test_what_runs_and_never_serves_is_said_with_the_remedy(tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "PATIENCE", 0.1)
    slow = Child(
        "web",
        ["-c", "import time; time.sleep(60)"],
        run_dir=tmp_path,
        env=dict(os.environ),
        up=lambda child: False,
    )
    system = runner.Runner(tmp_path, free_port())
    system.supervisor.start(slow)
    try:
        with pytest.raises(Trouble, match=r"web is not up after 0.1 seconds.* start again.* nothing is lost"):
            system._wait_for([slow])
    finally:
        system.down()
