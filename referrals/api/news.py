"""What a partner's message about a referral does, where its protocol has no moves of ours: more, or its end.

Each is a body of the plain API, judged and carried out as if it had come there.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from rest_framework.request import Request

from agencies.api.authentication import acting
from referrals.api import etags, fields, moving
from referrals.api.risk import RiskSerializer
from referrals.domain.referral import ASKED, HELD, State
from referrals.services import referral as referrals
from referrals.services import risk

WITHDRAW = {State.DRAFT: "discard", **dict.fromkeys(ASKED, "cancel"), **dict.fromkeys(HELD, "request_cancel")}

Told = Mapping[str, Any]
By = Mapping[str, Any] | None


def more(told: Told, news: str, priority: str | None, by: By, request: Request) -> None:
    """What is new of a referral: the answer to a question, a changed risk, or both.

    ``told`` is the referral as the caller reads it. News without another priority, to no question, is told
    as a raised risk: everybody in the case hears of it.
    """
    before = told["priority"]
    after, version = priority or before, wanted(told, request)
    asked = told["state"] == State.INFO_REQUESTED and acting(request).agency_id == told["from_agency"]["id"]
    if asked:
        move(told, "answer_info", request, by=by, reason=news)
        version = None  # the one that was read has just been followed, under the case's lock
    if asked and after == before:
        return
    said = {"direction": "lower" if after > before else "raise", "reason": news, "by": by}
    body = RiskSerializer(data={**said, **({"priority": after} if after != before else {})})
    body.is_valid(raise_exception=True)
    taken = {**body.validated_data}
    actor = acting(request).asserting(fields.named(taken.pop("by", None)))
    risk.change(referral_id=UUID(told["id"]), by=actor, version=version, **taken)


def withdraw(told: Told, reason: str, by: By, request: Request) -> None:
    """The sender needs it no more: cancelled, or once it is accepted, the receiver is asked to agree."""
    move(told, WITHDRAW.get(State(told["state"]), "cancel"), request, by=by, reason=reason)


def move(told: Told, action: str, request: Request, **said: object) -> None:
    """One move, as the plain API takes it."""
    body = moving.MoveSerializer(data={"action": action, **said})
    body.is_valid(raise_exception=True)
    details = moving.details(body.validated_data, acting(request))
    referrals.move(referral_id=UUID(told["id"]), version=wanted(told, request), **details)


def wanted(told: Told, request: Request) -> int | None:
    """The version that the caller acts on."""
    return etags.wanted(request, told["version"])
