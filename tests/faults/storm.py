"""The kill storm: ``python -m tests.faults.storm --seed 1 --referrals 2000 --kills 100 --stops 10``.

Prints one JSON object: what was struck, and what was lost. Leaves with 1 if anything was.
"""

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
import threading
import time
from datetime import datetime
from pathlib import Path

import psycopg

BAD = (
    "lost",
    "told_twice_or_never",
    "without_its_messages",
    "fired_after_acknowledgement",
    "early",
    "chain_broken",
)
LATE = 60  # seconds after the last fault
TARGETS = ["worker1", "worker2"] * 5 + ["beat1", "beat2", "web"] + ["broker"] * 2


def main(arguments: list[str]) -> int:
    """Set up, storm, wait, ask."""
    options = read(arguments)
    folder = Path(tempfile.mkdtemp(prefix="rcrp-storm-"))
    folder.chmod(0o711)
    from tests.faults.system import System

    system = System(folder)
    try:
        os.environ.update(system.start_servers(), DEMO="1", DJANGO_SETTINGS_MODULE="config.settings.test")
        report = run(system, options)
    finally:
        system.stop()
        shutil.rmtree(folder)
    sys.stdout.write(json.dumps(report) + "\n")
    return int(any(report[name] for name in BAD) or report["latest"] > LATE)


def read(arguments: list[str]) -> argparse.Namespace:
    """The size of the storm."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--referrals", type=int, default=2000)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--stops", type=int, default=10, help="immediate stops of the database")
    parser.add_argument("--length", type=float, default=120, help="seconds of each promise")
    return parser.parse_args(arguments)


def run(system, options) -> dict[str, float]:
    """The storm itself, on a migrated database with a small world in it."""
    import django

    os.environ["DATABASE_ROLE"] = "owner"
    django.setup()
    from django.core.management import call_command
    from django.db import connections

    from tests.factories.world import make_world
    from tests.faults import work

    call_command("migrate", verbosity=0)
    world = make_world()
    made = work.fill(world, options.referrals)
    superuser = system.database.superuser_url().rpartition("/")[0] + "/rcrp"
    system.start_children()
    spread = work.Spread(options.length, 1, options.length)
    work.set_clocks(superuser, spread)
    begun = time.monotonic()
    rng = random.Random(options.seed)
    hand = threading.Thread(
        target=work.acknowledge, args=(world, made, 0.2, random.Random(options.seed), begun + spread.whole)
    )
    hand.start()
    strike(system, options, rng, until=begun + spread.whole)
    hand.join()
    connections.close_all()
    recovered_at = _now(superuser)
    drain(superuser, seconds=LATE + 30)
    faults = {"kills": options.kills, "stops": options.stops, "struck_mid_step": system.mid_step}
    return {"seed": options.seed, **faults, **work.found(superuser, recovered_at)}


def strike(system, options, rng: random.Random, until: float) -> None:
    """Kill and stop at random moments until then, the whole number of times."""
    faults = ["stop"] * options.stops + [rng.choice(TARGETS) for _ in range(options.kills)]
    rng.shuffle(faults)
    for place, fault in enumerate(faults):
        left = len(faults) - place
        time.sleep(max(0.0, (until - time.monotonic()) / left * rng.uniform(0.5, 1.0)))
        if fault == "stop":
            system.stop_database()
        elif fault == "broker":
            system.kill_broker()
        else:
            system.kill(fault)
        system.revive()


def drain(superuser: str, seconds: float) -> None:
    """Wait until nothing is due any more."""
    end = time.monotonic() + seconds
    due = "select count(*) from referrals_clock where next_look_at <= clock_timestamp()"
    with psycopg.connect(superuser, autocommit=True) as database:
        while database.execute(due).fetchone()[0] and time.monotonic() < end:
            time.sleep(0.5)


def _now(superuser: str) -> datetime:
    with psycopg.connect(superuser, autocommit=True) as database:
        return database.execute("select clock_timestamp()").fetchone()[0]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
