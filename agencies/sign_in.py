"""Signing in and out, and failing to, in the audit log.

django-axes already hears of each, whichever door was used, and counts the failures:
its handler is the one place that misses none.
"""

from ipaddress import ip_address

from axes.handlers.database import AxesDatabaseHandler
from django.conf import settings
from django.http import HttpRequest

from agencies import audit
from agencies.acting import acting_for, member, memberships
from agencies.models import User


def address(request: HttpRequest) -> str:
    """Where the request came from, as the outermost of our own proxies saw it.

    Each proxy adds whom it was asked by at the right of ``X-Forwarded-For``. What stands further left was
    sent by whoever asked, who may write there what they like. Without so many entries, or with one that is
    no address, it is whoever asked this process.
    """
    nearest = request.META.get("REMOTE_ADDR", "")
    passed = [each.strip() for each in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    proxies = settings.TRUSTED_PROXIES
    if not 0 < proxies <= len(passed):
        return nearest
    try:
        return str(ip_address(passed[-proxies]))
    except ValueError:
        return nearest


class AuditedHandler(AxesDatabaseHandler):
    """Counts failed sign-ins as axes does, and writes an audit line for each attempt."""

    def user_logged_in(self, sender: type, request: HttpRequest, user: User, **kwargs: object) -> None:
        """A person came in."""
        super().user_logged_in(sender, request, user, **kwargs)
        _record("sign_in", request, user, known=True)

    def user_logged_out(
        self, sender: type, request: HttpRequest, user: User | None, **kwargs: object
    ) -> None:
        """A person went out."""
        super().user_logged_out(sender, request, user, **kwargs)
        if user is not None:
            _record("sign_out", request, user, known=True)

    def user_login_failed(
        self,
        sender: str,
        credentials: dict[str, str],
        request: HttpRequest | None = None,
        **kwargs: object,
    ) -> None:
        """Somebody tried: whether it was the person whose name they gave, nobody knows."""
        super().user_login_failed(sender, credentials, request, **kwargs)
        named = User.objects.filter(username=credentials.get("username")).first()
        if request is not None:
            _record("sign_in.failed", request, named, known=False)


def _record(action: str, request: HttpRequest, user: User | None, *, known: bool) -> None:
    """One line for each agency that the person works for, so that each can look.

    A name that nobody here has is not kept: people type passwords into that field.
    """
    data = {"address": request.axes_ip_address, "locked_out": request.axes_locked_out}
    held = {} if user is None else {m.agency_id: m for m in memberships(user)}
    target = {"target_label": "user" if user else "", "target_id": user.pk if user else ""}
    for agency_id, membership in held.items():
        with acting_for(agency_id):
            by = member(membership) if known else None
            audit.record(action=action, by=by, agency_id=agency_id, data=data, **target)
    if not held:
        audit.record(action=action, by=None, data=data, **target)
