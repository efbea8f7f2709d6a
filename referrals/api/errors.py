"""How a refusal is told: as a problem document (RFC 9457), whoever refuses.

``errors`` maps a JSON Pointer into the body, or a query parameter's name, to what is wrong and what
to do. A 409 carries ``allowed_actions``: the moves that there are.
"""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from rest_framework import exceptions
from rest_framework.response import Response

from referrals.domain import errors as refusals

PROBLEM_JSON = "application/problem+json"
CATALOGUE = "/api/v1/problems/"
AGAIN_SOON = {"Retry-After": "2"}  # seconds


@dataclass(frozen=True)
class Problem:
    """One kind of problem: its HTTP status, and in words what it is and what to do."""

    status: int
    title: str
    meaning: str


PROBLEMS = {
    "invalid": Problem(400, "The request is malformed or invalid", "Each wrong field is named in errors."),
    "not-signed-in": Problem(401, "Not signed in", "Get a token at /oauth/token/ and send it as a bearer."),
    "forbidden": Problem(
        403, "Not yours to do", "You see it, but another side, a more senior person or another scope may."
    ),
    "not-there": Problem(
        404,
        "There is no such thing",
        "Nothing is there, or it belongs to a case that your agency has no part in.",
    ),
    "method-not-allowed": Problem(
        405, "Not a method of this address", "The Allow header lists those it has."
    ),
    "not-acceptable": Problem(406, "No such representation", "Ask for application/json."),
    "not-from-this-state": Problem(
        409, "Not from this state", "Somebody moved it before you. allowed_actions lists the moves there are."
    ),
    "stale": Problem(412, "It has moved on", "Read it again, and send the new ETag in If-Match."),
    "too-large": Problem(413, "The request is too large", "Send less than 2.5 MB; a file has at most 10 MB."),
    "unsupported-media-type": Problem(
        415, "Not a format this address reads", "Send application/json; a file as multipart/form-data."
    ),
    "reason-needed": Problem(422, "Something is missing", "A reason, a named person or a next step."),
    "key-reused": Problem(422, "The idempotency key is taken", "Give each new request a key of its own."),
    "too-many-requests": Problem(429, "Too many requests", "Wait as long as Retry-After says."),
    "internal": Problem(500, "We failed", "Nothing was changed. Tell us the request_id."),
    "unavailable": Problem(503, "Busy", "Nothing was changed. Try again as Retry-After says."),
}

REFUSALS: dict[type[refusals.Refused], str] = {
    refusals.Invalid: "invalid",
    refusals.NotYet: "invalid",
    refusals.NotYourMove: "forbidden",
    refusals.NotThere: "not-there",
    refusals.MoveNotAllowed: "not-from-this-state",
    refusals.Stale: "stale",
    refusals.ReasonNeeded: "reason-needed",
    refusals.KeyReused: "key-reused",
}


class MayPass(exceptions.ValidationError):
    """Faults of which one at least may be none a moment later: such an answer is not kept for a retry."""


def may_pass(refusal: refusals.Refused) -> bool:
    """Whether the same may succeed later: nothing is wrong with what was asked, or its moment is to come."""
    lasting = isinstance(refusal, refusals.Invalid | refusals.ReasonNeeded)
    return isinstance(refusal, refusals.NotYet) or not lasting


BY_STATUS = {kind.status: slug for slug, kind in reversed(PROBLEMS.items())}


def document(request: HttpRequest, slug: str, detail: str, **more: object) -> dict[str, Any]:
    """The problem document. ``type`` is an address that explains it."""
    kind = PROBLEMS[slug]
    return {
        "type": f"{CATALOGUE}{slug}/",
        "title": kind.title,
        "status": kind.status,
        "detail": detail or kind.meaning,
        "instance": request.path,
        "request_id": getattr(request, "request_id", None),
        **{name: value for name, value in more.items() if value is not None},
    }


def handle(problem: Exception, context: Mapping[str, Any]) -> Response | None:
    """REST framework's exception handler. None lets the exception go on: it is ours, and a 500.

    An answer that ``passes`` with time says so: the same request may succeed a moment later.
    """
    found = told(problem)
    if found is None:
        return None
    slug, detail, more = found
    headers = dict(more.pop("headers", {}))
    if slug == "too-large":
        _read_off(context["request"]._request)
    body = document(context["request"]._request, slug, detail, **more)
    answer = Response(body, body["status"], headers=headers, content_type=PROBLEM_JSON)
    answer.passes = isinstance(problem, refusals.NotYet | MayPass)
    return answer


def _read_off(request: HttpRequest) -> None:
    """What is too large is read and thrown away, up to 64 MB: else the caller's next request on the same
    connection would be lost."""
    for _ in range(1024):
        if not request.read(65_536):
            return


def told(problem: Exception) -> tuple[str, str, dict[str, Any]] | None:
    """The kind of problem, its detail, and what else is to be said; None for what nobody foresaw."""
    if isinstance(problem, refusals.Refused):
        allowed = problem.allowed if isinstance(problem, refusals.MoveNotAllowed) else None
        return (
            REFUSALS[type(problem)],
            problem.message,
            {"errors": problem.errors or None, "allowed_actions": allowed},
        )
    if isinstance(problem, exceptions.APIException):
        return _told_by_framework(problem)
    for kind, slug in OTHERS.items():
        if isinstance(problem, kind):
            return slug, "", {"headers": AGAIN_SOON} if slug == "unavailable" else {}
    return None


OTHERS = {
    Http404: "not-there",
    PermissionDenied: "forbidden",
    RequestDataTooBig: "too-large",
    OperationalError: "unavailable",
}


def _told_by_framework(problem: exceptions.APIException) -> tuple[str, str, dict[str, Any]]:
    slug, headers = BY_STATUS.get(problem.status_code, "invalid"), {}
    if challenge := getattr(problem, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    if wait := getattr(problem, "wait", None):
        headers["Retry-After"] = str(int(wait) + 1)
    if isinstance(problem, exceptions.ValidationError):
        found = dict(pointers(problem.detail))
        detail = "; ".join(f"{where or 'the request'}: {what}" for where, what in found.items())
        return slug, detail, {"errors": found, "headers": headers}
    return slug, str(problem.detail), {"headers": headers}


def pointers(detail: object, path: str = "") -> Iterator[tuple[str, str]]:
    """What REST framework found wrong, by JSON Pointer (RFC 6901)."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            step = "" if name == "non_field_errors" else "/" + str(name).replace("~", "~0").replace("/", "~1")
            yield from pointers(inner, path + step)
    elif isinstance(detail, list) and any(isinstance(each, Mapping | list) for each in detail):
        for place, inner in enumerate(detail):
            if inner:
                yield from pointers(inner, f"{path}/{place}")
    else:
        yield path, " ".join(map(str, detail)) if isinstance(detail, list) else str(detail)


def problem(request: HttpRequest, status: int) -> HttpResponse:
    """What Django itself answers, outside any of our views."""
    slug, headers = outside(status)
    body = document(request, slug, "")
    return JsonResponse(body, status=body["status"], headers=headers, content_type=PROBLEM_JSON)


def outside(status: int) -> tuple[str, dict[str, str]]:
    """The kind of a problem outside any of our views. A database that is away is no fault of ours."""
    if status == 500 and isinstance(sys.exception(), OperationalError):
        return "unavailable", AGAIN_SOON
    return BY_STATUS.get(status, "invalid"), {}
