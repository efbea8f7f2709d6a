"""What a running system is made of: how each process is started, and when it is up."""

import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from subprocess import Popen

from config.env import ROOT, web_threads
from config.processes import remember, spawn, stop, stop_remembered

BIGGEST_LOG = 20 * 1024 * 1024  # bytes; a longer one is put aside at the next start
WEB_PROCESSES = 2


Up = Callable[["Child"], bool]


def web(port: int) -> list[str]:
    """The web server. It loads once and forks, which opens no connection; no socket in the home."""
    return [
        "-m", "gunicorn", "config.wsgi:application", "--bind", f"127.0.0.1:{port}", "--preload",
        "--worker-class", "gthread", "--workers", str(WEB_PROCESSES), "--threads", str(web_threads()),
        "--graceful-timeout", "10", "--no-control-socket",
    ]  # fmt: skip


def worker() -> list[str]:
    """The Celery worker. It talks to the broker alone: gossip between workers is not needed."""
    return [
        "-m", "celery", "--app", "config.celery", "worker", "--loglevel", "INFO",
        "--without-gossip", "--without-mingle",
    ]  # fmt: skip


def beat(run_dir: Path) -> list[str]:
    """Celery's clock, which only says when to look."""
    return [
        "-m", "celery", "--app", "config.celery", "beat", "--loglevel", "INFO",
        "--schedule", str(run_dir / "beat-schedule"), "--pidfile=",
    ]  # fmt: skip


def demo() -> list[str]:
    """Invented people who go on working while the demonstration is watched."""
    return ["manage.py", "demo_stream"]


class Child:
    """One Python process of the system. ``up`` tells from outside whether it serves."""

    def __init__(
        self, name: str, arguments: Sequence[str], *, run_dir: Path, env: Mapping[str, str], up: Up
    ) -> None:
        self.name, self.arguments, self.run_dir, self.env, self.up = name, arguments, run_dir, env, up
        self.process: Popen[bytes] | None = None
        self.written = 0  # bytes in the log before this start

    @property
    def log(self) -> Path:
        """Where it writes."""
        return self.run_dir / "logs" / f"{self.name}.log"

    @property
    def note(self) -> Path:
        """Where its number is kept, for a run after a kill -9."""
        return self.run_dir / "pids" / f"{self.name}.json"

    def start(self) -> None:
        """Start it; ``up`` tells when it serves."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.note.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > BIGGEST_LOG:
            self.log.replace(self.log.with_suffix(".log.1"))
        self.written = self.log.stat().st_size if self.log.exists() else 0
        self.process = spawn([sys.executable, *self.arguments], log=self.log, env=self.env, cwd=ROOT)
        remember(self.note, self.process.pid)

    def is_up(self) -> bool:
        """Whether it serves now."""
        return self.alive() and self.up(self)

    def alive(self) -> bool:
        """Whether its process runs."""
        return self.process is not None and self.process.poll() is None

    def stop(self) -> int:
        """Let it finish what it is at; 20 seconds later end it. Its return code."""
        if self.process is None:
            return 0
        code = stop(self.process, sign=signal.SIGTERM, seconds=20)
        self.note.unlink(missing_ok=True)
        self.process = None
        return code

    def said(self) -> str:
        """What it has written since it was started."""
        if not self.log.exists():
            return ""
        with self.log.open(errors="replace") as log:
            log.seek(self.written)
            return log.read()


def serving(port: int) -> Up:
    """The web is up when it says that it can serve."""

    def asked(child: Child) -> bool:
        line = HTTPConnection("127.0.0.1", port, timeout=5)
        try:
            line.request("GET", "/health/ready/")
            return line.getresponse().status == HTTPStatus.OK
        except (OSError, HTTPException):
            return False
        finally:
            line.close()

    return asked


def consuming(child: Child) -> bool:
    """A worker says when it has reached its broker."""
    return " ready." in child.said()


def running(child: Child) -> bool:
    """Beat serves nobody; it is up when it runs."""
    return True


def end_predecessors(run_dir: Path) -> bool:
    """Stop what a killed runner left in this run directory. Whether there was anything."""
    notes = [run_dir / "pids" / f"{name}.json" for name in ("demo", "beat", "worker", "web")]
    mark = f"RUN_DIR={run_dir}"
    return any([stop_remembered(note, sign=signal.SIGTERM, seconds=20, mark=mark) for note in notes])


def environment(addresses: Mapping[str, str], run_dir: Path) -> dict[str, str]:
    """What every child is given: the addresses, and where the state is."""
    env = {
        "DJANGO_SETTINGS_MODULE": "config.settings.local",
        **os.environ,
        **addresses,
        "RUN_DIR": str(run_dir),
        "PYTHONUNBUFFERED": "1",
    }
    env.pop("DATABASE_ROLE", None)  # each process takes its own
    return env
