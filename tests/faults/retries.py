"""A partner asks again and again under the same keys while the web is killed: one referral for each key.

What a control room's system does when no answer comes: it sends the same once more. An answer that was lost
with the process that made it must neither lose the referral nor make a second.
"""

import random
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from uuid import uuid4

import httpx

from tests.faults.stage import PATIENCE, Stage, Struck

DOWN = 120  # seconds without any answer: then it is given up, and counted
PAUSE = 0.2  # seconds before the same is sent once more
BETWEEN = (0.05, 0.5)  # seconds that the web lives


@dataclass(frozen=True)
class Size:
    """How many keys, requests over them, and senders at once; how many kills must meet a request mid-step."""

    keys: int = 500
    requests: int = 10_000
    senders: int = 32
    to_strike: int = 10


SHORT = Size(keys=10, requests=100, senders=8, to_strike=1)


def play(stage: Stage, size: Size) -> Struck:
    """Send every key as often as the next, in no order, and kill until all are answered."""
    run = uuid4().hex[:8]
    keys = [f"{run}-{number % size.keys}" for number in range(size.requests)]
    stage.rng.shuffle(keys)
    begun, kills = stage.system.mid_step, 0
    limits = httpx.Limits(max_connections=size.senders)
    with httpx.Client(timeout=PATIENCE, limits=limits) as http, ThreadPoolExecutor(size.senders) as senders:
        answers = [senders.submit(_until_answered, stage, http, key) for key in keys]
        while not all(each.done() for each in answers):
            kills += _kill(stage, stage.rng)
    told = defaultdict(set)
    for key, answer in zip(keys, (each.result() for each in answers), strict=True):
        told[key].add(answer)
    return {
        "requests": len(keys),
        "kills": kills,
        "struck": stage.system.mid_step - begun,
        "to_strike": size.to_strike,
        **_found(run, told),
        "proof": stage.prove(),
    }


def _kill(stage: Stage, rng: random.Random) -> int:
    """The web, once it is up and has lived for a while; how many kills that were."""
    web = stage.system.children["web"]
    if not web.is_up():
        time.sleep(0.1)
        return 0
    time.sleep(rng.uniform(*BETWEEN))
    stage.system.kill("web")
    return 1


def _until_answered(stage: Stage, http: httpx.Client, key: str) -> str:
    """The referral that the partner is told of, or what the answer was instead."""
    body = {
        "person": {"family_name": "EXAMPLE"},
        "category": "concern_for_welfare",
        "priority": "P2",
        "to_team": stage.world.teams["trust"].code,
        "summary": "asked until an answer came",
        "source_incident_number": key,
    }
    headers = {"Authorization": f"Bearer {stage.tokens['police']}", "Idempotency-Key": key}
    end = time.monotonic() + DOWN
    while time.monotonic() < end:
        try:
            answer = http.post(f"{stage.system.address}/api/v1/referrals/", json=body, headers=headers)
        except httpx.TransportError:
            time.sleep(PAUSE)
            continue
        if answer.status_code == HTTPStatus.CREATED:
            return answer.json()["id"]
        if answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
            return f"{answer.status_code}: {answer.text[:200]}"
        time.sleep(PAUSE)
    return "no answer"


def _found(run: str, told: dict[str, set[str]]) -> Struck:
    """What there is now, beside what was told."""
    from django.db import connections

    from referrals.models import Referral

    connections.close_all()
    made = defaultdict(set)
    for key, number in Referral.objects.filter(source_incident_number__startswith=run).values_list(
        "pk", "source_incident_number"
    ):
        made[number].add(str(key))
    return {
        "keys": len(told),
        "made": sum(map(len, made.values())),
        "lost": len(told.keys() - made.keys()),
        "made_twice": sum(len(each) > 1 for each in made.values()),
        "told_otherwise": sorted(answer for key, each in told.items() for answer in each - made[key])[:3],
    }
