"""What a partner's message about a referral does, where its protocol has no moves of ours: more, or its end.

Each is a body of the plain API, judged and carried out as if it had come there.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from rest_framework.request import Request

from agencies.acting import Actor
from agencies.api.authentication import acting
from referrals.api import etags, fields, moving
from referrals.api.information import InformationSerializer
from referrals.api.risk import RiskSerializer
from referrals.domain.referral import ASKED, HELD, State
from referrals.models import Content
from referrals.services import information, risk
from referrals.services import referral as referrals
from referrals.services.finding import find

Told = Mapping[str, Any]
By = Mapping[str, Any] | None


class Done(StrEnum):
    """What a message did. The value is a code of ours."""

    ANSWERED = "answered"
    RISK = "risk_changed"
    INFORMED = "information_added"
    CONTACT = "contact_changed"
    NOTHING = "nothing_new"
    CANCELLED = "cancelled"
    DISCARDED = "discarded"
    CLOSED = "closed"
    ASKED_TO_CANCEL = "asked_to_cancel"


IN_WORDS = {
    Done.ANSWERED: "The question is answered.",
    Done.RISK: "Told to everybody in the case as a change of the risk.",
    Done.INFORMED: "Told to the other side as new information: the risk stands as it was.",
    Done.CONTACT: "Told to the other side: how to reach the person has changed.",
    Done.NOTHING: "Nothing in it was new: nothing was changed, and nobody was told.",
    Done.CANCELLED: "Nobody had accepted it: it is cancelled, and the receiver was told.",
    Done.DISCARDED: "It had not been sent: the draft is discarded.",
    Done.CLOSED: "It was done: its outcome is seen, and it is closed.",
    Done.ASKED_TO_CANCEL: "It was accepted: its owner has been told, and asked to agree that it is "
    "cancelled, and keeps it until then.",
}
WITHDRAW = {
    State.DRAFT: ("discard", Done.DISCARDED),
    **dict.fromkeys(ASKED, ("cancel", Done.CANCELLED)),
    **dict.fromkeys(HELD, ("request_cancel", Done.ASKED_TO_CANCEL)),
}
EVENTS = {information.ADDED: Done.INFORMED, information.CONTACT_CHANGED: Done.CONTACT}
SAID_IN = ("new_information", "risk", "reason")
"""The kinds of text as which a partner's news was kept."""


@dataclass(frozen=True)
class News:
    """What a message says of a referral: words, the priority, where the person is reached from now on, who
    says so. What it leaves out stands as it was."""

    text: str = ""
    priority: str | None = None
    phone: str | None = None
    by: By = None


def more(told: Told, news: News, request: Request) -> list[Done]:
    """What is new of a referral, each told as what it is; what was done with it.

    ``told`` is the referral as the caller reads it. Words answer the question that was asked; with another
    priority they are why the risk changed; else they are new information. What is as it was is not told
    again.
    """
    version, done = wanted(told, request), list[Done]()
    before, after = told["priority"], news.priority or told["priority"]
    if news.text and _is_asked(told, request):
        move(told, "answer_info", request, by=news.by, reason=news.text)
        done.append(Done.ANSWERED)
    if after != before:
        direction = "lower" if after > before else "raise"
        said = {"direction": direction, "priority": after, "reason": news.text, "by": news.by}
        _say(risk.change, RiskSerializer, told, said, None if done else version, request)
        done.append(Done.RISK)
    said = {"text": "" if done else news.text, "phone": _another_number(told, news)}
    if any(said.values()):
        said["by"] = news.by
        made = _say(information.add, InformationSerializer, told, said, None if done else version, request)
        done += [EVENTS[each] for each in made]
    if not done:
        find(UUID(told["id"]), acting(request), version)  # what is stale is stale, new or not
    return done or [Done.NOTHING]


def _is_asked(told: Told, request: Request) -> bool:
    sends = acting(request).agency_id == told["from_agency"]["id"]
    return sends and told["state"] == State.INFO_REQUESTED


def _another_number(told: Told, news: News) -> str:
    known = (told.get("person") or {}).get("phone")
    return news.phone if news.phone and news.phone != known else ""


def _say(
    service: Callable[..., Any],
    shape: type[fields.StrictSerializer],
    told: Told,
    said: Mapping[str, Any],
    version: int | None,
    request: Request,
) -> Any:  # noqa: ANN401 (what the service returns)
    """Hand a body of the plain API to its service. ``version`` is None once the caller's own act has moved
    the referral on, under the case's lock."""
    body = shape(data=said)
    body.is_valid(raise_exception=True)
    taken = {**body.validated_data}
    by = acting(request).asserting(fields.named(taken.pop("by", None)))
    return service(referral_id=UUID(told["id"]), by=by, version=version, **taken)


def told_before(key: UUID, actor: Actor) -> list[str]:
    """What the caller's agency has said of a referral since it was made, in words; oldest first."""
    seen = Content.objects.visible_to(actor).filter(
        referral_id=key, kind__in=SAID_IN, provided_by=actor.agency_id
    )
    bodies = seen.order_by("recorded_at", "id").values_list("body", flat=True)
    return [body for body in bodies if isinstance(body, str)]


def withdraw(told: Told, reason: str, by: By, request: Request) -> list[Done]:
    """The sender needs it no more: cancelled, or once it is accepted, the receiver is asked to agree."""
    action, done = WITHDRAW.get(State(told["state"]), WITHDRAW[State.SENT])
    move(told, action, request, by=by, reason=reason)
    return [done]


def move(told: Told, action: str, request: Request, **said: object) -> None:
    """One move, as the plain API takes it."""
    body = moving.MoveSerializer(data={"action": action, **said})
    body.is_valid(raise_exception=True)
    details = moving.details(body.validated_data, acting(request))
    referrals.move(referral_id=UUID(told["id"]), version=wanted(told, request), **details)


def wanted(told: Told, request: Request) -> int | None:
    """The version that the caller acts on."""
    return etags.wanted(request, told["version"])
