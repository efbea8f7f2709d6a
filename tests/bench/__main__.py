"""``make bench``: the figures, as ratios in one run. ``BENCH_ROWS`` (1,000,000) sets the larger size."""

import os
import sys
from collections.abc import Mapping

import django

from tests import services

FEW = 10_000
MANY = int(os.environ.get("BENCH_ROWS", "1000000"))
DUE = 1000


def main() -> None:
    """Fill two databases, measure, print."""
    from tests.bench import databases, pages, referrals, ticks

    few, many = databases.filled(FEW, due=DUE), databases.filled(MANY, due=DUE)
    show("a tick over 1,000 due clocks against the same rows by raw SQL", ticks.against_raw_sql(few))
    show("1,000 due clocks among few and among many open", ticks.among_many(few, many))
    show("create a referral over HTTP", referrals.creating(many))
    show(f"list 50 of {MANY:,}, filtered, by time to breach", referrals.listing(many))
    show("list 50 among few and among many", referrals.listing_among(few, many))
    for name, figures in pages.among(few, many).items():
        show(f"{name} among few and among many", figures)


def show(title: str, figures: Mapping[str, float]) -> None:
    """One measure, on a line of its own."""
    said = ", ".join(f"{name} {value:,.3g}" for name, value in figures.items())
    print(f"{title}: {said}", flush=True)


if __name__ == "__main__":
    services.start()
    try:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
        django.setup()
        main()
    finally:
        from django.db import connections

        connections.close_all()
        services.stop()
    sys.exit()
