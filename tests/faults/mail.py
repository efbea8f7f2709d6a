"""The mail server takes every call and answers none: the clocks go on, and every e-mail goes out later."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from config.embedded.postgres import free_port
from config.processes import wait_until
from tests.faults.provider import owe
from tests.faults.stage import Promises, Stage, Struck

WORKERS = ("worker1", "worker2")
LONGER = 30  # seconds that a call is held: three times as long as e-mail may take
AFTERWARDS = 900  # seconds until the last e-mail has gone: the longest wait between two attempts
OWED = "mail"
UNANSWERED = ("TimeoutError", "SMTPServerDisconnected")  # the second is smtplib's name for it, within a call


@dataclass(frozen=True)
class Size:
    """How many referrals, how long their promises, and how many e-mails are owed meanwhile."""

    referrals: int = 200
    length: float = 90
    mails: int = 60


@dataclass
class Server:
    """Holds each call at its end, the text being there already, until it is told to answer."""

    answers: bool = False
    held: int = 0
    took: set[str] = field(default_factory=set)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Take it; or let whoever called wait until they give up."""
        if not self.answers:
            self.held += 1
            await asyncio.sleep(LONGER)
        self.took.update(envelope.rcpt_tos)
        return "250 taken"


def play(stage: Stage, size: Size) -> Struck:
    """Owe e-mails while promises fall due, with a server that holds every call; then let it answer."""
    with mail_server() as (server, address):
        for name in WORKERS:
            stage.system.restart(name, **address)

        def strike(until: float) -> Struck:
            owe(stage, size.mails, channel="email", key=OWED)
            time.sleep(max(0.0, until - time.monotonic()))
            return {"struck": server.held, "to_strike": 3, "sent_unanswered": sent()}

        report = stage.play(Promises(size.referrals, size.length), strike)
        server.answers = True
        wait_until(lambda: not waiting(), seconds=AFTERWARDS, every=1)
        for name in WORKERS:
            stage.system.restart(name, EMAIL_HOST="")
    return {**report, "missing": size.mails - min(sent(), len(server.took)), "errors": otherwise()}


@contextmanager
def mail_server() -> Iterator[tuple[Server, dict[str, str]]]:
    """A server on a free port of loopback, and the settings that lead to it."""
    server, port = Server(), free_port()
    running = Controller(server, hostname="127.0.0.1", port=port)
    running.start()
    try:
        yield server, {"EMAIL_HOST": "127.0.0.1", "EMAIL_PORT": str(port), "EMAIL_USE_TLS": "false"}
    finally:
        running.stop()


def owed() -> Any:
    """The e-mails of this fault."""
    from notifications.models import Message

    return Message.objects.filter(channel="email", key__startswith=f"{OWED}:")


def sent() -> int:
    """How many have gone out, as the rows say."""
    return owed().filter(sent_at__isnull=False).count()


def waiting() -> bool:
    """Whether any is still to be sent."""
    return owed().filter(next_attempt_at__isnull=False).exists()


def otherwise() -> list[str]:
    """What else went wrong with an attempt than that nobody answered."""
    from notifications.models import Attempt

    tried = Attempt.objects.filter(message_id__in=owed().values("id")).exclude(error__in=["", *UNANSWERED])
    return sorted(set(tried.values_list("error", flat=True)))
