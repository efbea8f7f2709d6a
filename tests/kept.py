"""The migrated, empty database, kept from one run of the tests to the next while no migration changes.

A quarter of a minute is much for whoever runs one test, and nothing to whoever runs all: where the whole is
judged (``CI``), every migration runs.
"""

import hashlib
import os
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from config.env import ROOT

# What a migration runs, or reads.
MAKES_IT = [
    "*/migrations/*.py",
    "*/models/*.py",
    "*/models.py",
    "referrals/domain/*.py",
    "agencies/*.py",
    "config/sql/*.sql",
    "config/settings/*.py",
    "requirements*.txt",
]
OLDEST = 5  # of so many different ones, the oldest go


def keeps() -> bool:
    """Whether this run keeps it. What was put back says the same, and not always in the same words."""
    return not os.environ.get("CI")


def fill(address: str, *, by: Callable[[], None]) -> None:
    """Fill the prepared database from what is kept, else by migrating it, which is then kept."""
    if not keeps():
        by()
        return
    folder = _folder()
    dump = folder / f"{_digest()}.sql"
    if dump.exists():
        _run("psql", address, "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null", f"--file={dump}")
        dump.touch()
        return
    by()
    draft = dump.with_suffix(f".{os.getpid()}")
    _run("pg_dump", address, f"--file={draft}")
    draft.replace(dump)
    for old in sorted(folder.glob("*.sql"), key=lambda path: path.stat().st_mtime)[:-OLDEST]:
        old.unlink(missing_ok=True)


def _run(program: str, address: str, *words: str) -> None:
    subprocess.run([Path(os.environ["PG_BIN"]) / program, address, *words], check=True)


def _folder() -> Path:
    """This user's alone: whatever lies in it is run as a superuser of the tests' database."""
    folder = Path(tempfile.gettempdir()) / f"rcrp-test-templates-{os.geteuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.geteuid() or folder.stat().st_mode & 0o077:
        raise PermissionError(f"{folder} is not this user's alone: remove it")
    return folder


def _digest() -> str:
    """Of everything that makes the database what it is."""
    found = hashlib.sha256()
    for path in sorted({path for pattern in MAKES_IT for path in ROOT.glob(pattern)}):
        found.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes() + b"\0")
    return found.hexdigest()[:32]
