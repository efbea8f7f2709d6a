"""One POST of one document to a partner: to an address that was judged, within a time, no further."""

import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from http.client import HTTPConnection
from urllib.parse import SplitResult, urlsplit

from notifications.channels.outside import addresses_of

OURS = {"User-Agent": "rcrp-webhooks/1", "Content-Type": "application/json"}
PORTS = {"https": 443, "http": 80}


class Late(Exception):
    """The receiver took longer than it may."""


class Judged(HTTPConnection):
    """A connection to an address that was judged, under the name that it was asked by."""

    def __init__(self, url: SplitResult, addresses: list[str], time_out: float) -> None:
        super().__init__(url.hostname or "", url.port or PORTS[url.scheme], timeout=time_out)
        self.url, self.addresses = url, addresses

    def connect(self) -> None:
        """To one of those and no other, whatever the name means now."""
        self.sock = self._first_that_answers()
        if self.url.scheme == "https":
            self.sock = _tls().wrap_socket(self.sock, server_hostname=self.host)

    def _first_that_answers(self) -> socket.socket:
        """All of them have one time-out together: each an equal share of what those before it left."""
        until, failed = time.monotonic() + self.timeout, TimeoutError("there was no time to connect")
        for tried, address in enumerate(self.addresses):
            left = until - time.monotonic()
            if left <= 0:
                break
            try:
                line = socket.create_connection((address, self.port), left / (len(self.addresses) - tried))
            except OSError as problem:
                failed = problem
            else:
                line.settimeout(left)
                return line
        raise failed


@cache
def _tls() -> ssl.SSLContext:
    """Certificates are verified against the machine's own authorities."""
    return ssl.create_default_context()


def post(url: str, body: bytes, headers: Mapping[str, str], time_out: float) -> int:
    """Send it; the status of the answer, of which nothing else is read. A redirect is an answer.

    Raises whatever went wrong. However slowly the receiver trickles, it ends within about ``time_out``.
    """
    split, until = urlsplit(url), time.monotonic() + time_out
    addresses = addresses_of(split.hostname or "", split.port or PORTS[split.scheme], time_out=time_out)
    line = Judged(split, addresses, max(0.1, until - time.monotonic()))
    with _closed_at(line, until) as late:
        try:
            target = (split.path or "/") + (f"?{split.query}" if split.query else "")
            line.request("POST", target, body, {**OURS, **headers})
            return line.getresponse().status
        except Exception as wrong:
            if late.is_set():
                raise Late from wrong
            raise


@contextmanager
def _closed_at(line: HTTPConnection, until: float) -> Iterator[threading.Event]:
    """Cuts the line when the time is over: a time-out of the socket's own begins anew with every byte."""
    late = threading.Event()

    def cut() -> None:
        late.set()
        if line.sock is not None:
            line.sock.shutdown(socket.SHUT_RDWR)

    watch = threading.Timer(max(0.0, until - time.monotonic()), cut)
    watch.daemon = True
    watch.start()
    try:
        yield late
    finally:
        watch.cancel()
        line.close()
