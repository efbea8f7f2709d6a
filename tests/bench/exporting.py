"""The list as one CSV file: what the web process holds at most while it sends few rows, and many."""

import time
from pathlib import Path

import httpx

from tests.bench import web
from tests.bench.databases import Scaled
from tests.bench.referrals import asker

EXPORT = "/api/v1/referrals/export/"


def holding(few: Scaled, many: Scaled) -> dict[str, float]:
    """Megabytes that the worker held at most, of which most it holds anyway; and rows a second."""
    at_few, _, _ = _exported(few)
    at_many, rows, seconds = _exported(many)
    return {
        f"{few.rows:,}, MB": at_few,
        f"{many.rows:,}, MB": at_many,
        "ratio": at_many / at_few,
        "rows": rows,
        "rows a second": rows / seconds,
    }


def _exported(database: Scaled) -> tuple[float, int, float]:
    """What the worker held at most, how many rows came, and how long they took."""
    who = asker(database)
    with web.serving("config.wsgi:application", database) as server:
        begun, lines = time.perf_counter(), 0
        address = f"{server.client.base_url}{EXPORT}"
        with httpx.stream("GET", address, headers=who.headers, timeout=600) as answer:
            if answer.status_code != 200:
                raise SystemExit(f"{answer.status_code} in a measured run: {answer.read()!r:.300}")
            lines = sum(part.count(b"\r\n") for part in answer.iter_bytes())
        return peak(server.process.pid), lines - 1, time.perf_counter() - begun


def peak(pid: int) -> float:
    """Megabytes of the largest of a server's workers at their fullest."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    said = [Path(f"/proc/{child}/status").read_text().splitlines() for child in children]
    return max(int(line.split()[1]) / 1024 for lines in said for line in lines if line.startswith("VmHWM:"))
