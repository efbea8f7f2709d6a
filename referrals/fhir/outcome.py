"""How a refusal is told here: as an OperationOutcome, with a code in the manner of BaRS."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from rest_framework.exceptions import APIException
from rest_framework.response import Response

from referrals.api import errors
from referrals.fhir import formats
from referrals.fhir.names import ERROR_CODES
from referrals.fhir.refusals import Duplicate, NotKept

MOST_TOLD = 50  # issues of one refusal


@dataclass(frozen=True)
class Kind:
    """One kind of refusal: its HTTP status, R4's type of issue, and the code in the manner of BaRS."""

    status: int
    issue: str
    code: str


# By the slug of the plain API's problem. BaRS 1.x knows no 412, 413, 415 and 503: those codes are ours.
KINDS = {
    "invalid": Kind(400, "invalid", "REC_BAD_REQUEST"),
    "not-signed-in": Kind(401, "login", "SEND_UNAUTHORIZED"),
    "forbidden": Kind(403, "forbidden", "REC_FORBIDDEN"),
    "not-there": Kind(404, "not-found", "REC_NOT_FOUND"),
    "method-not-allowed": Kind(405, "not-supported", "SEND_METHOD_NOT_ALLOWED"),
    "not-acceptable": Kind(406, "not-supported", "REC_NOT_ACCEPTABLE"),
    "not-from-this-state": Kind(409, "conflict", "REC_CONFLICT"),
    "duplicate": Kind(409, "duplicate", "REC_CONFLICT"),
    "stale": Kind(412, "conflict", "REC_PRECONDITION_FAILED"),
    "too-large": Kind(413, "too-long", "REC_PAYLOAD_TOO_LARGE"),
    "unsupported-media-type": Kind(415, "not-supported", "REC_UNSUPPORTED_MEDIA_TYPE"),
    "not-kept": Kind(422, "not-supported", "REC_UNPROCESSABLE_ENTITY"),
    "reason-needed": Kind(422, "required", "REC_UNPROCESSABLE_ENTITY"),
    "key-reused": Kind(422, "business-rule", "REC_UNPROCESSABLE_ENTITY"),
    "too-many-requests": Kind(429, "throttled", "REC_TOO_MANY_REQUESTS"),
    "internal": Kind(500, "exception", "REC_SERVER_ERROR"),
    "unavailable": Kind(503, "transient", "REC_SERVICE_UNAVAILABLE"),
}

# Where in a message the plain API's fields come from, for the sender to find them.
PLACES = {
    "/person": "ServiceRequest.subject",
    "/person/family_name": "Patient.name.family",
    "/person/given_name": "Patient.name.given",
    "/person/date_of_birth": "Patient.birthDate",
    "/person/age": "Patient.extension",
    "/person/sex": "Patient.gender",
    "/person/nhs_number": "Patient.identifier",
    "/person/description": "Patient.extension",
    "/person/phone": "Patient.telecom",
    "/person/language": "Patient.communication.language",
    "/category": "ServiceRequest.category",
    "/priority": "ServiceRequest.priority",
    "/case": "ServiceRequest.encounter.identifier",
    "/lead": "ServiceRequest.extension",
    "/area": "ServiceRequest.extension",
    "/from_team": "ServiceRequest.requester",
    "/to_team": "ServiceRequest.performer",
    "/asking": "ServiceRequest.requisition",
    "/summary": "ServiceRequest.note.text",
    "/reason": "ServiceRequest.note.text",
    "/text": "ServiceRequest.note.text",
    "/phone": "Patient.telecom",
    "/location": "ServiceRequest.locationReference",
    "/location/uprn": "Location.extension",
    "/location/what3words": "Location.extension",
    "/location/latitude": "Location.position.latitude",
    "/location/longitude": "Location.position.longitude",
    "/scene_safety": "Flag.code",
    "/flags": "Flag.code",
    "/source_incident_number": "ServiceRequest.identifier",
    "/threshold_decision": "ServiceRequest.supportingInfo.identifier",
    "/phone_confirmation": "ServiceRequest.extension",
    "/occurred_at": "ServiceRequest.authoredOn",
    "/by": "MessageHeader.author",
}


def handle(problem: Exception, context: Mapping[str, Any]) -> Response | None:
    """REST framework's exception handler. None lets the exception go on: it is ours, and a 500."""
    found = _of_ours(problem) or errors.told(problem)
    if found is None:
        return None
    slug, detail, more = found
    kind, headers = KINDS[slug], more.get("headers", {})
    wrong = [_told(where, str(what)) for where, what in (more.get("errors") or {}).items()]
    allowed = more.get("allowed_actions")
    detail = detail or errors.PROBLEMS[slug].meaning
    if allowed is not None:
        detail += f"; there are {', '.join(allowed) or 'no moves from here'}"
    if kind.status == 401 and getattr(context["request"]._request, "bearer_error", None):
        kind = Kind(401, "expired", kind.code)
    return Response(outcome(kind, detail, wrong), kind.status, headers=headers)


def _of_ours(problem: Exception) -> tuple[str, str, dict[str, Any]] | None:
    if isinstance(problem, Duplicate):
        return "duplicate", problem.message, {"headers": {"Location": problem.where}}
    if isinstance(problem, NotKept):
        return "not-kept", problem.message, {"errors": problem.errors}
    if isinstance(problem, APIException) and problem.status_code == 406:
        return "not-acceptable", str(problem.detail), {}
    return None


def _told(where: str, what: str) -> tuple[str, str]:
    """The element and what is wrong; a field of the plain API is named beside."""
    return place_of(where), f"{where[1:]}: {what}" if where.startswith("/") else what


def place_of(pointer: str) -> str:
    """The element that a field of the plain API stands for; of one inside another, at least the outer."""
    while pointer.startswith("/"):
        if pointer in PLACES:
            return PLACES[pointer]
        pointer = pointer.rpartition("/")[0]
    return pointer


def outcome(kind: Kind, detail: str, wrong: Sequence[tuple[str, str]] = ()) -> dict[str, Any]:
    """The resource, with an issue for each place that is wrong."""
    issues = [_issue(kind, *each) for each in wrong[:MOST_TOLD] or [("", detail)]]
    if len(wrong) > MOST_TOLD:
        issues.append(_issue(kind, "", f"and {len(wrong) - MOST_TOLD} more"))
    return {"resourceType": "OperationOutcome", "issue": issues}


def _issue(kind: Kind, where: str, what: str) -> dict[str, Any]:
    said = {
        "severity": "error",
        "code": kind.issue,
        "details": {"coding": [{"system": ERROR_CODES, "code": kind.code}]},
        "diagnostics": what,
    }
    return {**said, "expression": [where]} if where else said


def page(request: HttpRequest, slug: str, detail: str, headers: Mapping[str, str] | None) -> HttpResponse:
    """What Django itself answers, outside any of our views."""
    renderer = formats.RENDERERS[formats.wanted(request) or "json"]()
    kind = KINDS[slug]
    body = renderer.render(outcome(kind, detail))
    media = f"{renderer.media_type}; charset={renderer.charset}"
    return HttpResponse(body, status=kind.status, headers=dict(headers or {}), content_type=media)
