"""Which addresses our servers may call for a partner: those of the public internet, and no others.

Whoever may name an address to be called must not thereby reach what stands behind our own walls. A name
is resolved once, every address it has is judged, and the connection goes to an address that was judged: what
the name means a moment later does not matter (DNS rebinding). Redirects are not followed at all.
"""

import socket
import threading
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from django.conf import settings

# What Python counts as global and is nobody's own address, or leads on to another one.
NOT_OURS_TO_CALL_4 = [IPv4Network(net) for net in ("192.0.0.0/24", "192.88.99.0/24", "224.0.0.0/3")]
PUBLIC_6 = IPv6Network("2000::/3")
NOT_OURS_TO_CALL_6 = [
    IPv6Network(net)
    for net in (
        "2001::/23",  # Teredo and other special purposes
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: holds an IPv4 address
        "3fff::/20",  # documentation
    )
]


class NotPublic(Exception):
    """The address is not one that a partner may have us call."""


class NotFound(Exception):
    """The name has no address, or its servers do not answer."""


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether anybody on the internet could call it. IPv4 inside IPv6 (mapped, NAT64, 6to4) is refused."""
    if isinstance(address, IPv4Address):
        return address.is_global and not any(address in net for net in NOT_OURS_TO_CALL_4)
    inside = address in PUBLIC_6 and address.scope_id is None
    return inside and address.is_global and not any(address in net for net in NOT_OURS_TO_CALL_6)


def may_be_called(address: IPv4Address | IPv6Address) -> bool:
    """Public; or this machine itself, where the settings allow that for tests and the demonstration."""
    here = settings.WEBHOOKS_MAY_REACH_LOOPBACK and address.is_loopback
    return here or is_public(address)


def addresses_of(host: str, port: int, *, time_out: float) -> list[str]:
    """Addresses to connect to, IPv4 first. Raises NotFound; NotPublic if any is not to be called."""
    found = {ip_address(line[4][0]) for line in _resolved(host, port, time_out)}
    if not all(map(may_be_called, found)):
        raise NotPublic
    return [str(each) for each in sorted(found, key=lambda each: (each.version, each))]


def _resolved(host: str, port: int, time_out: float) -> list[tuple]:
    """What the resolver says, within the time: it cannot be hurried, but it can be left behind."""
    told: list[list[tuple]] = []

    def ask() -> None:
        try:
            told.append(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError, ValueError):
            told.append([])

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(time_out)
    if not told or not told[0]:
        raise NotFound
    return told[0]
