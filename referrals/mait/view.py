"""Where incident messages come in, and where a referral is read as one."""

import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from agencies.api.authentication import acting
from agencies.api.views import Answers
from referrals.api import asking, errors, fields, news, one, rows
from referrals.api.ending import endings
from referrals.api.filtering import refuse_unknown
from referrals.api.safe_xml import XMLParser
from referrals.domain.errors import Invalid, NotThere
from referrals.domain.referral import FINAL, RETURNED, State
from referrals.mait import messages
from referrals.mait.vocabulary import CLOSE, CREATE, ELEMENT_OF, KINDS, UPDATE
from referrals.models import Referral
from referrals.services import idempotency
from referrals.services import referral as referrals

MOST_TOLD = 50  # faults of one message
KEYS = re.compile(r"[!-~]{1,200}")
NOT_KEPT = ("not-kept", 422)


class MessageParser(XMLParser):
    """An incident message, as the plain API's fields."""

    media_type = "application/xml"
    understood = staticmethod(messages.read)


class TextMessageParser(MessageParser):
    """The same, under its other name."""

    media_type = "text/xml"


class XMLRenderer(BaseRenderer):
    """A message that was written already."""

    media_type, format, charset = "application/xml", "xml", "utf-8"

    def render(self, data: bytes | None, *_: object) -> bytes:
        """As it is."""
        return data or b""


class TextXMLRenderer(XMLRenderer):
    """The same, under its other name."""

    media_type = "text/xml"


class MaitView(Answers, APIView):
    """One address of MAIT. Who may come in, and how often, is the plain API's to say."""

    schema = None  # not of the plain API's document: docs/mait.md describes it
    parser_classes = (MessageParser, TextMessageParser)
    renderer_classes = (XMLRenderer, TextXMLRenderer)
    scopes_to_read = ("referrals:read",)
    scopes_to_write = ("referrals:write",)

    def get_exception_handler(self) -> Callable[..., Response | None]:
        """Refusals are messages."""
        return refusal

    def finalize_response(
        self, request: Request, response: HttpResponse, *args: object, **kwargs: object
    ) -> HttpResponse:
        """Nobody on the way keeps the answer."""
        final = super().finalize_response(request, response, *args, **kwargs)
        final.headers.setdefault("Cache-Control", "no-store")
        return final


class MessagesView(MaitView):
    """Takes messages that create, update or close an incident."""

    def post(self, request: Request) -> HttpResponse:
        """One message. The confirmation is given again to whoever sends it again."""
        refuse_unknown(request, ())
        said = {**request.data}
        key, kind = said.pop("message", ""), said.pop("kind", "")
        if not KEYS.fullmatch(key):
            raise Invalid("a message needs an id", {"MessageId": "1 to 200 visible ASCII characters"})
        if kind not in KINDS:
            raise Invalid("there is no such message", {"MessageType": f"one of {', '.join(KINDS)}"})
        digest = hashlib.sha256(request._request.body).hexdigest()
        found = idempotency.claim(key=f"mait:{key}", digest=digest, by=acting(request))
        if isinstance(found, idempotency.Answer):
            return Response(found.body, headers={"Idempotent-Replayed": "true"})
        about, done = DOES[kind](said, request)
        told = rows.read([about], acting(request))[0]
        answer = messages.confirmation(told, key, done)
        idempotency.keep(found, idempotency.Answer(200, {}, answer))
        return Response(answer)


class IncidentView(MaitView):
    """One referral as an incident message, for whoever has a part in it."""

    def get(self, request: Request, pk: UUID) -> Response:
        """As it stands, under an id that is another for each version; of one that has ended, the close."""
        refuse_unknown(request, ())
        _, version = one.seen(pk, request)
        told = rows.read([pk], acting(request))[0]
        state = State(told["state"])
        kind = CREATE if state == State.SENT else CLOSE if state in FINAL else UPDATE
        more = standing(state, pk, request) if kind != CREATE else {}
        return Response(messages.incident(told, kind, f"{pk}.{version}", more))


def standing(state: State, pk: UUID, request: Request) -> dict[str, str]:
    """Where it stands; of one that has ended or came back, what it became and why."""
    found = endings([pk], acting(request)).get(pk)
    if found is None or state not in FINAL | RETURNED | {State.COMPLETED}:
        return {"state": state, "outcome": state if state in FINAL else ""}
    return {"state": state, "outcome": found.state, "outcome_reason": found.code, "outcome_text": found.text}


