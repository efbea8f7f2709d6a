"""What a message says outside the inbox: references, priorities, clocks and a link.

Nothing about the patient can be in it, because only the fields listed here are read.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import NoReverseMatch, reverse

from agencies.instants import LONDON
from notifications.models import Message

MOST = 100  # lines of an e-mail; its subject counts all


def lines(messages: Sequence[Message]) -> str:
    """Each of them with its link; of very many the first, and where the others are read."""
    said = [line(each) for each in messages[:MOST]]
    if len(messages) > MOST:
        inbox = settings.SITE_URL + reverse("tracker:inbox")
        said.append(f"And {len(messages) - MOST:,} more, which your inbox has:\n{inbox}\n")
    return "\n".join(said)


def subject(messages: Sequence[Message]) -> str:
    """The first, and how many more."""
    first, *others = messages
    return f"{head(first.data)}, and {len(others)} more" if others else head(first.data)


def head(data: Mapping[str, Any]) -> str:
    """Such as: P2 R-0001234: decide is late."""
    late = "" if "percent" not in data else " is late" if data["percent"] >= 100 else " is due soon"
    clock = str(data.get("clock", "")).replace("_", " ")
    named = " ".join(filter(None, [data.get("priority", ""), data.get("reference", ""), _webhook(data)]))
    named = (
        named
        or _agreement(data)
        or _desk(data)
        or data.get("heading", "")
        or ("Gaps in the rota" if data.get("said") else "")
    )
    return f"{named}: {clock}{late}" if clock else named


def _webhook(data: Mapping[str, Any]) -> str:
    return f"Webhook to {data['webhook']}" if "webhook" in data else ""


def _desk(data: Mapping[str, Any]) -> str:
    return f"{data['desk']} closes, and {len(data['references'])} wait for it" if "desk" in data else ""


def _agreement(data: Mapping[str, Any]) -> str:
    return f"Agreement {data['agreement']}" if "agreement" in data else ""


def line(message: Message) -> str:
    """One message of an e-mail, with its link."""
    data = message.data
    parts = [head(data), f"({message.kind})"]
    if data.get("target_at"):
        due = datetime.fromisoformat(data["target_at"]).astimezone(LONDON)
        parts.append(f"due {due:%d %b %H:%M %Z}")
    asked = [str(each).replace("_", " ") for each in data.get("unticked", [])]
    parts += [f"\n{each}" for each in data.get("said", [])]
    if asked:
        parts.append(f"still to be done: {', '.join(asked)}")
    return f"{' '.join(parts)}\n{link(data)}\n"


def link(data: Mapping[str, Any]) -> str:
    """Where to read on. To open it changes nothing."""
    if "version" in data:
        return settings.SITE_URL + reverse("tracker:agreement", args=[data["version"]])
    reference = str(data.get("reference", ""))
    page = "tracker:referral" if reference.startswith("R-") else "tracker:case"
    try:
        return settings.SITE_URL + reverse(page, args=[reference])
    except NoReverseMatch:
        return settings.SITE_URL
