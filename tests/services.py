"""The PostgreSQL and the broker of one test run.

The run's first process starts them and stops them; pytest-xdist's workers inherit the addresses.
Whatever the environment says of a database is overruled: a test never meets a real one.
"""

import os
import shutil
import tempfile
from pathlib import Path

from config.embedded import place
from config.embedded.postgres import NOT_DURABLE
from config.embedded.services import Database, broker_in
from config.processes import start_time

FOLDER = "RCRP_TEST_FOLDER"  # tells a worker that the services run already
PREFIX = "rcrp-test-of-"
QUICK_TO_SIGN_IN = {"scram_iterations": "1"}  # the passwords guard nothing, and tests connect often
running: list = []


def start() -> None:
    """Start both in a folder of this run's own, unless the run's first process has done so."""
    if FOLDER in os.environ:
        return
    forget_the_killed()
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-"))
    folder.chmod(0o711)  # as root, PostgreSQL's user passes through
    database, broker = Database(folder, settings={**NOT_DURABLE, **QUICK_TO_SIGN_IN}), broker_in(folder)
    running.append(database)
    database.start()
    running.append(broker)
    broker.start()
    os.environ.update(
        database.addresses(),
        SUPERUSER_DATABASE_URL=database.superuser_url(),
        CELERY_BROKER_URL=broker.url,
        PG_BIN=str(database.server.programs),  # if they had to be copied, then once a run
        **{FOLDER: str(folder)},
    )


def forget_the_killed() -> None:
    """Remove what runs that were killed could not: their servers ended with them, gigabytes stayed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        pid = int(folder.name.removeprefix(PREFIX).partition("-")[0])
        if start_time(pid) is None and os.access(folder, os.W_OK):
            place.forget(folder / "postgres")
            shutil.rmtree(folder, ignore_errors=True)  # another run may be at it, too


def stop() -> None:
    """Stop what this process started, and leave nothing."""
    if not running:
        return
    while running:
        running.pop().stop()
    place.forget(Path(os.environ[FOLDER]) / "postgres")
    shutil.rmtree(os.environ.pop(FOLDER))
