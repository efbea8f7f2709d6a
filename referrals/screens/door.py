"""The two doors that people come in by: the worklist of NHS staff, in the admin, and the tracker."""

from django.http import HttpRequest

from agencies.roles import Audience

WORKLIST, TRACKER = "worklist", "tracker"


def home_of(request: HttpRequest) -> str:
    """Where a person belongs: health staff who may enter the admin in the worklist, others in the tracker."""
    actor = request.actor
    at_home = request.user.is_staff and actor is not None and actor.audience == Audience.HEALTH
    return WORKLIST if at_home else TRACKER


def door_of(request: HttpRequest) -> str:
    """Whose pages a link leads to: those of the worklist for who is in it, or belongs there."""
    here = request.resolver_match.namespace if request.resolver_match else ""
    return WORKLIST if here == WORKLIST else home_of(request)
