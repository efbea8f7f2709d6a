"""What the API makes of the request's Actor: signed in or not, within its scopes or not.

REST framework's settings name these classes, so it imports this module while it is still
being imported itself: nothing here may ask for its views.
"""

from dataclasses import dataclass

from django.contrib.auth.base_user import AbstractBaseUser
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from agencies.acting import Actor


@dataclass(frozen=True)
class ClientUser:
    """What stands in for a user when a program calls."""

    pk: str
    username: str
    is_active: bool = True
    is_authenticated: bool = True
    is_anonymous: bool = False
    is_staff: bool = False


class ActorAuthentication(SessionAuthentication):
    """The Actor that the middleware found; a browser's writes need the CSRF token besides."""

    def authenticate(self, request: Request) -> tuple[AbstractBaseUser | ClientUser, Actor | None] | None:
        """The user and the Actor; a person who acts for nobody has no Actor."""
        asked = request._request
        if not hasattr(asked, "actor"):  # the schema is drawn without the middleware
            return None
        if asked.bearer_error:
            raise AuthenticationFailed("the bearer token is unknown, expired or revoked")
        actor = asked.actor
        if actor is not None and actor.client_id is not None:
            return ClientUser(f"client:{actor.client_id}", actor.client_name), actor
        if not asked.user.is_authenticated:
            return None
        self.enforce_csrf(request)
        return asked.user, actor

    def authenticate_header(self, request: Request) -> str:
        """How to ask properly (RFC 6750, section 3)."""
        error = request._request.bearer_error
        return 'Bearer realm="api"' + (f', error="{error}"' if error else "")


class HasScope(BasePermission):
    """Whether the Actor has one of the scopes that the view names for reading or writing.

    A view that names none is closed: ``scopes_to_read``, ``scopes_to_write``. One for
    ``people_only`` takes no token.
    """

    message = ""

    def has_permission(self, request: Request, view: object) -> bool:
        """One of them is enough. What is missing is said by name."""
        reads = request.method in SAFE_METHODS
        enough = getattr(view, "scopes_to_read" if reads else "scopes_to_write", ())
        if request.auth is None:
            self.message = "you act for no agency: choose the membership that you act as"
            return False
        if getattr(view, "people_only", False):
            if request.auth.membership_id is None:
                self.message = "a person does this, who signs in: no token is enough"
                return False
            return True
        self.message = f"your token lacks the scope {' or '.join(enough) or 'for this'}"
        return not request.auth.scopes.isdisjoint(enough)


class WithinAllowance(BaseThrottle):
    """Whether the caller has asked for no more than it may in this minute; counted by the middleware."""

    def allow_request(self, request: Request, view: object) -> bool:
        """Whoever is nobody in particular is not counted, and gets no further than the sign-in."""
        spent = getattr(request._request, "allowance", None)
        self.reset = spent.reset if spent else None
        return spent is None or not spent.is_spent

    def wait(self) -> float | None:
        """Seconds until the next minute."""
        return self.reset


def acting(request: Request) -> Actor:
    """The Actor of a request that passed ``HasScope``."""
    return request.auth
