"""Steps a second on 100,000 due clocks, with one, two and four engines, each a process of its own."""

import subprocess
import sys
import time

from django.db import connections
from psycopg import sql

from config.env import ROOT
from tests.bench.databases import Scaled
from tests.database import clone, environment, superuser, url

WORKERS = (1, 2, 4)


def per_second(database: Scaled, due: int) -> dict[str, float]:
    """Rungs told a second by so many engines, each time on a copy of the same database."""
    figures = {}
    for engines in WORKERS:
        name = f"{database.name}_{engines}"
        connections.close_all()
        with superuser("postgres") as server:
            clone(server, database.name, name)
        figures[f"{engines} engines" if engines > 1 else "1 engine"] = due / _seconds(name, engines, due)
        with superuser("postgres") as server:
            server.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))
    return figures


def _seconds(name: str, engines: int, due: int) -> float:
    """How long it takes that nothing is due any more; every clock must have been looked at once."""
    env = {
        **environment(name),
        "WORKER_DATABASE_URL": url("worker", name),
        "DATABASE_ROLE": "worker",
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
    }
    words = [sys.executable, "-W", "ignore", "-m", "tests.bench.stepping"]
    pipe = subprocess.PIPE
    running = [
        subprocess.Popen(words, cwd=ROOT, env=env, stdin=pipe, stdout=pipe, text=True) for _ in range(engines)
    ]
    for each in running:
        each.stdout.readline()
    begun = time.perf_counter()
    for each in running:
        each.stdin.write("go\n")
        each.stdin.flush()
    said = [each.communicate()[0].split() for each in running]
    taken = time.perf_counter() - begun
    looked, fired = (sum(int(words[place]) for words in said) for place in (0, 1))
    if (looked, fired) != (due, due):
        raise SystemExit(f"{looked} looked at and {fired} fired of {due}: the measure would mean nothing")
    return taken
