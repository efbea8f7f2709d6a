"""The outside heartbeat: an address that is called once a minute while the engine works, and not otherwise.

Whoever listens there needs nothing of this system to notice that it has stopped.
"""

from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import urlsplit

import structlog
from django.conf import settings

TURN = 55  # seconds during which one call is enough, whichever node made it
PATIENCE = 3  # seconds

log = structlog.get_logger("outside")


def call_if_well() -> None:
    """Call, if an address was given, the engine works, and nobody has called within the minute."""
    from referrals.reporting import alive
    from referrals.services import heartbeat

    if not settings.OUTSIDE_HEARTBEAT_URL:
        return
    if wrong := alive.engine_trouble():
        log.error("not heard outside: the engine is not well", wrong=wrong)
        return
    if heartbeat.my_turn("outside", seconds=TURN):
        call(settings.OUTSIDE_HEARTBEAT_URL)


def call(address: str) -> None:
    """One GET, without redirects. That nobody answers is logged and changes nothing."""
    parts = urlsplit(address)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    line = kind(parts.hostname or "", parts.port, timeout=PATIENCE)
    try:
        line.request("GET", f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}")
        status = line.getresponse().status
    except (OSError, HTTPException) as wrong:
        log.warning("nobody answers outside", trouble=type(wrong).__name__)
    else:
        if status >= HTTPStatus.MULTIPLE_CHOICES:
            log.warning("nobody listens outside", status=status)
    finally:
        line.close()
