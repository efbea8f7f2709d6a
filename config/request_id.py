"""Every request has an id: in its answer, and in every line logged on its behalf."""

import re
import time
from collections.abc import Callable

import structlog
import uuid_utils
from django.http import HttpRequest, HttpResponseBase

HEADER, CORRELATION = "X-Request-ID", "X-Correlation-ID"
SANE = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}", re.ASCII)

log = structlog.get_logger("request")


def request_id(offered: str) -> str:
    """The caller's id if it is one that a log can hold, else a new one."""
    return offered if SANE.fullmatch(offered) else str(uuid_utils.uuid7())


def correlation(offered: str) -> dict[str, str]:
    """The id of a whole exchange, if the caller sends one that a log can hold: kept, and given back."""
    return {"correlation_id": offered} if SANE.fullmatch(offered) else {}


class RequestIdMiddleware:
    """Outermost: gives the request its id and logs one line when it has been answered.

    The line holds the path and not the query, which may hold a person's details; and the case's reference,
    where the request did something to a case.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        structlog.contextvars.clear_contextvars()  # whatever the request before left in this thread
        request.request_id = request_id(request.headers.get(HEADER, ""))
        started = time.perf_counter()
        ids = {"request_id": request.request_id, **correlation(request.headers.get(CORRELATION, ""))}
        with structlog.contextvars.bound_contextvars(**ids):
            response = self.get_response(request)
            response.headers[HEADER] = request.request_id
            if "correlation_id" in ids:
                response.headers[CORRELATION] = ids["correlation_id"]
            log.info(
                "answered",
                method=request.method,
                path=request.path,
                status=response.status_code,
                ms=round((time.perf_counter() - started) * 1000),
            )
        return response
