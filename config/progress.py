"""What a person sees while a command works: one line a step, with how long it took."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


def say(text: str = "") -> None:
    """One line, at once, whoever reads: a terminal, a pipe or a log."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


@contextmanager
def step(what: str) -> Iterator[None]:
    """Name what starts; say how long it took when it is done."""
    sys.stdout.write(f"  {what} ... ")
    sys.stdout.flush()
    started = time.monotonic()
    try:
        yield
    except BaseException as end:
        say("failed" if isinstance(end, Exception) else "stopped")
        raise
    say(f"{time.monotonic() - started:.1f} s")
