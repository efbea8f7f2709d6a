"""Addresses end with a slash. Who forgets it is sent on in the same way in which they came."""

from django.http import HttpResponsePermanentRedirect
from django.middleware.common import CommonMiddleware


class SameWay(HttpResponsePermanentRedirect):
    """308 (RFC 9110, 15.4.9): at a 301 programs turn a POST into a GET, and lose what they sent."""

    status_code = 308


class SlashMiddleware(CommonMiddleware):
    """Django's, which sends whatever has a body on with its method and its body."""

    response_redirect_class = SameWay
