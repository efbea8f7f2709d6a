"""What a person reads when a request fails: what happened, and whom to phone.

The pages are made without the request, so that none of them needs the database: it may be what failed.
"""

import sys
from collections.abc import Callable

from django.conf import settings
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from psycopg.errors import QueryCanceled

from config.session_limits import PROGRAMS
from referrals.api.errors import PROBLEMS, outside, problem
from referrals.fhir import outcome
from referrals.mait import view as mait

SAID = {
    400: (
        "This request could not be read",
        "The address or the form was not in a form that this system understands. Nothing was changed. "
        "Go back, check what you typed, and try again.",
    ),
    403: (
        "You cannot do this",
        "You are signed in, but this belongs to another agency or to somebody more senior. "
        "Nothing was changed.",
    ),
    404: (
        "There is no such page",
        "The address is mistyped, or it is a case that your agency is not, or no longer, a part of.",
    ),
    405: (
        "Nothing can be looked at here",
        "This address only takes what a form sends. Nothing was changed. "
        "Go back, or begin again from the first page.",
    ),
    503: (
        "This took too long",
        "There was more to find or to count than can be done at once. Nothing was changed. "
        "Go back, and ask for less: fewer days, or more of the name.",
    ),
    500: (
        "Something went wrong here",
        "The fault is ours and has been recorded. What you just did was not saved: "
        "go back, and your browser may still have what you typed.",
    ),
}
FORM_TOO_OLD = (
    "This form is too old to be sent",
    "You signed in or out since it was opened, or your browser refuses cookies. Nothing was changed. "
    "Go back, load the page again, and send it once more.",
)


def page(request: HttpRequest, status: int, said: tuple[str, str]) -> HttpResponse:
    """The page for one kind of failure; to a program, in its own protocol."""
    if request.path.startswith("/api/"):
        return problem(request, status)
    slug, headers = outside(status)
    if request.path.startswith("/mait/"):
        return mait.page(slug, headers)
    if request.path.startswith("/fhir/"):
        return outcome.page(request, slug, PROBLEMS[slug].meaning, headers)
    told = {
        "title": said[0],
        "said": said[1],
        "service_desk": settings.SERVICE_DESK,
        "request_id": getattr(request, "request_id", ""),
    }
    return HttpResponse(render_to_string("shell/error.html", told), status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400."""
    return page(request, 400, SAID[400])


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403."""
    return page(request, 403, SAID[403])


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404."""
    return page(request, 404, SAID[404])


def server_error(request: HttpRequest) -> HttpResponse:
    """500; or that what was asked for was stopped, because it took too long."""
    failed = sys.exception()
    stopped = isinstance(failed, OperationalError) and isinstance(failed.__cause__, QueryCanceled)
    if stopped and not request.path.startswith(PROGRAMS):
        return page(request, 503, SAID[503])
    return page(request, 500, SAID[500])


class NotAllowed:
    """Whoever looks at an address that only takes something in reads why, where Django would say nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = self.get_response(request)
        if answer.status_code != 405 or answer.content or request.path.startswith(PROGRAMS):
            return answer
        shown = page(request, 405, SAID[405])
        shown.headers["Allow"] = answer.headers["Allow"]
        return shown


def form_too_old(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form without the token that proves it came from a page of ours."""
    return page(request, 403, FORM_TOO_OLD)
