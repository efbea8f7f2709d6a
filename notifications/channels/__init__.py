"""Ways of sending beyond the inbox, which is a row and needs none. Each is a module with one ``send``.

It takes the messages of one recipient and a time-out in seconds, and raises what went wrong; silence
means that they went. A claim lasts longer than any one sending can.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from notifications.channels import email
from notifications.models import Message


@dataclass(frozen=True)
class Channel:
    """How it sends, how long one sending may take, how long a claim lasts, and when it gives up."""

    send: Callable[[Sequence[Message], float], None]
    time_out: float
    lease: timedelta
    most_attempts: int


# Eight attempts at e-mail take between five and eleven minutes.
CHANNELS: Mapping[str, Channel] = {
    "email": Channel(email.send, time_out=10, lease=timedelta(minutes=2), most_attempts=8),
}
