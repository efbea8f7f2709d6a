"""SIGKILL between a provider's 2xx and our commit: nothing is missing, and nothing is sent needlessly.

A fake of GOV.UK Notify takes a text, answers 201, and kills whoever sent it: at once, with the answer still
unread, or a moment later. Some of what it took it cannot find again, and now and then it cannot be asked.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from config.children import Child
from config.env import ROOT
from config.processes import session_members
from tests.faults.stage import Stage, Struck
from tests.notify import Fake, environment, notifying

AHEAD = 3  # minutes from one child to the next: a claim has run out by then
MOMENT = 0.004  # seconds; a commit takes about as long
WORKERS = ("worker1", "worker2", "beat1", "beat2")


@dataclass(frozen=True)
class Size:
    """How many kills must strike between the answer and the commit."""

    kills: int = 200


SHORT = Size(kills=10)


@dataclass
class Killer:
    """Kills the sender of most texts, each once; forgets every fifth text that it kills for."""

    rng: random.Random
    kills: int
    victim: int = 0
    killed: set[str] = field(default_factory=set)
    forgot: set[str] = field(default_factory=set)
    aiming: bool = False

    def manner(self, said: dict[str, Any]) -> str:
        """Decides, before anything is answered."""
        key = said["reference"]
        is_text = "phone_number" in said  # e-mails of what was played before go this way too
        missed = len(self.killed) < self.kills and key not in self.killed
        self.aiming = is_text and missed and self.rng.random() < 0.9
        if not self.aiming:
            return ""
        self.killed.add(key)
        if len(self.killed) % 5:
            return ""
        self.forgot.add(key)
        return "forgets"

    def answering(self, made: dict[str, Any]) -> None:
        """Every other victim is stopped first, so that it never reads the answer."""
        if self.aiming and len(self.killed) % 2:
            os.kill(self.victim, signal.SIGSTOP)

    def answered(self, made: dict[str, Any]) -> None:
        """The answer is on its way."""
        if self.aiming:
            time.sleep(0 if len(self.killed) % 2 else self.rng.random() * MOMENT)
            os.kill(self.victim, signal.SIGKILL)


def play(stage: Stage, size: Size) -> Struck:
    """Until as many have struck; then until everything was sent."""
    for name in WORKERS:
        _end(stage.system.children[name])
    try:
        with notifying() as fake:
            return _play(stage, size, fake)
    finally:
        for name in WORKERS:
            stage.system.children[name].start()


def _end(child: Child) -> None:
    """At once: nobody else shall deliver meanwhile."""
    for pid in session_members(child.process.pid):
        os.kill(pid, signal.SIGKILL)
    child.process.wait()


def _play(stage: Stage, size: Size, fake: Fake) -> Struck:
    killer, fake.status = Killer(stage.rng, size.kills), "delivered"
    fake.manner, fake.answering, fake.answered = killer.manner, killer.answering, killer.answered
    owe(stage, size.kills + size.kills // 4 + 3)
    minutes, struck = 0, 0
    with delivering(stage, fake) as line:
        while waiting() or struck < size.kills:
            fake.gets[:] = [503] * stage.rng.choice([0, 0, 0, 1])
            _child(line, minutes, killer)
            minutes += AHEAD
            struck = strikes(killer)
            pending = texts().filter(claimed_until__isnull=False).count()
            killer.kills = size.kills + len(killer.killed) - struck - pending  # as many more as missed
            if not waiting() and struck < size.kills:
                owe(stage, size.kills - struck)
    return {"struck": struck, "to_strike": size.kills, **found(fake, killer)}


@contextmanager
def delivering(stage: Stage, fake: Fake) -> Iterator[subprocess.Popen]:
    """The worker, in the worker's role."""
    env = {**os.environ, **environment(fake), "DATABASE_ROLE": "worker", "LOG_LEVEL": "ERROR"}
    words = [sys.executable, "-W", "ignore", "-m", "tests.faults.deliverer"]
    line = subprocess.Popen(
        words, cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield line
    finally:
        line.stdin.close()
        line.wait(30)
        line.stdout.close()


def _child(line: subprocess.Popen, minutes: int, killer: Killer) -> None:
    """Ask for a child, say who is to be killed, and wait until it has ended."""
    line.stdin.write(f"{minutes}\n")
    line.stdin.flush()
    killer.victim = int(line.stdout.readline())
    line.stdout.readline()


def owe(stage: Stage, number: int, channel: str = "sms", key: str = "provider") -> None:
    """A text, or an e-mail, to each of so many people, about one case."""
    import notifications.services as notifications
    from agencies.models import User
    from referrals.domain.referral import State
    from referrals.models.keys import instant
    from tests.factories.agencies import MembershipFactory, ReachFactory
    from tests.factories.world import referral_at

    about, at = referral_at(State.DRAFT, stage.world), instant()
    owed = []
    for _ in range(number):
        who = MembershipFactory(team=stage.world.teams["trust"])
        ReachFactory(user=who.user, phone=f"+447{who.pk:09}")
        User.objects.filter(pk=who.user_id).update(email=f"{who.pk}@people.example")
        owed.append(
            notifications.Owed(
                key=f"{key}:{who.pk}",
                case_id=about.case_id,
                opened_on=about.opened_on,
                about=f"referral:{about.pk}",
                kind="escalation.fired",
                recipient=notifications.Recipient(who.agency_id, who.pk),
                data={"reference": about.reference, "priority": "P1", "clock": "decide", "percent": 100},
                channel=channel,
            )
        )
    notifications.enqueue(owed, at=at)


def texts() -> Any:
    """Those that were owed here."""
    from notifications.models import Message

    return Message.objects.filter(channel="sms", key__startswith="provider:")


def waiting() -> bool:
    """Whether any is still to be sent."""
    return texts().filter(next_attempt_at__isnull=False).exists()


def strikes(killer: Killer) -> int:
    """Kills after the answer and before the commit: the next worker found the claim without its end.

    A child that lives in the next minutes says so, so that the last kill is counted one round later.
    """
    from notifications.models import Attempt

    lost = Attempt.objects.filter(error="WorkerLost").values("message_id")
    return texts().filter(pk__in=lost, reference__in=killer.killed).count()


def found(fake: Fake, killer: Killer) -> Struck:
    """What was lost, and what was sent again."""
    took = [(each["phone_number"], each["reference"]) for each in fake.took if "phone_number" in each]
    times = Counter(reference for _, reference in took)
    again = {key for key, number in times.items() if number > 1}
    by_phone = Counter(phone for phone, _ in set(took))
    sent = {str(key) for key in texts().filter(sent_at__isnull=False).values_list("reference", flat=True)}
    return {
        "texts": texts().count(),
        "missing": texts().count() - len(sent & set(times)),
        "resent": len(again),
        "resent_twice": sum(number > 2 for number in times.values()),
        "resent_though_found": len(again - killer.forgot),
        "under_another_reference": sum(number > 1 for number in by_phone.values()),
    }
