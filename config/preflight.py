"""What must hold before anything is started: a place of our own, room on the disk, a free port."""

import fcntl
import json
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config.processes import wait_until
from config.trouble import Trouble

ROOM = 300 * 1024 * 1024  # bytes that the first days write, with some to spare
HIGHEST = 65535
ADDRESSES = ("DATABASE_URL", "WORKER_DATABASE_URL", "MIGRATE_DATABASE_URL")


def wanted_port() -> int:
    """The site's port, from PORT."""
    given = os.environ.get("PORT") or "8000"
    if not given.isdigit() or not 0 < int(given) <= HIGHEST:
        raise Trouble(f"PORT is {given!r}: give a number from 1 to {HIGHEST}.")
    return int(given)


def is_free(port: int) -> bool:
    """Whether we could listen there."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def check_port(port: int, *, patience: float = 0) -> None:
    """Nobody else answers there; what was ended just now may take a moment to let go."""
    if wait_until(lambda: is_free(port), seconds=patience):
        return
    other = next((n for n in range(max(port, 8000) + 1, HIGHEST) if is_free(n)), 8000)
    raise Trouble(f"Port {port} is taken or not yours. Choose another: make run PORT={other}")


def check_room(run_dir: Path) -> None:
    """The disk has room: a database that meets a full disk stops."""
    free = shutil.disk_usage(run_dir).free
    if free < ROOM:
        raise Trouble(
            f"The disk is full at {run_dir}: {free // 2**20} MB are free and {ROOM // 2**20} MB are needed. "
            "Free some space, or set RUN_DIR to a disk that has room."
        )


def check_addresses() -> None:
    """Whoever brings a database brings all three logins of it."""
    missing = [name for name in ADDRESSES if not os.environ.get(name)]
    if missing and os.environ.get("DATABASE_URL"):
        raise Trouble(f"DATABASE_URL is set and {' and '.join(missing)} is not: set all three, or none.")


@contextmanager
def held(run_dir: Path, base_url: str) -> Iterator[None]:
    """The run directory is ours for as long as we live; a kill gives it back."""
    path = run_dir / "lock"
    with path.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Trouble(taken(path)) from None
        lock.truncate(0)
        lock.write(json.dumps({"pid": os.getpid(), "base_url": base_url}))
        lock.flush()
        yield


def taken(path: Path) -> str:
    """Who runs here, and what to do."""
    try:
        known = json.loads(path.read_text())
        who = f" at {known['base_url']} (process {known['pid']})"
    except (ValueError, KeyError):
        who = ""
    return (
        f"A system is running in {path.parent} already{who}. "
        "Stop it with Ctrl-C, or run a second beside it: make run RUN_DIR=.run2 PORT=8001"
    )
