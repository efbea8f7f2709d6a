"""The short code of a text: bound to its message, to its ladder's rung, to a person and a phone."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from secrets import choice

from agencies.models import Reach
from notifications.models import Message, TextCode

# Neither vowels (no words), nor what is misread: B8, D0OQ, G6, I1L, S5, Z2, U, V.
LETTERS = "CFHJKMNPRTWXY3479"
LENGTH = 5  # 1.4 million codes for each phone
GOOD_FOR = timedelta(hours=4)
TRIES = 5


def make(messages: Sequence[Message], now: datetime) -> None:
    """A code for a text about a rung, if it has none yet: sent again, the text has the same one."""
    for each in messages:
        if each.channel == Message.Channel.SMS and each.escalation_id and each.membership_id:
            _make(each, now)


def _make(message: Message, now: datetime) -> None:
    phone = (
        Reach.objects.filter(user__memberships=message.membership_id).values_list("phone", flat=True).first()
    )
    for _ in range(TRIES if phone else 0):
        if TextCode.objects.filter(message_id=message.pk).exists():
            return
        made = TextCode(
            message_id=message.pk,
            escalation_id=message.escalation_id,
            agency_id=message.agency_id,
            membership_id=message.membership_id,
            phone=phone,
            code="".join(choice(LETTERS) for _ in range(LENGTH)),
            until=now + GOOD_FOR,
        )
        TextCode.objects.bulk_create([made], ignore_conflicts=True)


def read(text: str) -> str:
    """What looks like a code in what somebody typed, in capitals; empty if nothing does.

    Nothing else of it is kept: people write about patients.
    """
    for word in text.upper().split():
        bare = word.strip(".,;:!?\"'()[]-")
        if len(bare) == LENGTH and set(bare) <= set(LETTERS):
            return bare
    return ""
