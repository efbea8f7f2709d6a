"""``make fuzz``: so many generated calls of a live server by callers of three roles, in all of schemathesis's
phases; or with ``--inside`` by every kind of caller. Exit code 1 if an answer was wrong."""

import argparse
import logging
import os
import sys
import time

import django

from tests import services


def main() -> int:
    """Each caller in turn, against a database of its own."""
    words = argparse.ArgumentParser(prog="python -m tests.generated", description=__doc__)
    words.add_argument("--calls", type=int, default=10_000, help="by each caller, over all operations")
    words.add_argument("--caller", help="one of them by name; all without it")
    words.add_argument("--seed", type=int, default=1)
    words.add_argument(
        "--inside", action="store_true", help="through Django's own client, by every kind of caller there is"
    )
    wanted = words.parse_args()
    from tests.generated.callers import CALLERS
    from tests.generated.live import ROLES

    wrong = 0
    for number, name in enumerate(CALLERS if wanted.inside else ROLES):
        if wanted.caller in (None, name):
            plays = play if wanted.inside else play_live
            wrong += plays(name, f"generated_{number}", wanted.calls, wanted.seed)
    return int(wrong > 0)


def play_live(name: str, database: str, wanted: int, begin: int) -> int:
    """One caller's calls of a live server, in all phases; 1 if something was wrong, which is printed."""
    from tests.generated.live import Live

    begun = time.monotonic()
    with Live(database) as live:
        found = live.play(name, wanted, begin)
    print(f"{name}: {found.made:,} calls, {'some' if found.wrong else 0} wrong, "
          f"{time.monotonic() - begun:.0f} s", flush=True)  # fmt: skip
    if found.made < wanted:
        print(f"{name}: {wanted:,} were wanted: this proves too little", flush=True)
    return int(found.wrong or found.made < wanted)


def play(name: str, database: str, wanted: int, begin: int) -> int:
    """One caller's calls; how many operations gave a wrong answer, which are printed."""
    from tests.access.story import make_story
    from tests.database import Database, point_django_at
    from tests.generated.callers import CALLERS
    from tests.generated.calls import Calls

    point_django_at("web", Database(database).name)
    begun, story = time.monotonic(), make_story()
    calls = Calls(story, CALLERS[name](story))
    operations, wrong = list(calls.operations()), 0
    for operation in operations:
        try:
            calls.run(operation, wanted // len(operations) + 1, begin)
        except Exception as problem:  # whatever it is, it is told, and the others go on
            wrong += 1
            print(f"{name}: {operation.method} {operation.path}: {problem}\n", flush=True)
    print(f"{name}: {calls.made:,} calls, {wrong} wrong, {time.monotonic() - begun:.0f} s", flush=True)
    return wrong


if __name__ == "__main__":
    services.start()
    try:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.test")
        django.setup()
        logging.disable(logging.CRITICAL)
        code = main()
    finally:
        from django.db import connections

        connections.close_all()
        services.stop()
    sys.exit(code)
