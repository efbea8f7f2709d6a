"""``make run``: the whole system on this machine, from nothing to an address, and down again."""

import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from config import children, commands, preflight
from config.children import Child
from config.embedded import secrets
from config.embedded.services import Database, broker_in
from config.env import run_dir as chosen_run_dir
from config.processes import ends_with_parent, wait_until
from config.progress import say, step
from config.supervisor import Supervisor
from config.trouble import Trouble, ended, explain

PATIENCE = 120  # seconds for web and worker to be up, on a slow and busy machine
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopAskedError(BaseException):
    """Ctrl-C, or a signal that asks the same."""


def ask_to_stop(number: int, frame: FrameType | None) -> None:
    """Leave whatever is going on; from now on further signals wait for the end."""
    for sign in SIGNALS:
        signal.signal(sign, signal.SIG_IGN)
    raise StopAskedError


class Runner:
    """One running system: what it was given, what it started."""

    def __init__(self, run_dir: Path, port: int) -> None:
        self.run_dir = run_dir
        self.port = port
        self.base_url = f"http://127.0.0.1:{port}"
        self.supervisor = Supervisor()
        self.addresses: dict[str, str] = {}

    def up(self) -> None:
        """Everything started, in order, and serving."""
        self._services()
        env = children.environment(self.addresses, self.run_dir)
        self._write_addresses()
        commands.migrate(env, self.run_dir)
        commands.demo_data(env, self.run_dir, self.base_url)
        with step("Starting web, worker and beat"):
            self._wait_for([self._start(child) for child in self._children(env)])
        if commands.is_demo(env, self.run_dir):
            self._start(self._child(env, "demo", children.demo(), children.running))

    def watch(self) -> None:
        """Until somebody asks to stop: what dies is started again."""
        while True:
            self.supervisor.look()
            time.sleep(0.2)

    def down(self) -> None:
        """Beat, worker, web, broker, database: each while those it needs are still there."""
        if self.supervisor.watched:
            with step("Stopping"):
                self.supervisor.stop()
        (self.run_dir / "services.env").unlink(missing_ok=True)

    def _services(self) -> None:
        """The database and the broker, each unless one was given."""
        self.addresses = {
            "SITE_URL": os.environ.get("SITE_URL") or self.base_url,
            "DEMO": os.environ.get("DEMO", "1"),
            "SECRET_KEY": os.environ.get("SECRET_KEY") or secrets.kept(self.run_dir).signing_key,
        }
        given = {name: os.environ[name] for name in preflight.ADDRESSES if os.environ.get(name)}
        if not given:
            database = Database(self.run_dir)
            if database.server.is_new():
                (self.run_dir / "demo.json").unlink(missing_ok=True)  # of a database that is gone
            with step("Starting PostgreSQL"):
                self.supervisor.start(database)
            given = database.addresses()
        self.addresses |= given
        if not os.environ.get("CELERY_BROKER_URL"):
            broker = broker_in(self.run_dir)
            with step("Starting the broker"):
                self.supervisor.start(broker)
            self.addresses["CELERY_BROKER_URL"] = broker.url

    def _write_addresses(self) -> None:
        """For ``manage.py`` in another terminal: see config/settings/local.py."""
        lines = [f"{name}={value}\n" for name, value in self.addresses.items()]
        secrets.write_private(self.run_dir / "services.env", "".join(lines))

    def _children(self, env: dict[str, str]) -> list[Child]:
        return [
            self._child(env, "web", children.web(self.port), children.serving(self.port)),
            self._child(env, "worker", children.worker(), children.consuming),
            self._child(env, "beat", children.beat(self.run_dir), children.running),
        ]

    def _child(self, env: dict[str, str], name: str, words: list[str], up: children.Up) -> Child:
        return Child(name, words, run_dir=self.run_dir, env=env, up=up)

    def _start(self, child: Child) -> Child:
        self.supervisor.start(child)
        return child

    def _wait_for(self, started: list[Child]) -> None:
        """All are up; or who is not, and the last it said."""

        def settled() -> bool:
            return all(c.is_up() for c in started) or not all(c.alive() for c in started)

        wait_until(settled, seconds=PATIENCE, every=0.1)
        for child in started:
            if not child.is_up():
                raise (
                    too_slow(child)
                    if child.alive()
                    else ended(f"{child.name} does not start", child.said(), child.log)
                )


def too_slow(child: Child) -> Trouble:
    """It runs, and has not come up in all that time: most often the machine has too much else to do."""
    return Trouble(
        f"{child.name} is not up after {PATIENCE} seconds. If this machine is busy, start again when it is "
        f"less so: nothing is lost. Its log is {child.log}"
    )


def announce(runner: Runner) -> None:
    """The address, the sign-ins, the logs."""
    say(f"\n  Ready: {runner.base_url}/\n")
    commands.sign_ins(runner.run_dir)
    say(f"  Logs: {os.path.relpath(runner.run_dir / 'logs')}")
    say("  Ctrl-C stops everything.\n")


def run(run_dir: Path, port: int) -> None:
    """Up, until asked to stop, and down again whatever happens."""
    runner = Runner(run_dir, port)
    try:
        runner.up()
        announce(runner)
        runner.watch()
    finally:
        for sign in SIGNALS:
            signal.signal(sign, signal.SIG_IGN)
        runner.down()


def main() -> int:
    """0 after a stop that was asked for; 1 with one line on what is wrong."""
    if "MAKELEVEL" in os.environ:
        ends_with_parent(signal.SIGTERM, parent=os.getppid())()
    for sign in SIGNALS:
        signal.signal(sign, ask_to_stop)
    try:
        run_dir, port = chosen_run_dir(), preflight.wanted_port()
        run_dir.mkdir(mode=0o755, parents=True, exist_ok=True)
        preflight.check_addresses()
        with preflight.held(run_dir, f"http://127.0.0.1:{port}"):
            preflight.check_room(run_dir)
            preflight.check_port(port, patience=5 if children.end_predecessors(run_dir) else 0)
            run(run_dir, port)
    except StopAskedError:
        return 0
    except Trouble as trouble:
        say(f"\n{trouble}")
    except OSError as problem:
        say(f"\n{explain(problem)}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
