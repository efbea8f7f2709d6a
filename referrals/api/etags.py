"""Versions as HTTP has them: what one read is in ``ETag``, what one acts on is in ``If-Match``.

A tag stands for the version of the row. What passes with time alone (whether a clock is breached)
does not change it: an act is refused when somebody else has acted, not because a minute has passed.
"""

import re

from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from referrals.domain.errors import Stale

TAG = re.compile(r'(?:W/)?"([^"]*)"')
NO_VERSION = 0


def tag(version: int) -> str:
    """The version as an entity tag."""
    return f'"{version}"'


def wanted(request: Request, present: int) -> int | None:
    """The version that the caller acts on, for the service to compare under its lock. None: whatever it is.

    ``present`` is the version as it was read just now, for a caller who names several. Raises ValidationError
    for what is no entity tag.
    """
    said = request.headers.get("If-Match")
    if said is None or said.strip() == "*":
        return None
    if not TAG.search(said):
        raise ValidationError({"If-Match": ['send the ETag as you were given it, with its quotes: "2"']})
    named = {int(each) for each in TAG.findall(said) if each.isascii() and each.isdigit() and len(each) < 10}
    return present if present in named else next(iter(named), NO_VERSION)


def refuse(request: Request) -> None:
    """For what has no ETag: whatever version is named, it is not the present one.

    Raises Stale, and ValidationError for what is no entity tag.
    """
    if wanted(request, NO_VERSION) is not None:
        raise Stale("this has no ETag, so no version of it can be named: leave If-Match out")
