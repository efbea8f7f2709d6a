"""A mixed load over HTTP, as partners make it: how long each kind of request takes when many come at once."""

import random
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus

import httpx

from config.children import WEB_PROCESSES, web_threads
from tests.bench import web
from tests.bench.databases import Scaled
from tests.bench.referrals import FEED, LIST, Asker, asker, new

CALLERS, SECONDS = 8, 60
# Of a hundred requests; a new referral is acknowledged by nobody here.
SHARES = {"list": 40, "read": 30, "events": 15, "create": 15}


def load(database: Scaled) -> dict[str, float]:
    """Eight callers without a pause for a minute: requests a second; median and 99th centile of each kind."""
    who = asker(database)
    taken: dict[str, list[float]] = defaultdict(list)
    served = web.serving("config.wsgi:application", database, workers=WEB_PROCESSES, threads=web_threads())
    with served as server:
        known = [each["id"] for each in server.client.get(LIST, headers=who.headers).json()["results"]]
        until = time.monotonic() + SECONDS
        base = str(server.client.base_url)
        with ThreadPoolExecutor(CALLERS) as callers:
            called = [callers.submit(_call, base, who, known, seed, until, taken) for seed in range(CALLERS)]
        for each in called:
            each.result()  # a refusal ends the measuring
    found = {"requests a second": sum(map(len, taken.values())) / SECONDS}
    for kind in SHARES:
        times = sorted(taken[kind])
        found[f"{kind}, median ms"] = times[len(times) // 2]
        found[f"{kind}, 99th centile ms"] = times[len(times) * 99 // 100]
    return found


def _call(
    base: str, who: Asker, known: list[str], seed: int, until: float, taken: dict[str, list[float]]
) -> None:
    """One caller, one request after the other."""
    rng = random.Random(seed)
    kinds, weights = list(SHARES), list(SHARES.values())
    with httpx.Client(base_url=base, headers=who.headers, timeout=60) as client:
        asks: dict[str, Callable[[], httpx.Response]] = {
            "list": lambda: client.get(LIST),
            "read": lambda: client.get(f"/api/v1/referrals/{rng.choice(known)}/"),
            "events": lambda: client.get(FEED),
            "create": lambda: client.post("/api/v1/referrals/", json=new(who)),
        }
        while time.monotonic() < until:
            (kind,) = rng.choices(kinds, weights)
            begun = time.perf_counter()
            answer = asks[kind]()
            taken[kind].append((time.perf_counter() - begun) * 1000)
            if answer.status_code not in (HTTPStatus.OK, HTTPStatus.CREATED):
                raise SystemExit(f"{answer.status_code} in a measured run: {answer.text[:300]}")
