"""What every fault is played on: a whole system of its own, promises that fall due, and the questions.

Each fault is a function that does its harm until an instant and says what it struck. After it the standing
proof is run, as the worker runs it.
"""

import os
import random
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import psycopg

if TYPE_CHECKING:
    from tests.factories.world import World
    from tests.faults.system import System

LATE = 60  # seconds after the last fault
PATIENCE = 40  # seconds for an answer: the machine may be full, and that is no refusal
KEPT = 0.2  # of the promises, during a fault
LONG_AGO = datetime.fromisoformat("2020-01-01T00:00:00+00:00")
BAD = (
    "lost",
    "told_twice_or_never",
    "without_its_messages",
    "fired_after_acknowledgement",
    "early",
    "chain_broken",
    "missing",
    "made_twice",
    "told_otherwise",
    "resent_twice",
    "resent_though_found",
    "under_another_reference",
    "sent_unanswered",
)
Struck = dict[str, Any]
Fault = Callable[[float], Struck]
"""Does its harm until that instant of ``time.monotonic``; says what it struck."""


@dataclass(frozen=True)
class Promises:
    """So many referrals, each with a promise of so many seconds, beginning over as many."""

    referrals: int
    length: float


@dataclass(frozen=True)
class Stage:
    """A running system with a small world in it. In this process Django is the owner of its database."""

    system: "System"
    world: "World"
    superuser: str
    rng: random.Random
    tokens: dict[str, str]

    def play(self, promises: Promises, fault: Fault, *, late_from_the_end: bool = False) -> Struck:
        """Let promises fall due during a fault, while some are kept; then what was struck, and what was lost.

        Lateness counts from when each rung was due; ``late_from_the_end``: from the last harm at the
        earliest.
        """
        from tests.faults import work

        made = work.fill(self.world, promises.referrals)
        spread = work.Spread(promises.length, 1, promises.length)
        begun_at = self.now()
        work.set_clocks(self.superuser, made, spread)
        until = time.monotonic() + spread.whole
        kept: list[int] = []
        hand = threading.Thread(target=lambda: kept.append(work.acknowledge(self, made, KEPT, until)))
        hand.start()
        struck = fault(until)
        hand.join()
        ended_at = self.now() if late_from_the_end else LONG_AGO
        drain(self.superuser, seconds=LATE + 30)
        acknowledged = {"acknowledged": sum(kept), "to_acknowledge": int(len(made) * KEPT)}
        found = work.found(self.superuser, begun_at, ended_at)
        return {**struck, **acknowledged, **found, "proof": self.prove()}

    def now(self) -> datetime:
        """The database's time."""
        with psycopg.connect(self.superuser, autocommit=True) as database:
            return database.execute("select clock_timestamp()").fetchone()[0]

    def execute(self, statement: str) -> None:
        """One statement, by a superuser."""
        with psycopg.connect(self.superuser, autocommit=True) as database:
            database.execute(statement.encode())

    def number(self, question: str) -> int:
        """The one number that a question is answered with, by a superuser."""
        with psycopg.connect(self.superuser, autocommit=True) as database:
            return database.execute(question.encode()).fetchone()[0]

    def ask(self) -> bool:
        """Whether the API accepts a referral from the police now, at once."""
        body = {
            "person": {"family_name": "EXAMPLE"},
            "category": "concern_for_welfare",
            "priority": "P2",
            "to_team": self.world.teams["trust"].code,
            "summary": "asked during a fault",
        }
        headers = {"Authorization": f"Bearer {self.tokens['police']}"}
        try:
            answer = httpx.post(
                f"{self.system.address}/api/v1/referrals/", json=body, headers=headers, timeout=PATIENCE
            )
        except httpx.TransportError:
            return False
        return answer.status_code == HTTPStatus.CREATED

    def prove(self) -> dict[str, str]:
        """What the whole standing proof finds, as the worker runs it: by check, the first of it."""
        from django.db import connections

        from referrals.reporting.proving import prove
        from referrals.reporting.sweep import WHOLE

        connections.close_all()  # the database may have been stopped since
        return {
            each.name: each.trouble or f"{each.found}, first {each.rows[0].reference}: {each.rows[0].what}"
            for each in prove(WHOLE)
            if not each.well
        }


def bad(report: Struck) -> list[str]:
    """What a report says that must not be. A fault that did not strike has proved nothing."""
    wrong = [name for name in (*BAD, "proof", "refused_meanwhile", "deadlocks", "errors") if report.get(name)]
    late = report.get("latest", 0) > LATE or report.get("noticed_after", 0) > LATE
    fewer = report.get("acknowledged", 0) < report.get("to_acknowledge", 0)
    wrong += ["late"] * late + ["acknowledged too little"] * fewer
    wrong += ["nothing was forgotten"] * (report.get("forgotten") == 0)
    return wrong + ["struck too little"] * (report["struck"] < report["to_strike"])


@contextmanager
def stage(seed: int) -> Iterator[Stage]:
    """Everything up, and everything down again."""
    folder = Path(tempfile.mkdtemp(prefix="rcrp-faults-"))
    folder.chmod(0o711)
    from tests.faults.system import System

    system = System(folder)
    try:
        given = {
            "DEMO": "1",
            "DATABASE_ROLE": "owner",
            "DJANGO_SETTINGS_MODULE": "config.settings.test",
            "LOG_LEVEL": "WARNING",
        }
        os.environ.update(system.start_servers(), **given)
        import django

        django.setup()
        from django.core.management import call_command

        from tests.factories.agencies import AccessTokenFactory
        from tests.factories.world import make_world

        call_command("migrate", verbosity=0)
        world = make_world()
        tokens = {
            name: AccessTokenFactory(application_id=getattr(world, name).client_id).token
            for name in ("police", "trust")
        }
        superuser = system.database.superuser_url().rpartition("/")[0] + "/rcrp"
        system.start_children()
        yield Stage(system, world, superuser, random.Random(seed), tokens)
    finally:
        system.stop()
        shutil.rmtree(folder)


WAITING = """
select (select count(*) from referrals_clock where next_look_at <= clock_timestamp())
     + (select count(*) from referrals_feed_todo)
"""


def drain(superuser: str, seconds: float) -> None:
    """Wait until nothing is due and every event is numbered."""
    end = time.monotonic() + seconds
    with psycopg.connect(superuser, autocommit=True) as database:
        while database.execute(WAITING).fetchone()[0] and time.monotonic() < end:
            time.sleep(0.5)
