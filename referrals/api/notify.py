"""What GOV.UK Notify calls: receipts of what it delivered, and texts that people sent back.

Notify does not sign its callbacks: it presents the bearer token that we gave it, over TLS, and nothing in
the request proves that its body is Notify's (https://docs.notifications.service.gov.uk/python.html#callbacks).
So a token is compared in constant time, what is claimed is judged against what we sent, and the worst that a
stolen token can do is to say that a message failed or arrived. Everything well-formed is answered alike:
nobody learns which references or numbers we know.
"""

import json
import re
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.crypto import constant_time_compare
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from notifications.services import receipts
from referrals.services import typed_code

BIGGEST = 20_000  # bytes; the longest text is 918 characters
NUMBER = re.compile(r"\+?[0-9]{3,15}")
SHORT = 40


@method_decorator(csrf_exempt, name="dispatch")
class Callback(View):
    """One POST by Notify. What fails is sent again every five minutes, five times."""

    http_method_names = ["post"]

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        """401 without the token, whatever is asked; nobody's, while there is none."""
        token = settings.NOTIFY_CALLBACK_TOKEN
        presented = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if not token or not constant_time_compare(presented.encode(), token.encode()):
            return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
        return super().dispatch(request, *args, **kwargs)

    def post(self, request: HttpRequest) -> HttpResponse:
        """204; 400 for what Notify would not send."""
        said = _object(request)
        return HttpResponse(status=204 if said is not None and self.take_in(said) else 400)

    def take_in(self, said: dict[str, Any]) -> bool:
        """Keep it; whether it is what it should be."""
        raise NotImplementedError


class Receipts(Callback):
    """Delivered, or not."""

    def take_in(self, said: dict[str, Any]) -> bool:
        """A receipt without a reference is of something that we did not send."""
        names = ("id", "reference", "status")
        told = {name: said.get(name) or "" for name in names}
        if not _short(told["id"]) or not all(isinstance(each, str) for each in told.values()):
            return False
        if _short(told["reference"]):
            receipts.take_in(provider_id=told["id"], reference=told["reference"], status=told["status"])
        return True


class Texts(Callback):
    """Somebody answered."""

    def take_in(self, said: dict[str, Any]) -> bool:
        """Of the text only a code is kept."""
        key, number, text = said.get("id"), said.get("source_number"), said.get("message")
        if not _short(key) or not isinstance(number, str) or not isinstance(text, str):
            return False
        if NUMBER.fullmatch(number):  # an alphanumeric sender is nobody's phone
            typed_code.take_in(provider_id=key, number=f"+{number.lstrip('+')}", text=text)
        return True


def _short(said: object) -> bool:
    return isinstance(said, str) and 0 < len(said) <= SHORT and "\0" not in said


def _object(request: HttpRequest) -> dict[str, Any] | None:
    """The JSON object of the body, if it is one and no larger than any that Notify sends."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > BIGGEST:
        return None
    try:
        said = json.loads(request.body)
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None
