"""Owing a message, and sending what is owed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from secrets import randbelow
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q
from django.db.models.functions import Now

from agencies.actor import Actor
from agencies.roles import Role
from notifications.channels import SEND
from notifications.models import Attempt, Message

BATCH = 500
MOST_ATTEMPTS = 12
LONGEST_WAIT = timedelta(minutes=15)


@dataclass(frozen=True)
class Recipient:
    """Whom a message is owed to: a member, a team's whole desk, or an agency's duty contact."""

    agency_id: int
    membership_id: int | None = None
    team_id: int | None = None
    role: str = Role.WORKER


@dataclass(frozen=True)
class Owed:
    """One message to be owed: about what, to whom, of which kind, with codes and times only.

    ``then`` are further channels, each with the minutes (from now) after which it is tried if nobody
    has seen the message.
    """

    key: str
    case_id: UUID
    opened_on: date
    about: str
    kind: str
    recipient: Recipient
    data: Mapping[str, Any] = field(default_factory=dict)
    escalation_id: int | None = None
    channel: str = Message.Channel.INBOX
    then: tuple[tuple[str, int], ...] = ()


def enqueue(owed: Iterable[Owed], *, at: datetime) -> int:
    """Write messages into the outbox, in the caller's transaction. A key already there is left as it is."""
    rows = [
        Message(
            key=f"{each.key}:{label(each.recipient)}:{each.channel}",
            case_id=each.case_id,
            opened_on=each.opened_on,
            about=each.about,
            escalation_id=each.escalation_id,
            agency_id=each.recipient.agency_id,
            membership_id=each.recipient.membership_id,
            team_id=each.recipient.team_id,
            recipient=label(each.recipient),
            role=each.recipient.role,
            channel=each.channel,
            kind=each.kind,
            data=dict(each.data),
            created_at=at,
            next_attempt_at=at,
        )
        for each in owed
    ]
    Message.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def label(recipient: Recipient) -> str:
    """The recipient as the outbox names it: ``member:7``, ``team:3`` or ``agency:2``."""
    if recipient.membership_id is not None:
        return f"member:{recipient.membership_id}"
    if recipient.team_id is not None:
        return f"team:{recipient.team_id}"
    return f"agency:{recipient.agency_id}"


def mark_seen(messages: Iterable[UUID], *, by: Actor) -> int:
    """Note that these were displayed in the signed-in session of somebody they are owed to; how many.

    Seen is neither delivered nor acknowledged. A system that reads on somebody's behalf has seen nothing.
    """
    if by.membership_id is None:
        return 0
    desk = Q(membership=None, team=by.team_id) if by.team_id else Q(pk=None)
    theirs = Q(membership=by.membership_id) | desk | Q(membership=None, team=None)
    shown = Message.objects.visible_to(by).filter(theirs, pk__in=list(messages), seen_at=None)
    return shown.update(seen_at=Now())


def deliver_due(*, now: datetime) -> int:
    """Send a batch of what is due. Several workers may run it at once: each takes other rows.

    Repeating is safe; a message is sent in a batch that is claimed with SKIP LOCKED, and every
    attempt is recorded.
    """
    with transaction.atomic():
        claimed = list(
            Message.objects.due(now).order_by("next_attempt_at").select_for_update(skip_locked=True)[:BATCH]
        )
        for message in claimed:
            _try(message, now)
        Message.objects.bulk_update(claimed, ["attempts", "sent_at", "failed_at", "next_attempt_at"])
    return len(claimed)


def _try(message: Message, now: datetime) -> None:
    message.attempts += 1
    error = ""
    try:
        SEND[message.channel](message)
    except Exception as wrong:  # a channel may fail in any way; none may stop the others
        error = type(wrong).__name__
    if not error:
        message.sent_at, message.next_attempt_at = now, None
    elif message.attempts >= MOST_ATTEMPTS:
        message.failed_at, message.next_attempt_at = now, None
    else:
        message.next_attempt_at = now + wait_after(message.attempts)
    if error:
        Attempt.objects.create(message_id=message.pk, number=message.attempts, at=now, error=error)


def wait_after(attempts: int) -> timedelta:
    """How long to wait after so many failures: 5 s, doubled each time, 15 minutes at most, with jitter."""
    longest = min(timedelta(seconds=5) * 2 ** (attempts - 1), LONGEST_WAIT)
    return longest * (500 + randbelow(501)) / 1000


def database_now() -> datetime:
    """The database's time, in UTC."""
    with connection.cursor() as cursor:
        cursor.execute("select clock_timestamp()")
        return cursor.fetchone()[0]
