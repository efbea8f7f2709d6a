"""One engine that looks until nothing is due. Told to begin by a line, it says how many clocks it looked at.

Run as the worker, by ``steps.py``; several at once show what more engines bring.
"""

import sys

import django


def main() -> None:
    """Connect, say so, wait for the word, and look."""
    django.setup()
    from referrals.services import engine

    engine.instant()  # connected, before the clock of the measure runs
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    looked = fired = 0
    while (tick := engine.tick()).claimed:
        looked, fired = looked + tick.looked, fired + tick.fired
    sys.stdout.write(f"{looked} {fired}\n")


main()
