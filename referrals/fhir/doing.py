"""What a message does: a new referral, more about one, or its end. Each is a service of the plain API."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from rest_framework.request import Request

from agencies.api.authentication import acting
from referrals.api import asking as plain
from referrals.api import etags, fields, moving, rows
from referrals.api.risk import RiskSerializer
from referrals.domain.errors import Invalid, NotThere
from referrals.domain.referral import ASKED, HELD, State
from referrals.fhir import asking, changes, names
from referrals.fhir.looking import key_of
from referrals.fhir.message import Message
from referrals.models import Referral
from referrals.services import referral as referrals
from referrals.services import risk

WITHDRAW = {State.DRAFT: "discard", **dict.fromkeys(ASKED, "cancel"), **dict.fromkeys(HELD, "request_cancel")}


@dataclass(frozen=True)
class Target:
    """The referral that a message is about, as its sender reads it, and what the message says of it."""

    key: UUID
    told: dict[str, Any]
    said: dict[str, Any]
    news: str
    version: int | None


def create(message: Message, request: Request) -> UUID:
    """A new referral. Raises what the plain API raises for the same ask."""
    body = plain.AskSerializer(data=_read(message))
    body.is_valid(raise_exception=True)
    said = body.validated_data
    by = acting(request).asserting(fields.named(said.get("by")))
    return referrals.create(asked=plain.asked(said, by), by=by).pk


def update(message: Message, request: Request) -> UUID:
    """More about a referral: the answer to a question, a changed risk, or both."""
    target = _target(message, request)
    changes.refuse(target.said, target.told)
    told, version = target.told, target.version
    before, after = told["priority"], target.said.get("priority", told["priority"])
    asked = told["state"] == State.INFO_REQUESTED and acting(request).agency_id == told["from_agency"]["id"]
    if asked:
        _move(target, "answer_info", request)
        version = None  # the one that was read has just been followed, under the case's lock
    if not asked or after != before:
        said = {"direction": "lower" if after > before else "raise", "reason": target.news}
        said |= {"priority": after} if after != before else {}
        body = RiskSerializer(data={**said, "by": target.said.get("by")})
        body.is_valid(raise_exception=True)
        taken = {**body.validated_data}
        by = acting(request).asserting(fields.named(taken.pop("by", None)))
        risk.change(referral_id=target.key, by=by, version=version, **taken)
    return target.key


def withdraw(message: Message, request: Request) -> UUID:
    """Revoked: cancelled, or once it is accepted, the receiver is asked to agree."""
    target = _target(message, request)
    _move(target, WITHDRAW.get(State(target.told["state"]), "cancel"), request)
    return target.key


def enter_in_error(message: Message, request: Request) -> UUID:
    """It should never have been."""
    target = _target(message, request)
    _move(target, "enter_in_error", request)
    return target.key


def _read(message: Message) -> dict[str, Any]:
    """All that the message says. Raises NotKept for what nobody has read."""
    said = asking.body(message)
    message.bundle.refuse_unread()
    return said


def _target(message: Message, request: Request) -> Target:
    """Raises NotThere, and Invalid if the message names none."""
    key, reference = message.focus.text("id"), message.focus.identified(names.REFERRAL)
    said = _read(message)
    if not (key or reference):
        raise Invalid(
            "the message does not say which referral it is about",
            {"ServiceRequest.id": f"as in our answer to the new one; or an identifier {names.REFERRAL}|…"},
        )
    named = ({"pk": key_of(key)} if key else {}) | ({"reference": reference} if reference else {})
    seen = Referral.objects.visible_to(acting(request)).filter(**named)
    found = seen.values_list("pk", "version").first()
    if found is None:
        raise NotThere("there is no such referral, or your agency has no part in it")
    told = rows.read([found[0]], acting(request))[0]
    news = "\n\n".join(note for note in asking.notes(message.focus) if note != told.get("summary"))
    return Target(found[0], told, said, news, etags.wanted(request, found[1]))


def _move(target: Target, action: str, request: Request) -> None:
    """One move, as the plain API takes it."""
    body = moving.MoveSerializer(data={"action": action, "reason": target.news, "by": target.said.get("by")})
    body.is_valid(raise_exception=True)
    details = moving.details(body.validated_data, acting(request))
    referrals.move(referral_id=target.key, version=target.version, **details)


# By the message's reason and the status of its ServiceRequest (BaRS, "workflow variables").
ACTIONS = {
    ("new", "active"): create,
    ("new", "draft"): create,
    ("update", "active"): update,
    ("update", "revoked"): withdraw,
    ("update", "entered-in-error"): enter_in_error,
    ("delete", "entered-in-error"): enter_in_error,
}


def act(message: Message, request: Request) -> UUID:
    """Do what the message says; the referral that it made or changed. Raises Invalid for nonsense."""
    said = (message.reason, message.focus.text("status"))
    if said not in ACTIONS:
        known = "; ".join(" with ".join(each) for each in ACTIONS)
        raise Invalid(
            "this reason and this status together say nothing",
            {"MessageHeader.reason": f"one of {known}", "ServiceRequest.status": f"here {said[1]}"},
        )
    return ACTIONS[said](message, request)