Did = tuple[UUID, list[news.Done]]
"""The referral that a message made or changed, and what it did with one that there was."""


def create(said: Mapping[str, Any], request: Request) -> Did:
    """A new referral, as the plain API would make it."""
    if "reference" in said:
        raise Invalid("a new incident has no reference of ours", {"Recipient/Reference": "leave it out"})
    body = asking.AskSerializer(data=said)
    body.is_valid(raise_exception=True)
    by = acting(request).asserting(fields.named(body.validated_data.get("by")))
    return referrals.create(asked=asking.asked(body.validated_data, by), by=by).pk, []


def update(said: Mapping[str, Any], request: Request) -> Did:
    """What is new of it: words, the priority, the person's number. What it was made with is not new."""
    told = _told(said, request, {"priority", "person"})
    text = said.get("summary", "")
    fresh = news.News(
        text="" if text == told.get("summary") else text,
        priority=said.get("priority"),
        phone=said.get("person", {}).get("phone"),
        by=said.get("by"),
    )
    return UUID(told["id"]), news.more(told, fresh, request)


def close(said: Mapping[str, Any], request: Request) -> Did:
    """The sender's incident is over: a completed referral is closed, another one withdrawn."""
    told, text, by = _told(said, request, set()), said.get("summary", ""), said.get("by")
    key = UUID(told["id"])
    if told["state"] != State.COMPLETED:
        return key, news.withdraw(told, text, by, request)
    news.move(told, "close", request, by=by, caller_told=text)
    return key, [news.Done.CLOSED]


DOES: dict[str, Callable[[Mapping[str, Any], Request], Did]] = {
    CREATE: create,
    UPDATE: update,
    CLOSE: close,
}


def _told(said: Mapping[str, Any], request: Request, more: set[str]) -> dict[str, Any]:
    """The referral that a message is about. Raises NotThere, and NotKept for what it could not change."""
    lost = set(said) - {"reference", "summary", "by", *more}
    lost |= {f"person/{name}" for name in said.get("person", {}) if name != "phone" and "person" in more}
    if lost:
        names = {
            ELEMENT_OF[f"/{name}"]: "this message cannot change it: say it in Incident/Text" for name in lost
        }
        raise messages.NotKept("the message holds what is not kept here", names)
    seen = Referral.objects.visible_to(acting(request)).filter(reference=said.get("reference", ""))
    key = seen.values_list("pk", flat=True).first()
    if key is None:
        raise NotThere("there is no such referral, or your agency has no part in it")
    return rows.read([key], acting(request))[0]


def refusal(problem: Exception, context: Mapping[str, Any]) -> Response | None:
    """REST framework's exception handler. None lets the exception go on: it is ours, and a 500."""
    if isinstance(problem, messages.NotKept):
        return Response(written(*NOT_KEPT, problem.message, problem.errors), NOT_KEPT[1])
    found = errors.told(problem)
    if found is None:
        return None
    slug, detail, more = found
    status = errors.PROBLEMS[slug].status
    said = detail or errors.PROBLEMS[slug].meaning
    return Response(
        written(slug, status, said, more.get("errors") or {}), status, headers=more.get("headers", {})
    )


def written(slug: str, status: int, detail: str, wrong: Mapping[str, str]) -> bytes:
    """The refusal, with every place that is wrong."""
    places = [f"{place(where)}: {what}" for where, what in list(wrong.items())[:MOST_TOLD]]
    return messages.refusal(status, slug, places or [detail])


def page(slug: str, headers: Mapping[str, str]) -> HttpResponse:
    """What Django itself answers, outside any of our views."""
    kind = errors.PROBLEMS[slug]
    body = written(slug, kind.status, kind.meaning, {})
    media = f"{XMLRenderer.media_type}; charset={XMLRenderer.charset}"
    return HttpResponse(body, status=kind.status, headers=dict(headers), content_type=media)


def place(pointer: str) -> str:
    """The element that a field stands for; of one inside another, at least the outer."""
    inner = pointer
    while inner.startswith("/"):
        if inner in ELEMENT_OF:
            return ELEMENT_OF[inner]
        inner = inner.rpartition("/")[0]
    return pointer
