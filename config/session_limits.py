"""A session ends after half an hour without use, and after twelve hours whatever happens.

A page that refreshes itself is not use: its requests carry ``X-Quiet``. What somebody has typed and not
sent is kept in it, and beyond its end, for that person alone: the next user of a shared computer never
sees it, and signing out throws it away. Passwords, codes of texts and files are never kept.
"""

import contextlib
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.urls import Resolver404, resolve

BEGAN, USED, KEPT = "began_at", "used_at", "kept"
NOTED_EVERY = 30  # seconds; a session's row is not written at each request
QUIET = "X-Quiet"
PROGRAMS = ("/api/", "/fhir/", "/mait/")  # told in their own way, as 401
PASSWORDS = ("password", "password1", "password2", "old_password", "new_password1", "new_password2")
NEVER_KEPT = ("csrfmiddlewaretoken", "code", *PASSWORDS)  # secrets
MOST_KEPT = 20_000  # characters of one form
MOST_FORMS = 5

ENDED = {
    "idle": "You were signed out because nothing was typed or pressed for 30 minutes. "
    "Sign in to go on where you were.",
    "long": "You were signed out because 12 hours have passed. Sign in to go on where you were.",
}


class SessionLimits:
    """Ends sessions that are too old or were left alone, before anything is done in them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return self.get_response(request)
        now = int(time.time())
        over = ended(request, now)
        if over and request.path.startswith(PROGRAMS):
            logout(request)  # the API says so in its own way, as 401
        elif over:
            return end(request, over)
        note(request, now)
        request.kept = lambda: kept(request)
        request.begun = lambda: begun(request)
        request.is_kept_as_a_draft = lambda path: forget(request, path)
        response = self.get_response(request)
        if request.method == "POST" and response.status_code == 302 and _is_kept(request):
            forget(request, request.path)  # it has been sent
        return response


def _is_kept(request: HttpRequest) -> bool:
    return request.path in (request.session.get(KEPT) or {"forms": ()})["forms"]


def left(request: HttpRequest, now: int) -> int:
    """Seconds until the session ends by itself."""
    return min(_ends(request, now).values()) - now


def limit(request: HttpRequest, now: int) -> str:
    """Which end comes first: ``idle``, which using it puts off, or ``long``, which nothing does."""
    ends = _ends(request, now)
    return "long" if ends["long"] <= ends["idle"] else "idle"


def _ends(request: HttpRequest, now: int) -> dict[str, int]:
    began, used = request.session.get(BEGAN, now), request.session.get(USED, now)
    return {"long": began + settings.SESSION_COOKIE_AGE, "idle": used + settings.SESSION_IDLE_AGE}


def ended(request: HttpRequest, now: int) -> str:
    """Why the session is over, or nothing."""
    if now >= request.session.get(BEGAN, now) + settings.SESSION_COOKIE_AGE:
        return "long"
    return "idle" if left(request, now) <= 0 else ""


def note(request: HttpRequest, now: int) -> None:
    """Note the session's use. Looking at the clock is not use."""
    request.session.setdefault(BEGAN, now)
    quiet = QUIET in request.headers and USED in request.session
    if not quiet and now - request.session.get(USED, 0) >= NOTED_EVERY:
        request.session[USED] = now


def end(request: HttpRequest, why: str) -> HttpResponse:
    """Sign out, and keep what was typed for the same person."""
    sent = keep(request, request.path) if request.method == "POST" and not _about_typing(request) else False
    typed = request.session.get(KEPT)
    logout(request)
    if typed:
        request.session[KEPT] = typed
    shown = sent and _can_be_looked_at(request.path)
    where = request.path if shown else request.get_full_path() if request.method == "GET" else "/"
    if where.startswith(resolve_url("session")) or QUIET in request.headers:
        where = "/"
    login = f"{resolve_url(settings.LOGIN_URL)}?{urlencode({'ended': why, 'next': where})}"
    if "HX-Request" in request.headers or QUIET in request.headers:
        return HttpResponse(status=401, headers={"HX-Redirect": login})
    return redirect(login)


def _can_be_looked_at(path: str) -> bool:
    """Whether the address shows something, or only takes something in."""
    with contextlib.suppress(Resolver404):
        view = getattr(resolve(path).func, "view_class", None)
        return view is None or ("get" in view.http_method_names and hasattr(view, "get"))
    return False


def _about_typing(request: HttpRequest) -> bool:
    """Whether a page itself tells what somebody is typing, or that they are there: no form was sent."""
    return request.path in (resolve_url("session"), resolve_url("typed"))


def keep(request: HttpRequest, path: str) -> bool:
    """Keep what the form at this address holds, for this person. Says whether it could be kept."""
    fields = {name: values for name, values in request.POST.lists() if name not in NEVER_KEPT}
    if sum(len(each) for values in fields.values() for each in values) > MOST_KEPT:
        return False
    found = request.session.get(KEPT) or {"user": request.user.pk, "forms": {}}
    others = {other: typed for other, typed in found["forms"].items() if other != path}
    newest = dict(list(others.items())[1 - MOST_FORMS :]) | {path: fields}
    typed = {**found.get("typed", {}), path: [int(time.time()), request.session.get(BEGAN)]}
    request.session[KEPT] = {
        "user": request.user.pk,
        "forms": newest,
        "typed": {each: typed[each] for each in newest if each in typed},
    }
    return True


class Begun(NamedTuple):
    """When a form was begun here and not sent (UTC), and whether in the session that goes on still."""

    at: datetime
    in_this_session: bool


def begun(request: HttpRequest) -> Begun | None:
    """Of what this person had typed at this address and not sent; None of nothing."""
    found = request.session.get(KEPT)
    typed = found["typed"].get(request.path) if found and "typed" in found else None
    if typed is None or found["user"] != request.user.pk:
        return None
    return Begun(datetime.fromtimestamp(typed[0], UTC), typed[1] == request.session.get(BEGAN))


def kept(request: HttpRequest) -> dict[str, list[str]]:
    """What this person had typed here and not sent; asked for once."""
    found = request.session.get(KEPT)
    if not found or request.path not in found["forms"]:
        return {}
    typed = found["forms"][request.path]
    forget(request, request.path)
    return typed if found["user"] == request.user.pk else {}


def forget(request: HttpRequest, path: str) -> None:
    """What was typed there has been asked for, or sent."""
    found = request.session.get(KEPT)
    if not found:
        return
    forms = {other: typed for other, typed in found["forms"].items() if other != path}
    if forms:
        typed = {other: when for other, when in found.get("typed", {}).items() if other in forms}
        request.session[KEPT] = {**found, "forms": forms, "typed": typed}
    else:
        del request.session[KEPT]


def forget_others(request: HttpRequest) -> None:
    """After a sign-in: what somebody else had typed is thrown away."""
    found = request.session.get(KEPT)
    if found and found["user"] != request.user.pk:
        del request.session[KEPT]
