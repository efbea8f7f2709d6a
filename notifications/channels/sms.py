"""Text messages: a reference, a link, and a code by which whoever has the phone takes it.

By GOV.UK Notify if there is a key; else, where the settings allow it, onto the worker's output, to try it.
"""

import sys
from collections.abc import Sequence

from django.conf import settings

from agencies.models import Membership, Reach
from notifications.channels import notify, wording
from notifications.channels.failing import NoAddress
from notifications.models import Message, TextCode

TAKES = "Reply {code} to say that you deal with it. That acknowledges nothing."
PROVES = "{code} is the code that proves this phone to be yours. Nobody will ask you for it."
SAID = {
    "code.taken": "Taken. It is quiet for now; it is still to be acknowledged and done.",
    "code.refused": "That code takes nothing: it is wrong, used or too old. Sign in to see what is late.",
}


def is_possible() -> bool:
    """Whether a text can leave at all."""
    return notify.is_used() or settings.SMS_TO_CONSOLE


def send(messages: Sequence[Message], time_out: float) -> str:
    """Send them as one text; the provider's id. Raises NoAddress, NotTaken, NotNow."""
    number = number_of(messages[0])
    if notify.is_used():
        return notify.send_text(number, text(messages), str(messages[0].reference), time_out)
    sys.stdout.write(f"text to {number}: {text(messages)}\n")
    return ""


def number_of(message: Message) -> str:
    """The phone that the person proved to be theirs, unless they left; the one to be proved, for its code."""
    stays = Membership.objects.active().filter(pk=message.membership_id)
    reach = Reach.objects.filter(user__memberships__in=stays).first()
    if reach is None or not is_possible():
        raise NoAddress
    number = reach.asked_phone if message.kind == "phone.code" else reach.phone
    if not number:
        raise NoAddress
    return number


def text(messages: Sequence[Message]) -> str:
    """What the phone shows."""
    first = messages[0]
    if first.kind == "phone.code":
        return PROVES.format(code=Reach.objects.get(user__memberships=first.membership_id).asked_code)
    if first.kind in SAID:
        return f"{wording.head(first.data)} {SAID[first.kind]} {wording.link(first.data)}".strip()
    code = TextCode.objects.filter(message_id=first.pk).values_list("code", flat=True).first()
    takes = TAKES.format(code=code) if code else ""
    what = "" if "clock" in first.data else f" ({first.kind})"
    return " ".join(filter(None, [f"{wording.subject(messages)}{what}.", takes, wording.link(first.data)]))
