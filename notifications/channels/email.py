"""E-mail through Django's mail backend: one for all that one person is owed.

It names references, priorities, clocks and a link: nothing about the patient can be in it, because only
the fields listed here are read.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.urls import NoReverseMatch, reverse

from notifications.models import Message

LONDON = ZoneInfo("Europe/London")

FOOT = """
Open the link and sign in. Answering this e-mail reaches nobody and acknowledges nothing.
If somebody is in immediate danger, phone 999.
"""


class NoAddress(Exception):
    """The recipient has no e-mail address."""


def send(messages: Sequence[Message], time_out: float) -> None:
    """Send them as one e-mail. Sent again, it has the same Message-ID."""
    first = messages[0]
    address = _address(first)
    host = address.rpartition("@")[2]
    mail = EmailMessage(
        subject=_subject(messages),
        body="\n".join([*map(_line, messages), FOOT]),
        to=[address],
        headers={"Message-ID": f"<{first.pk}@{host}>", "Auto-Submitted": "auto-generated"},
        connection=get_connection(timeout=time_out),
    )
    mail.send()


def _address(message: Message) -> str:
    if message.membership is not None:
        address = message.membership.user.email
    else:
        address = "" if message.team_id else message.agency.duty_contact_email
    if not address:
        raise NoAddress
    return address


def _subject(messages: Sequence[Message]) -> str:
    said = [_head(message.data) for message in messages]
    return said[0] if len(said) == 1 else f"{said[0]}, and {len(said) - 1} more"


def _head(data: Mapping[str, Any]) -> str:
    """Such as: P2 R-0001234: decide is late."""
    late = "" if "percent" not in data else " is late" if data["percent"] >= 100 else " is due soon"
    clock = str(data.get("clock", "")).replace("_", " ")
    named = " ".join(filter(None, [data.get("priority", ""), data.get("reference", ""), _webhook(data)]))
    named = named or ("Gaps in the rota" if data.get("said") else "")
    return f"{named}: {clock}{late}" if clock else named


def _webhook(data: Mapping[str, Any]) -> str:
    return f"Webhook to {data['webhook']}" if "webhook" in data else ""


def _line(message: Message) -> str:
    data = message.data
    parts = [_head(data), f"({message.kind})"]
    if data.get("target_at"):
        due = datetime.fromisoformat(data["target_at"]).astimezone(LONDON)
        parts.append(f"due {due:%d %b %H:%M %Z}")
    asked = [str(each).replace("_", " ") for each in data.get("unticked", [])]
    parts += [f"\n{each}" for each in data.get("said", [])]
    if asked:
        parts.append(f"still to be done: {', '.join(asked)}")
    return f"{' '.join(parts)}\n{_link(data)}\n"


def _link(data: Mapping[str, Any]) -> str:
    reference = str(data.get("reference", ""))
    page = "tracker:referral" if reference.startswith("R-") else "tracker:case"
    try:
        return settings.SITE_URL + reverse(page, args=[reference])
    except NoReverseMatch:
        return settings.SITE_URL
