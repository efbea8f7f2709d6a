"""Ways of sending beyond the inbox, which is a row and needs none. Each is a module with one ``send``.

It takes the messages of one recipient and a time-out in seconds, returns the provider's id if it has one,
and raises what went wrong; silence means that they went. A claim lasts longer than any one sending can.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from notifications.channels import email, notify, sms
from notifications.models import Message


@dataclass(frozen=True)
class Channel:
    """How it sends, how long one sending may take, how long a claim lasts, and when it gives up.

    ``receipt_within``: without a receipt by then a provider is asked, and what it has not delivered has
    failed. Notify itself goes on trying for 72 hours.
    """

    send: Callable[[Sequence[Message], float], str | None]
    time_out: float
    lease: timedelta
    most_attempts: int
    receipt_within: timedelta = timedelta(minutes=10)


# Eight attempts at e-mail take between five and eleven minutes, six at a text between one and three.
CHANNELS: Mapping[str, Channel] = {
    "email": Channel(email.send, time_out=10, lease=timedelta(minutes=2), most_attempts=8),
    "sms": Channel(
        sms.send,
        time_out=10,
        lease=timedelta(minutes=2),
        most_attempts=6,
        receipt_within=timedelta(minutes=5),
    ),
}


def keeps_references() -> bool:
    """Whether what goes by these channels can be looked up."""
    return notify.is_used()
