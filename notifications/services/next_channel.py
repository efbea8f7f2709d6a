"""The next channel for what nobody has seen: the ladder says which, and after how long."""

from datetime import datetime, timedelta

from django.db import transaction

from notifications.models import Message, new_id

BATCH = 500


@transaction.atomic
def advance(*, now: datetime) -> int:
    """Owe what was not seen in time over the next channel too; how many.

    Repeating is safe: one message for each escalation, recipient and channel.
    """
    due = Message.objects.filter(then_at__lte=now).order_by("then_at")
    looked_at = list(due.select_for_update(skip_locked=True, no_key=True)[:BATCH])
    unseen = [each for each in looked_at if each.seen_at is None]
    Message.objects.bulk_create([_again(each, now) for each in unseen], ignore_conflicts=True)
    for each in looked_at:
        each.then = (each.then[1:] if each.seen_at is None else None) or None
        each.then_at = each.created_at + timedelta(minutes=each.then[0][1]) if each.then else None
    Message.objects.bulk_update(looked_at, ["then", "then_at"])
    return len(unseen)


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
