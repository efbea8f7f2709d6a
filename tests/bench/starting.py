"""``make run`` in a fresh clone: how long until the address is printed, the first time and the second.

The first makes the environment (from the network, or pip's cache), the database and the demo data.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from config.embedded.postgres import free_port
from config.env import ROOT
from config.processes import wait_until
from tests.services import FOLDER

LONGEST = 1_800  # seconds
# A new clone is told nothing: what this run was given would lead it to this run's servers.
OURS = (
    "DATABASE_URL",
    "WORKER_DATABASE_URL",
    "MIGRATE_DATABASE_URL",
    "CELERY_BROKER_URL",
    "DATABASE_ROLE",
    "DJANGO_SETTINGS_MODULE",
    "LOG_LEVEL",
    "MAKELEVEL",
    "MAKEFLAGS",
    "RUN_DIR",
    "VIRTUAL_ENV",
    FOLDER,
)


def twice() -> dict[str, float]:
    """The seconds of both starts, and of the stop between them."""
    folder = Path(tempfile.mkdtemp(prefix="rcrp-start-"))
    folder.chmod(0o711)
    try:
        clone = folder / "clone"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        first, stop = _started(clone, folder / "first.txt")
        second, _ = _started(clone, folder / "second.txt")
    finally:
        shutil.rmtree(folder)
    return {"first, s": first, "stop, s": stop, "second, s": second}


def _started(clone: Path, log: Path) -> tuple[float, float]:
    """How long it took to start, and to stop again after Ctrl-C, which reaches the whole group."""
    env = {name: value for name, value in os.environ.items() if name not in OURS}
    env["PORT"] = str(free_port())
    began = time.monotonic()
    with log.open("w") as out:
        running = subprocess.Popen(
            ["make", "run"], cwd=clone, env=env, stdout=out, stderr=out, start_new_session=True
        )
    wait_until(lambda: "Ready:" in log.read_text() or running.poll() is not None, seconds=LONGEST, every=0.1)
    took, ready = time.monotonic() - began, "Ready:" in log.read_text()
    if running.poll() is None:
        os.killpg(running.pid, signal.SIGINT)
    running.wait(LONGEST)
    if not ready:
        raise SystemExit(log.read_text()[-2000:])
    return took, time.monotonic() - began - took
