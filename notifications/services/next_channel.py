"""The next channel for what nobody has seen: the ladder says after how long, and each person by which."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from agencies.models import Reach
from notifications.models import Message, new_id

BATCH = 500
APART = 2  # minutes between channels that a person chose beyond those of the ladder

# The chain of channels hangs on the message that went first, whose key differs by its channel alone.
HURRY = """
update notifications_message m set then_at = %(now)s
  from notifications_message f, unnest(%(channels)s::text[]) c
 where f.id = any(%(ids)s::uuid[]) and m.opened_on = f.opened_on and m.then_at > %(now)s
   and m.key = regexp_replace(f.key, ':[^:]*$', ':') || c
"""


@transaction.atomic
def advance(*, now: datetime) -> int:
    """Owe what was not seen in time over the next channel too; how many.

    Repeating is safe: one message for each escalation, recipient and channel.
    """
    due = Message.objects.filter(then_at__lte=now).order_by("then_at")
    held = due.select_for_update(of=["self"], skip_locked=True, no_key=True)
    looked_at = list(held.select_related("membership")[:BATCH])
    unseen = [each for each in looked_at if each.seen_at is None]
    _let_choose(unseen)
    unseen = [each for each in unseen if each.then]
    Message.objects.bulk_create([_again(each, now) for each in unseen], ignore_conflicts=True)
    for each in looked_at:
        each.then = (each.then[1:] if each.then and each.seen_at is None else None) or None
        each.then_at = each.created_at + timedelta(minutes=each.then[0][1]) if each.then else None
    Message.objects.bulk_update(looked_at, ["then", "then_at"])
    return len(unseen)


def hurry(failed: Sequence[UUID], now: datetime) -> None:
    """What could not be delivered by one channel goes by the next at once."""
    if not failed:
        return
    words = {"ids": list(failed), "now": now, "channels": Message.Channel.values}
    with connection.cursor() as cursor:
        cursor.execute(HURRY, words)


def _let_choose(unseen: Sequence[Message]) -> None:
    """Put each person's channels in the place of the ladder's, the first time that its turn comes.

    Whoever chose none is reached by the ladder's own all the same where its ``last`` rung is told: nobody
    comes after them.
    """
    people = {each.membership.user_id for each in unseen if each.membership}
    chosen = Reach.objects.filter(user__in=people, channels__isnull=False).values_list("user_id", "channels")
    channels = dict(chosen) if people else {}
    for each in unseen:
        if each.membership and each.membership.user_id in channels and len(each.then[0]) == 2:
            own = channels[each.membership.user_id]
            if not own and each.data.get("last"):
                own = [step[0] for step in each.then]
            each.then = own_steps(each.then, own)


def own_steps(steps: Sequence[Sequence[Any]], channels: Sequence[str]) -> list[list[Any]]:
    """The person's channels at the ladder's minutes; what it has no minutes for, ``APART`` later.

    Each says that it was chosen, so that nobody chooses twice: ``["sms", 3, true]``.
    """
    minutes = [step[1] for step in steps]
    minutes += [minutes[-1] + APART * n for n in range(1, len(channels) + 1)]
    return [[channel, at, True] for channel, at in zip(channels, minutes, strict=False)]


def _again(message: Message, now: datetime) -> Message:
    """The same, over the channel whose turn it is."""
    channel = message.then[0][0]
    return Message(
        id=new_id(),
        key=f"{message.key.rpartition(':')[0]}:{channel}",
        channel=channel,
        created_at=now,
        next_attempt_at=now,
        **{name: getattr(message, name) for name in SAME},
    )


# What does not hang on the channel.
SAME = (
    "opened_on",
    "case_id",
    "about",
    "escalation_id",
    "agency_id",
    "membership_id",
    "team_id",
    "recipient",
    "role",
    "kind",
    "data",
)
