"""Which version of the API answered, and whether what was asked for is on its way out."""

import re
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.http import http_date

from referrals.api.deprecations import DEPRECATED

BELOW = "/api/"
ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>")


class ApiVersion:
    """Says ``API-Version`` in every answer, ``Deprecation`` (RFC 9745) and ``Sunset`` (RFC 8594) in some."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.path_info.startswith(BELOW):
            response.headers["API-Version"] = settings.SPECTACULAR_SETTINGS["VERSION"]
            self._warn(request, response)
        return response

    def _warn(self, request: HttpRequest, response: HttpResponse) -> None:
        found = request.resolver_match and DEPRECATED.get((request.method or "", template(request)))
        if found:
            response.headers["Deprecation"] = f"@{int(found.since.timestamp())}"
            response.headers["Sunset"] = http_date(found.until.timestamp())
            response.headers["Link"] = f'<{found.instead}>; rel="successor-version"'


def template(request: HttpRequest) -> str:
    """The address as the OpenAPI document writes it."""
    route = request.resolver_match.route if request.resolver_match else ""
    return "/" + ARGUMENT.sub(lambda found: "{" + found[1].replace("pk", "id") + "}", route)
