"""The feed over HTTP: everything that happened in an agency's cases, in one order, nothing skipped."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from operator import itemgetter
from typing import Any

from django.conf import settings
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.exceptions import NotAuthenticated, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from agencies.acting import Actor, acting_for, still_acts
from agencies.api.authentication import acting
from referrals.api import shapes
from referrals.api.event_types import unknown
from referrals.api.filtering import refuse_unknown
from referrals.api.idempotency import OneEffect
from referrals.api.paging import limit_of
from referrals.models import Event, Feed
from referrals.reporting.event import tell
from referrals.services import feed

LONGEST_WAIT = 20  # seconds
BETWEEN_LOOKS = 0.25  # seconds
MOST, DEFAULT = 500, 100
SCANNED = 2_000  # events in one look that is filtered by type
AFTER = OpenApiParameter("after", int, description="next_after of the last answer; 0 at first.")
TYPE = OpenApiParameter("type", str, many=True, explode=True, description="Only events of these types.")
MOST_EVENTS = OpenApiParameter(
    "limit", {"type": "integer", "minimum": 1, "maximum": MOST, "default": DEFAULT}, description="How many."
)
WAIT = OpenApiParameter(
    "wait",
    {"type": "integer", "minimum": 0, "maximum": LONGEST_WAIT, "default": 0},
    description="Seconds to wait for something to happen.",
)
PARAMETERS = ("after", "type", "limit", "wait")


@dataclass(frozen=True)
class Asked:
    """What a reader wants to know: what came after a position, of these types if any are named."""

    after: int
    types: tuple[str, ...]
    limit: int
    wait: float

    @classmethod
    def of(cls, request: Request) -> "Asked":
        """Raises ValidationError naming the parameter that is wrong."""
        refuse_unknown(request, PARAMETERS)
        types = tuple(request.query_params.getlist("type"))
        if wrong := unknown(types):
            raise ValidationError({"type": wrong})
        return cls(
            after=_number(request, "after", 2**63 - 1),
            types=types,
            limit=limit_of(request, MOST, DEFAULT),
            wait=_number(request, "wait", LONGEST_WAIT),
        )


def _number(request: Request, name: str, most: int) -> int:
    text = request.query_params.get(name, "0")
    if not (text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= most):
        raise ValidationError({name: [f"a whole number from 0 to {most}"]})
    return int(text)


class EventView(OneEffect):
    """Events of the caller's cases, by the position at which the caller reads on.

    Each look is a short transaction of its own: a reader who waits holds none.
    """

    own_transactions = True
    scopes_to_read = ("events:read",)

    @extend_schema(responses=shapes.Feed, parameters=[AFTER, TYPE, MOST_EVENTS, WAIT])
    def get(self, request: Request) -> Response:
        """What came after a position. With ``wait``, answered as soon as there is something.

        Whoever loses access while they wait is told that, and nothing else.
        """
        asked, actor = Asked.of(request), acting(request)
        until = time.monotonic() + asked.wait
        found = look(asked, actor)
        with place_to_wait(wanted=asked.wait > 0 and not found.results) as may_wait:
            while may_wait and not found.results and time.monotonic() < until:
                if found.caught_up:
                    time.sleep(min(BETWEEN_LOOKS, max(0.0, until - time.monotonic())))
                found = look(replace(asked, after=found.next_after), actor)
                if not still_acts(request._request):
                    raise NotAuthenticated("your access has ended")
        return Response({"results": found.results, "next_after": found.next_after})


@dataclass(frozen=True)
class Found:
    """What one look found, where to read on, and whether that is the end of what there is now."""

    results: list[dict[str, Any]]
    next_after: int
    caught_up: bool


def look(asked: Asked, actor: Actor) -> Found:
    """One look at so many events; those not asked for, and those of cases left since, are passed over."""
    feed.number_events()
    most = SCANNED if asked.types else asked.limit
    with acting_for(actor.agency_id):
        mine = Feed.objects.visible_to(actor).filter(position__gt=asked.after).order_by("position")
        positions = {event: position for position, event in mine.values_list("position", "event_id")[:most]}
        told = _tell(positions, asked, actor)
    end = max(positions.values(), default=asked.after)
    if len(told) > asked.limit:
        told = told[: asked.limit]
        return Found(told, told[-1]["sequence"], caught_up=False)
    return Found(told, end, caught_up=len(positions) < most)


def _tell(positions: dict[int, int], asked: Asked, actor: Actor) -> list[dict[str, Any]]:
    events = Event.objects.visible_to(actor).filter(pk__in=list(positions))
    if asked.types:
        events = events.filter(type__in=asked.types)
    told = tell(events, actor) if positions else []
    for event in told:
        event["sequence"] = positions[event["id"]]
    return sorted(told, key=itemgetter("sequence"))


@cache
def _places() -> threading.BoundedSemaphore:
    """A quarter of this process's threads may wait; the others answer."""
    return threading.BoundedSemaphore(max(1, settings.WEB_THREADS // 4))


@contextmanager
def place_to_wait(*, wanted: bool) -> Iterator[bool]:
    """Whether there is a place. Beyond the last one a reader is answered at once."""
    places = _places()
    if not wanted or not places.acquire(blocking=False):
        yield False
        return
    try:
        yield True
    finally:
        places.release()
