"""``Idempotency-Key``: a request that is sent again gets the same answer, and has one effect."""

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.http import HttpResponse
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from agencies.api.authentication import acting
from agencies.api.views import Answers
from referrals.api import etags
from referrals.services import idempotency

HEADER = "Idempotency-Key"
SANE = re.compile(r"[!-~]{1,255}")
KEPT_HEADERS = ("Content-Type", "ETag", "Location")
KEPT_REFUSALS = (400, 422)


class Replayed(Exception):
    """The request was answered before; this is the answer."""

    def __init__(self, answer: idempotency.Answer) -> None:
        self.response = HttpResponse(answer.body, status=answer.status, headers=dict(answer.headers))
        self.response.headers["Idempotent-Replayed"] = "true"


@dataclass(frozen=True)
class Claimed:
    """The first request with its key, and the savepoint at which it had done nothing yet."""

    row: int
    savepoint: str

    def settle(self, response: Response, shown_once: Sequence[str] = ()) -> None:
        """Keep an answer that stays true: what succeeded, and what was wrong with the request itself.

        What had only not happened yet is not kept: a clock that runs ahead would make it fail for ever.
        Fields that are ``shown_once`` are kept as null: no secret lies about in an old answer.
        """
        if getattr(response, "passes", False):
            return
        if response.status_code in KEPT_REFUSALS:
            transaction.savepoint_rollback(self.savepoint)
            response.keep_writes = True
        elif response.status_code >= 300:
            return
        response.render()
        headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
        body = _without(response, shown_once)
        idempotency.keep(self.row, idempotency.Answer(response.status_code, headers, body))


def _without(response: Response, shown_once: Sequence[str]) -> bytes:
    hidden = {name: None for name in shown_once if name in (response.data or ())}
    return json.dumps({**response.data, **hidden}).encode() if hidden else response.content


def claim(request: Request, digest: Callable[[Request], str]) -> Claimed | None:
    """Take the request's key, if it has one. Raises Replayed, KeyReused, ValidationError.

    ``digest`` says what was asked, as SHA-256.
    """
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if not SANE.fullmatch(key):
        raise ValidationError({HEADER: ["1 to 255 visible ASCII characters, such as a UUID"]})
    found = idempotency.claim(key=key, digest=digest(request), by=acting(request))
    if isinstance(found, idempotency.Answer):
        raise Replayed(found)
    return Claimed(found, transaction.savepoint())


def digest(request: Request) -> str:
    """What was asked: the method, the address and the body, byte for byte."""
    asked = f"{request.method} {request.get_full_path()}\n".encode() + request._request.body
    return hashlib.sha256(asked).hexdigest()


class OneEffect(Answers, APIView):
    """A view of ours: its POST takes an idempotency key, and nobody on the way keeps its answers.

    ``has_version`` says whether what it acts on has an ETag. A view that has none refuses to be held to one.
    """

    has_version = True
    claimed: Claimed | None = None
    shown_once: tuple[str, ...] = ()
    digest = staticmethod(digest)

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        """Authentication and scope first: an answer is given again to whoever may have it still."""
        super().initial(request, *args, **kwargs)
        if not self.has_version and request.method not in SAFE_METHODS:
            etags.refuse(request)
        if request.method == "POST":
            self.claimed = claim(request, self.digest)

    def handle_exception(self, exc: Exception) -> HttpResponse:
        """A replay is an answer like any other."""
        return exc.response if isinstance(exc, Replayed) else super().handle_exception(exc)

    def finalize_response(
        self, request: Request, response: HttpResponse, *args: object, **kwargs: object
    ) -> HttpResponse:
        """The answer, kept for the next time."""
        final = super().finalize_response(request, response, *args, **kwargs)
        final.headers.setdefault("Cache-Control", "no-store")
        if self.claimed:
            self.claimed.settle(final, self.shown_once)
        return final
