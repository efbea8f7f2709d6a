"""Requests over HTTP against the system and against the floor, in turn; the CPU that each server spent."""

import os
import pickle
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx
from django.db import connection, transaction
from django.test import Client

from config.env import ROOT
from tests.bench.databases import Scaled, use
from tests.bench.replay import Answer, Recording, median
from tests.database import environment, url

ROUNDS = 5
REQUESTS = 100
WARM = 20
ALL_REQUESTS = 2 * (WARM + ROUNDS * REQUESTS)
TICKS = os.sysconf("SC_CLK_TCK")

Send = Callable[[httpx.Client], httpx.Response]


def record(ask: Callable[[Client], Any]) -> Answer:
    """Ask the real view once in this process; keep its SQL, less the transaction's words, and its answer."""
    recording = Recording()
    with recording.on():
        answer = ask(Client())
    words = ("begin", "commit", "savepoint", "release")
    kept = [s for s in recording.statements if not s[0].lstrip().lower().startswith(words)]
    recording.statements = kept
    body = answer.json()
    if answer.status_code >= 400:
        raise SystemExit(f"the measured request was refused: {body}")
    return Answer(recording, recording.made(), f"{answer.status_code} OK", body)


def compare(database: Scaled, answer: Answer, send: Send, *, undone: bool = False) -> dict[str, float]:
    """CPU milliseconds a request of the system and of the floor, medians of alternating rounds; the ratio.

    ``undone``: what cannot be done twice to the same row, the floor takes back each time.
    """
    floor_of = ("tests.bench.floor:application", database, answer)
    with (
        serving("config.wsgi:application", database) as real,
        serving(*floor_of, environ={"BENCH_UNDONE": "1"} if undone else {}) as floor,
    ):
        for server in (real, floor):
            server.spend(send, WARM)
        pairs = [(real.spend(send, REQUESTS), floor.spend(send, REQUESTS)) for _ in range(ROUNDS)]
    return {
        "system, ms": median([a for a, _ in pairs]),
        "floor, ms": median([b for _, b in pairs]),
        "times": median([a / b for a, b in pairs]),
        "queries": len(answer.recording.statements),
    }


class Server:
    """A gunicorn with one worker, whose CPU time can be read."""

    def __init__(self, process: subprocess.Popen, port: int) -> None:
        self.process, self.client = process, httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30)

    def spend(self, send: Send, requests: int) -> float:
        """CPU milliseconds of the worker per request, over so many."""
        before = self._cpu()
        for _ in range(requests):
            answer = send(self.client)
            if not answer.is_success:  # a page that sends on to the sign-in costs nothing
                raise SystemExit(f"{answer.status_code} in a measured run: {answer.text[:300]}")
        return (self._cpu() - before) / requests * 1000

    def seconds(self, send: Send, requests: int) -> float:
        """Milliseconds that a request takes, everything included, over so many."""
        begun = time.perf_counter()
        self.spend(send, requests)
        return (time.perf_counter() - begun) / requests * 1000

    def _cpu(self) -> float:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return sum(_seconds(int(child)) for child in children)

    def wait(self) -> None:
        """Until it answers, whatever it answers."""
        for _ in range(300):
            try:
                self.client.get("/health/live/")
            except httpx.TransportError:
                time.sleep(0.1)
            else:
                return
        raise SystemExit("the server to be measured did not start")


def _seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


@contextmanager
def serving(  # noqa: PLR0913  # what is served, and with how much
    application: str,
    database: Scaled,
    answer: Answer | None = None,
    workers: int = 1,
    threads: int = 1,
    environ: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Server]:
    """One application under gunicorn on a free port of loopback."""
    with tempfile.NamedTemporaryFile() as kept, tempfile.TemporaryFile("w+") as said:
        pickle.dump(answer, kept)
        kept.flush()
        port = _free_port()
        words = [
            "--workers",
            str(workers),
            "--threads",
            str(threads),
            "--worker-class",
            "gthread",
            "--bind",
            f"127.0.0.1:{port}",
        ]
        process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", application, *words, "--log-level", "warning"],
            cwd=ROOT,
            env={
                **environment(database.name),
                "DATABASE_URL": url("web", database.name),
                "DJANGO_SETTINGS_MODULE": "config.settings.test",
                "BENCH_RECORDING": kept.name,
                "LOG_LEVEL": "INFO",  # a line a request, as it is run: that costs something
                **environ,
            },
            stderr=said,
        )
        server = Server(process, port)
        try:
            server.wait()
            yield server
        except SystemExit:
            said.seek(0)
            print(said.read()[-3000:], file=sys.stderr)
            raise
        finally:
            server.client.close()
            process.terminate()
            process.wait(30)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def queries(database: Scaled, ask: Callable[[Client], Any], *, undone: bool = False) -> Answer:
    """Record one request against a database, as the web's role; ``undone``, take back what it wrote."""
    use(database, "web")
    with transaction.atomic():
        answer = record(ask)
        transaction.set_rollback(undone)
    connection.close()
    return answer
