"""``$process-message``: one message in, what became of it out; sent again, it has one effect."""

import hashlib
import json
import re
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import uuid_utils
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.api.authentication import acting
from referrals.api import rows
from referrals.api.ending import endings
from referrals.api.filtering import refuse_unknown
from referrals.api.news import IN_WORDS, Done
from referrals.domain.errors import Invalid
from referrals.fhir import doing, message, names
from referrals.fhir.building import Json
from referrals.fhir.refusals import Duplicate
from referrals.fhir.request import service_request
from referrals.fhir.task import task
from referrals.fhir.view import FhirView, address
from referrals.services import idempotency

HEADERS = ("X-Request-ID", "X-Correlation-ID")
KEYS = re.compile(r"[!-~]{1,200}")
# Of these the referral itself says nothing.
WORTH_SAYING = (Done.INFORMED, Done.CONTACT, Done.NOTHING, Done.ASKED_TO_CANCEL)


class MessageView(FhirView):
    """Takes messages about referrals."""

    scopes_to_read = scopes_to_write = ("referrals:write",)

    def post(self, request: Request) -> Response:
        """One message. The answer holds the referral, and what the receiver does with it, as they stand."""
        refuse_unknown(request, ("_format",))
        check_headers(request)
        said = message.read(request.data)
        key = message.identity(said)
        claimed = claim(key, said, request)
        about, done = doing.act(said, request)
        where = address(request, f"ServiceRequest/{about}")
        idempotency.keep(claimed, idempotency.Answer(200, {"Location": where}, b""))
        return Response(answer(about, done, key, request), headers={"Location": where})


def check_headers(request: Request) -> None:
    """Both ids of the exchange are there (BaRS, "transactional integrity"). Raises Invalid."""
    wrong = {name: "send a UUID" for name in HEADERS if not _is_uuid(request.headers.get(name, ""))}
    if wrong:
        raise Invalid("the headers by which a message is traced are missing, or no UUIDs", wrong)


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def claim(key: str, said: message.Message, request: Request) -> int:
    """The message's key, taken. Raises Duplicate for one that was processed, KeyReused for another's."""
    if not KEYS.fullmatch(key):
        raise Invalid("this is no identity", {"MessageHeader.id": "at most 200 visible ASCII characters"})
    found = idempotency.claim(key=f"fhir:{key}", digest=digest(said.bundle.value), by=acting(request))
    if isinstance(found, idempotency.Answer):
        raise Duplicate("this message was processed before: see Location", found.headers["Location"])
    return found


def digest(bundle: dict[str, Any]) -> str:
    """What was said, in whichever format and whenever it was wrapped: the bundle's entries."""
    return hashlib.sha256(json.dumps(bundle["entry"], sort_keys=True).encode()).hexdigest()


def answer(about: UUID, done: Sequence[Done], key: str, request: Request) -> Json:
    """The Bundle that says what became of the message."""
    by = acting(request)
    told, ended = rows.read([about], by)[0], endings([about], by).get(about)
    entries = [service_request(told, ended), task(told, ended)]
    header, more = header_of(key, told, done, request)
    return {
        "resourceType": "Bundle",
        "id": str(uuid_utils.uuid7()),
        "type": "message",
        "timestamp": timezone.now().isoformat(),
        "entry": [
            {"fullUrl": f"urn:uuid:{header['id']}", "resource": header},
            *(
                {"fullUrl": address(request, f"{each['resourceType']}/{each['id']}"), "resource": each}
                for each in entries
            ),
            *({"fullUrl": f"urn:uuid:{each['id']}", "resource": each} for each in more),
        ],
    }


def header_of(key: str, told: Json, done: Sequence[Done], request: Request) -> tuple[Json, list[Json]]:
    """The answer's header, and the outcome to which it refers, if there is anything to add."""
    asked = [Done.ASKED_TO_CANCEL] if told["cancel_requested_at"] else []
    worth = [each for each in WORTH_SAYING if each in {*done, *asked}]
    more = [remark(worth)] if worth else []
    response: Json = {"identifier": as_id(key), "code": "ok"}
    if more:
        response["details"] = {"reference": f"urn:uuid:{more[0]['id']}"}
    header = {
        "resourceType": "MessageHeader",
        "id": str(uuid_utils.uuid7()),
        "eventCoding": {"system": names.EVENTS, "code": names.RESPONSE},
        "source": {"endpoint": address(request)},
        "response": response,
        "focus": [{"reference": address(request, f"ServiceRequest/{told['id']}")}],
    }
    return header, more


def remark(worth: Sequence[Done]) -> Json:
    """What the sender has to know besides."""
    issues = [
        {"severity": "information", "code": "informational", "diagnostics": IN_WORDS[each]} for each in worth
    ]
    return {"resourceType": "OperationOutcome", "id": str(uuid_utils.uuid7()), "issue": issues}


def as_id(key: str) -> str:
    """The message's identity in the form that R4 has for ids: at most 64 letters, digits, hyphens, dots."""
    return re.sub(r"[^A-Za-z0-9.-]", "-", key.removeprefix("urn:uuid:"))[:64]
