"""Measures over 100,000 simulated detentions equal the same counted another way; and what each takes."""

import os
import time
from datetime import timedelta

import psycopg

from agencies.acting import acting_for
from referrals.reporting.detention import MEASURES
from referrals.reporting.report import Asked
from tests.database import Database, point_django_at
from tests.detentions import DAYS, SINCE, Simulated, counted, everything, officer_minutes
from tests.factories.world import make_world

MANY = int(os.environ.get("BENCH_DETENTIONS", "100000"))


def measured() -> dict[str, float]:
    """Seconds of each measure; raises AssertionError where a figure is not the other way's."""
    database = Database("bench_detentions")
    point_django_at("web", database.name)
    world, now = make_world(), SINCE + timedelta(days=DAYS + 1)
    with database.connect("superuser") as owner:
        Simulated(world, MANY).write(owner)
        owner.execute("analyze")
        owner.commit()
        took = {name: _one(name, world, now) for name in MEASURES}
        _check(owner, {name: found for name, (found, _) in took.items()}, now)
    return {f"{name} s": seconds for name, (_, seconds) in took.items()}


def _one(name: str, world: object, now: object) -> tuple[object, float]:
    began = time.monotonic()
    with acting_for(world.police.agency_id):
        asked = Asked(world.police, SINCE, SINCE + timedelta(days=DAYS), now=now)
        found = MEASURES[name].count(asked)
    return found, time.monotonic() - began


def _check(owner: psycopg.Connection, found: dict[str, object], now: object) -> None:
    for name, (numerator, denominator) in counted(everything(owner), now).items():
        line = found[name].lines[0]
        assert (line.numerator, line.denominator) == (numerator, denominator), name
    period = {"since": SINCE, "until": SINCE + timedelta(days=DAYS), "now": now}
    minutes = sum(officer_minutes(owner, "week", **period).values())
    hours = found["officer-hours"].lines[0].value
    assert abs(hours - minutes / 60) < 0.1, (hours, minutes / 60)
