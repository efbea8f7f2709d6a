"""What a message does: a new referral, more about one, or its end. Each is a service of the plain API."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from rest_framework.request import Request

from agencies.api.authentication import acting
from referrals.api import asking as plain
from referrals.api import fields, news, rows
from referrals.api.news import Done
from referrals.domain.errors import Invalid, NotThere
from referrals.fhir import asking, changes, names
from referrals.fhir.looking import key_of
from referrals.fhir.message import Message
from referrals.models import Referral
from referrals.services import referral as referrals


@dataclass(frozen=True)
class Target:
    """The referral that a message is about, as its sender reads it, and what the message says of it."""

    key: UUID
    told: dict[str, Any]
    said: dict[str, Any]
    notes: list[str]

    @property
    def reason(self) -> str:
        """Its notes, but for what the referral was made with."""
        return "\n\n".join(note for note in self.notes if note != self.told.get("summary"))


Did = tuple[UUID, list[Done]]
"""The referral that a message made or changed, and what else there is to say of it."""


def create(message: Message, request: Request) -> Did:
    """A new referral. Raises what the plain API raises for the same ask."""
    body = plain.AskSerializer(data=_read(message))
    body.is_valid(raise_exception=True)
    said = body.validated_data
    by = acting(request).asserting(fields.named(said.get("by")))
    return referrals.create(asked=plain.asked(said, by), by=by).pk, []


def update(message: Message, request: Request) -> Did:
    """More about a referral, each told as what it is: an answer, another risk, news, another number."""
    target = _target(message, request)
    said = target.said
    changes.refuse(said, target.told)
    before = [target.told.get("summary") or "", *news.told_before(target.key, acting(request))]
    fresh = news.News(
        text="\n\n".join(unsaid(target.notes, before)),
        priority=said.get("priority"),
        phone=said.get("person", {}).get("phone"),
        by=said.get("by"),
    )
    return target.key, news.more(target.told, fresh, request)


def unsaid(notes: Iterable[str], before: Iterable[str]) -> list[str]:
    """The notes that were not said before, each as often: a whole ServiceRequest says them all again."""
    known = Counter(part for text in before for part in _parts(text))
    fresh = []
    for note in notes:
        parts = Counter(_parts(note))
        if parts <= known:
            known -= parts
        else:
            fresh.append(note)
    return fresh


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split("\n\n") if part.strip()]


def withdraw(message: Message, request: Request) -> Did:
    """Revoked: cancelled, or once it is accepted, the receiver is asked to agree."""
    target = _target(message, request)
    done = news.withdraw(target.told, target.reason, target.said.get("by"), request)
    return target.key, done


def enter_in_error(message: Message, request: Request) -> Did:
    """It should never have been."""
    target = _target(message, request)
    news.move(target.told, "enter_in_error", request, by=target.said.get("by"), reason=target.reason)
    return target.key, []


def _read(message: Message) -> dict[str, Any]:
    """All that the message says. Raises NotKept for what nobody has read."""
    said = asking.body(message)
    message.bundle.refuse_unread()
    return said


def _target(message: Message, request: Request) -> Target:
    """Raises NotThere, and Invalid if the message names none."""
    named, reference = message.focus.text("id"), message.focus.identified(names.REFERRAL)
    said = _read(message)
    if not (named or reference):
        raise Invalid(
            "the message does not say which referral it is about",
            {"ServiceRequest.id": f"as in our answer to the new one; or an identifier {names.REFERRAL}|…"},
        )
    wanted = ({"pk": key_of(named)} if named else {}) | ({"reference": reference} if reference else {})
    seen = Referral.objects.visible_to(acting(request)).filter(**wanted)
    key = seen.values_list("pk", flat=True).first()
    if key is None:
        raise NotThere("there is no such referral, or your agency has no part in it")
    told = rows.read([key], acting(request))[0]
    return Target(key, told, said, asking.notes(message.focus))


# By the message's reason and the status of its ServiceRequest (BaRS, "workflow variables").
ACTIONS = {
    ("new", "active"): create,
    ("new", "draft"): create,
    ("update", "active"): update,
    ("update", "revoked"): withdraw,
    ("update", "entered-in-error"): enter_in_error,
    ("delete", "entered-in-error"): enter_in_error,
}


def act(message: Message, request: Request) -> Did:
    """Do what the message says; the referral that it made or changed, and what was done with the message.

    Raises Invalid for nonsense.
    """
    said = (message.reason, message.focus.text("status"))
    if said not in ACTIONS:
        known = "; ".join(" with ".join(each) for each in ACTIONS)
        raise Invalid(
            "this reason and this status together say nothing",
            {"MessageHeader.reason": f"one of {known}", "ServiceRequest.status": f"here {said[1]}"},
        )
    return ACTIONS[said](message, request)
