"""What every page's frame shows: who acts, where to go, what waits. Asked for only by pages that show it."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from agencies.roles import AgencyKind
from referrals.screens.door import TRACKER, WORKLIST, door_of
from referrals.screens.unseen import unseen

PLACES = (
    ("tracker:list", "Referrals"),
    ("tracker:missing", "Missing"),
    ("tracker:new", "New referral"),
    ("tracker:places", "Places of safety"),
    ("tracker:inbox", "Messages"),
)
SELDOM = (
    ("tracker:agreements", "Agreements"),
    ("tracker:policies", "Police policies"),
    ("tracker:rota", "Rota"),
    ("tracker:teams", "Teams"),
    ("tracker:reach", "How I am reached"),
    ("tracker:measures", "Measures"),
)
RECORDS = ("worklist:records", "Records")
DECIDES = (
    ("tracker:decide", "Police needed?"),
    ("tracker:decisions", "Decisions"),
    ("tracker:detain", "Detained"),
)
BEGINS = ("tracker:new", "tracker:decide", "tracker:detain")  # an auditor begins nothing
FIRST = {TRACKER: ("tracker:home", "Now"), WORKLIST: ("worklist:home", "Worklist")}


def shell(request: HttpRequest) -> dict[str, Any]:
    """The frame's part of a template's context; its queries run when the template asks."""
    told: dict[str, Any] = {"service_desk": settings.SERVICE_DESK}
    if not getattr(request, "user", None) or not request.user.is_authenticated:
        return told
    return {
        **told,
        "session_ends": True,
        "several_memberships": len(getattr(request, "memberships", ())) > 1,
        "acting_for": _acting_for(request),
        "navigation": lambda: _navigation(request),
        "seldom": lambda: _links(request, SELDOM + ((RECORDS,) if request.user.is_staff else ())),
    }


def _acting_for(request: HttpRequest) -> str:
    actor = getattr(request, "actor", None)
    chosen = getattr(request, "memberships", {}).get(actor.membership_id) if actor else None
    return str(chosen.team or chosen.agency) if chosen else ""


def _navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """A person's first page, and the places where they work."""
    decides = request.actor is not None and request.actor.agency_kind == AgencyKind.POLICE
    places = (FIRST[door_of(request)], *(DECIDES if decides else ()), *PLACES)
    if request.actor is not None and request.actor.only_reads:
        places = tuple(each for each in places if each[0] not in BEGINS)
    items = _links(request, places)
    items[-1] |= {"count": unseen(request.actor), "count_of": "not seen yet"}
    return items


@cache
def _address(name: str) -> str:
    return reverse(name)


def _links(request: HttpRequest, places: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
    named = [(_address(name), text) for name, text in places]
    return [{"address": to, "text": text, "here": to == request.path} for to, text in named]
