"""Keeps the processes of a running system alive, and stops them in order."""

import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from config.progress import say
from config.trouble import Trouble

ASKED = (0, -signal.SIGTERM)  # ended as asked; the second, before it had begun anything
SOON, LATEST = 1.0, 30.0  # seconds before a dead process is started again: first, and at most
STEADY = 60.0  # seconds of life after which a death counts as the first again


class Member(Protocol):
    """A process of the system, as the supervisor sees it."""

    name: str

    @property
    def log(self) -> Path:
        """Where it writes."""

    def start(self) -> None:
        """Start it, or start it again."""

    def stop(self) -> int:
        """Let it finish; its return code."""

    def alive(self) -> bool:
        """Whether it runs."""


@dataclass
class Watched:
    """A member and how its restarts stand."""

    member: Member
    started: float
    wait: float = SOON
    due: float | None = None  # when it is to be started again


class Supervisor:
    """Members in the order in which they were started; they stop in the opposite order."""

    def __init__(self) -> None:
        self.watched: list[Watched] = []

    def start(self, member: Member) -> None:
        """Start a member and watch it from now on. It is stopped even if its start fails half-way."""
        self.watched.append(Watched(member, time.monotonic()))
        member.start()

    def look(self) -> None:
        """Start again, after a while that doubles, whatever has died by itself."""
        for watched in self.watched:
            if watched.due is not None:
                self._start_again(watched)
            elif not watched.member.alive():
                self._died(watched)

    def stop(self) -> None:
        """Stop every member, the last started first."""
        while self.watched:
            member = self.watched[-1].member
            code = member.stop()
            if code not in ASKED:
                say(f"  {member.name} ended with code {code}; its log is {member.log}")
            self.watched.pop()

    def _died(self, watched: Watched) -> None:
        now = time.monotonic()
        if now - watched.started > STEADY:
            watched.wait = SOON
        member = watched.member
        member.stop()  # what its leader left behind
        say(f"\n!! {member.name} stopped by itself. Starting it again in {watched.wait:.0f} s.")
        say(f"   Its log is {member.log}")
        watched.due = now + watched.wait
        watched.wait = min(watched.wait * 2, LATEST)

    def _start_again(self, watched: Watched) -> None:
        if watched.due is None or time.monotonic() < watched.due:
            return
        watched.started, watched.due = time.monotonic(), None
        try:
            watched.member.start()
        except (Trouble, OSError) as trouble:  # a full disk, say: the others go on, and it is tried again
            say(f"!! {watched.member.name} does not start: {trouble}")
        else:
            say(f"!! {watched.member.name} is started again")
