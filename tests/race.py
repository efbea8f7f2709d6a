"""Several things at the same moment, each in a thread with a database connection of its own."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connections

PATIENCE = 30  # seconds


@dataclass
class Outcome:
    """What one of the racers returned, or the error it ended with."""

    value: Any = None
    error: BaseException | None = None

    @property
    def won(self) -> bool:
        """Whether it ended without an error."""
        return self.error is None


def race(*racers: Callable[[], Any]) -> list[Outcome]:
    """Start all at once, wait for all; their outcomes in the same order.

    An error in a racer is an outcome and is not raised: the test says which it expects.
    """
    barrier = threading.Barrier(len(racers))
    outcomes = [Outcome() for _ in racers]

    def run(racer: Callable[[], Any], outcome: Outcome) -> None:
        try:
            connections["default"].ensure_connection()
            barrier.wait(PATIENCE)
            outcome.value = racer()
        except BaseException as problem:
            outcome.error = problem
        finally:
            connections.close_all()

    threads = [
        threading.Thread(target=run, args=pair, daemon=True) for pair in zip(racers, outcomes, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    stuck = [thread for thread in threads if thread.is_alive()]
    assert not stuck, f"{len(stuck)} of {len(threads)} racers still wait after {PATIENCE} seconds"
    return outcomes
