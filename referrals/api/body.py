"""What a body says, and who does it: every view that writes begins here."""

from typing import Any

from rest_framework.request import Request

from agencies.acting import Actor
from agencies.api.authentication import acting
from referrals.api.fields import StrictSerializer, named


def said(
    shape: type[StrictSerializer], request: Request, *, person: str = "by"
) -> tuple[dict[str, Any], Actor]:
    """What the body says, without the person named in it, and the Actor as whom that person acts.

    Raises ValidationError for what does not fit the shape.
    """
    given = shape(data=request.data)
    given.is_valid(raise_exception=True)
    words = {**given.validated_data}
    return words, acting(request).asserting(named(words.pop(person, None)))
