"""``make bench``: the figures, as ratios in one run; ``python -m tests.bench NAME …`` measures those alone.

``BENCH_ROWS`` (1,000,000) sets the larger size, ``BENCH_DUE`` (100,000) the number due for the steps.
"""

import argparse
import os
import sys
import traceback
from collections.abc import Callable, Mapping
from functools import cache

import django

from tests import services

FEW = 10_000
MANY = int(os.environ.get("BENCH_ROWS", "1000000"))
STEPS = int(os.environ.get("BENCH_DUE", "100000"))
DUE = 1000
BOARD = min(130_000, MANY)  # referrals, so that there are 100,000 cases
HELPDESK = min(10_000, STEPS)

Figures = Mapping[str, float]


@cache
def filled(rows: int, due: int):
    """A database of that size, made when it is first asked for."""
    from tests.bench import databases

    return databases.filled(rows, due=due)


def tick() -> Figures:
    """A tick over 1,000 due clocks against the same rows by raw SQL."""
    from tests.bench import ticks

    return ticks.against_raw_sql(filled(FEW, DUE))


def among() -> Figures:
    """1,000 due clocks among few and among many open."""
    from tests.bench import ticks

    return ticks.among_many(filled(FEW, DUE), filled(MANY, DUE))


def create() -> Figures:
    """Create a referral over HTTP."""
    from tests.bench import referrals

    return referrals.creating(filled(MANY, DUE))


def move() -> Figures:
    """Acknowledge a referral over HTTP."""
    from tests.bench import referrals

    return referrals.moving(filled(MANY, DUE))


def list_() -> Figures:
    """List 50 of many, filtered, by time to breach."""
    from tests.bench import referrals

    return referrals.listing(filled(MANY, DUE))


def list_among() -> Figures:
    """List 50 among few and among many."""
    from tests.bench import referrals

    return referrals.listing_among(filled(2 * FEW, DUE), filled(MANY, DUE))  # fewer make no full page


def events() -> Figures:
    """A page of the feed."""
    from tests.bench import referrals

    return referrals.following(filled(MANY, DUE))


def mixed() -> Figures:
    """A mixed load over HTTP among many."""
    from tests.bench import mixed as measure

    return measure.load(filled(MANY, DUE))


def export() -> Figures:
    """What the web process holds while it sends few rows as CSV, and many."""
    from tests.bench import exporting

    return exporting.holding(filled(FEW, DUE), filled(MANY, DUE))


def pages() -> Figures:
    """Pages among few and among many."""
    from tests.bench import pages as measure

    found = measure.among(filled(FEW, DUE), filled(MANY, DUE))
    return {f"{name} {what}": value for name, figures in found.items() for what, value in figures.items()}


def board() -> Figures:
    """The board of missing patients, 50 of 100,000."""
    from tests.bench import board as measure

    return measure.against_the_floor(filled(BOARD, DUE))


def prove() -> Figures:
    """The standing proof of each minute, among few and among many."""
    from tests.bench import proof

    return proof.each_minute(filled(FEW, DUE), filled(MANY, DUE))


def simulate() -> Figures:
    """Trying out an agreement over as many referrals between two agencies as BENCH_DUE says."""
    from tests.bench import simulating

    return simulating.against_reading(filled(BOARD, DUE), min(STEPS, BOARD))


def steps() -> Figures:
    """Steps a second on as many due clocks as BENCH_DUE says."""
    from tests.bench import steps as measure

    return measure.per_second(filled(STEPS, STEPS), STEPS)


def helpdesk() -> Figures:
    """10,000 escalations (BENCH_DUE, if that is fewer) beside django-helpdesk's."""
    from tests.bench import helpdesk as measure

    return measure.beside(filled(2 * HELPDESK, HELPDESK), HELPDESK)


def lateness() -> Figures:
    """Lateness at 50 due clocks a second for 5 minutes, ticks every 5 s."""
    from tests.bench import lateness as measure

    return measure.in_calm()


def detentions() -> Figures:
    """Measures of 100,000 simulated detentions, which equal the same counted another way."""
    from tests.bench import detentions as measure

    return measure.measured()


def start() -> Figures:
    """``make run`` in a fresh clone, the first time and the second."""
    from tests.bench import starting

    return starting.twice()


# What ticks for good comes after what is measured and undone.
MEASURES: dict[str, Callable[[], Figures]] = {
    "tick": tick,
    "among": among,
    "create": create,
    "move": move,
    "list": list_,
    "list-among": list_among,
    "events": events,
    "mixed": mixed,
    "export": export,
    "pages": pages,
    "board": board,
    "prove": prove,
    "simulate": simulate,
    "steps": steps,
    "helpdesk": helpdesk,
    "detentions": detentions,
    "lateness": lateness,
    "start": start,
}


def main(names: list[str]) -> int:
    """Measure, and print each on a line of its own; 1 if one failed, after which the others are measured."""
    left = 0
    for name in names or MEASURES:
        try:
            figures = MEASURES[name]()
        except (Exception, SystemExit):  # a measure may break in any way, and the others are measured
            traceback.print_exc()
            print(f"{name}: FAILED", flush=True)
            left = 1
            continue
        said = ", ".join(f"{what} {value:,.3g}" for what, value in figures.items())
        print(f"{name}: {(MEASURES[name].__doc__ or '').rstrip('.')}: {said}", flush=True)
    return left


def read() -> list[str]:
    """Which."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("measures", nargs="*", choices=[*MEASURES, []])
    return parser.parse_args().measures


if __name__ == "__main__":
    wanted, left = read(), 1
    services.start()
    try:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
        os.environ["LOG_LEVEL"] = "WARNING"  # of this process; a measured server says as much as ever
        django.setup()
        left = main(wanted)
    finally:
        from django.db import connections

        connections.close_all()
        services.stop()
    sys.exit(left)
