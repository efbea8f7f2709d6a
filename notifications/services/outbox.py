"""Owing a message: a row, in the transaction of what it tells."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from agencies.roles import Role
from notifications.models import Message

# Nobody signs in as an agency's duty contact, so that e-mail follows at once.
TO_A_CONTACT = ((Message.Channel.EMAIL.value, 0),)


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
    case_id: UUID | None
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
            then=[list(step) for step in then] or None,
            then_at=at + timedelta(minutes=then[0][1]) if then else None,
        )
        for each in owed
        for then in [_then(each)]
    ]
    Message.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _then(owed: Owed) -> tuple[tuple[str, int], ...]:
    """The further channels, in order."""
    who = owed.recipient
    if owed.channel == Message.Channel.INBOX and who.membership_id is None and who.team_id is None:
        return TO_A_CONTACT
    return owed.then


def label(recipient: Recipient) -> str:
    """The recipient as the outbox names it: ``member:7``, ``team:3`` or ``agency:2``."""
    if recipient.membership_id is not None:
        return f"member:{recipient.membership_id}"
    if recipient.team_id is not None:
        return f"team:{recipient.team_id}"
    return f"agency:{recipient.agency_id}"
