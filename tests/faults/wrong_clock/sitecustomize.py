"""The clock of this one process goes wrong when it is told to. Python imports this before anything else.

``WRONG_CLOCK`` names a file that holds by how many seconds the clock is to be wrong. It is read again and
again, in every process that is forked from this one too; what each of them then sees is written beside it.
Nothing is touched before the first number: a process that was told nothing runs as it always does.
"""

import os
import threading
import time
from pathlib import Path

EVERY = 0.1  # seconds
FILE = Path(os.environ["WRONG_CLOCK"])
sleep, monotonic, true_time = time.sleep, time.monotonic, time.time


class Clock:
    """This process's clock, and by how much it is wrong now."""

    def __init__(self) -> None:
        self.wrong = 0.0
        self.begun = true_time() - monotonic()  # as long as it was right
        self.travelling = None

    def look(self) -> None:
        """Be wrong by what the file says."""
        text = FILE.read_text() if FILE.exists() else ""
        if not text or float(text) == self.wrong:
            return
        self.wrong = float(text)
        import time_machine

        now = self.begun + monotonic() + self.wrong
        if self.travelling is None:
            self.travelling = time_machine.travel(now, tick=True)
            self.coordinates = self.travelling.start()
        else:
            self.coordinates.move_to(now)
        with FILE.with_suffix(".seen").open("a") as seen:
            seen.write(f"{os.getpid()} {self.wrong} {time.time()} {self.begun + monotonic()}\n")


clock = Clock()


def watch() -> None:
    """Look for as long as the process lives."""
    while True:
        clock.look()
        sleep(EVERY)


def begin() -> None:
    """In this process; a thread does not live on in what is forked from it."""
    threading.Thread(target=watch, daemon=True, name="wrong clock").start()


begin()
os.register_at_fork(after_in_child=begin)
