"""A fake of GOV.UK Notify on this machine, for its real client to talk to. It is not Notify.

It plays answers written down from Notify's public documentation and OpenAPI document
(github.com/alphagov/notifications-tech-docs, June 2026), and checks the token as Notify does. Nothing of it
was recorded from the live service, which none of these tests can reach.
"""

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID, uuid4

from notifications_python_client.authentication import decode_jwt_token

SERVICE, SECRET = "11111111-2222-4333-8444-555555555555", "66666666-7777-4888-8999-000000000000"
KEY = f"fake-{SERVICE}-{SECRET}"
TOKEN = "a-callback-token-of-32-characters-or-more"

# Refusals, as documented: the status, the kind, and a message that may change at any time.
REFUSALS = {
    400: ("ValidationError", "phone_number Not enough digits"),
    403: ("AuthError", "Invalid token: API key not found"),
    429: ("RateLimitError", "Exceeded rate limit for key type live of 3000 requests per 60 seconds"),
    500: ("Exception", "Internal server error"),
    503: ("Exception", "Service unavailable"),
}


@dataclass
class Fake:
    """What it took, and how it behaves: ``posts`` and ``gets`` are played first, one for each request.

    Each is a status of a refusal, a number of seconds (a float) to be silent before all goes well, or
    "forgets": the answer is 201 and nothing can be found afterwards. ``manner``, if given, says it for each
    POST instead. ``answered`` is called when a 201 has been written; ``answering`` before it is.
    """

    url: str = ""
    status: str = "sending"  # of what it has just taken
    took: list[dict[str, Any]] = field(default_factory=list)
    found: dict[str, dict[str, Any]] = field(default_factory=dict)  # by id
    asked: list[str] = field(default_factory=list)
    posts: list[int | float | str] = field(default_factory=list)
    gets: list[int | float | str] = field(default_factory=list)
    manner: Callable[[dict[str, Any]], int | float | str] | None = None
    answering: Callable[[dict[str, Any]], None] = lambda said: None
    answered: Callable[[dict[str, Any]], None] = lambda said: None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def references(self) -> list[str]:
        """Of everything it said 201 to, in order."""
        return [said["reference"] for said in self.took]

    def manner_of(self, said: dict[str, Any]) -> int | float | str:
        """How this POST is met."""
        if self.manner is not None:
            return self.manner(said)
        return self.posts.pop(0) if self.posts else ""

    def settle(self, status: str) -> None:
        """What it took has come to this."""
        for each in self.found.values():
            each["status"] = status

    def take(self, kind: str, said: dict[str, Any], manner: object) -> dict[str, Any]:
        """A new notification, as its POST is answered."""
        key = str(uuid4())
        uri = f"https://api.notifications.service.gov.uk/v2/notifications/{key}"
        template = {"id": said["template_id"], "version": 1, "uri": f"{uri}/template"}
        content = {"body": json.dumps(said["personalisation"])}
        made = {
            "id": key,
            "reference": said.get("reference"),
            "content": content,
            "uri": uri,
            "template": template,
        }
        with self.lock:
            self.took.append({**said, "id": key, "type": kind})
            if manner != "forgets":
                row = {"id": key, "reference": said.get("reference"), "type": kind, "status": self.status}
                self.found[key] = row
        return made


class Handler(BaseHTTPRequestHandler):
    """One request to the fake."""

    protocol_version = "HTTP/1.1"
    fake: Fake

    def do_POST(self) -> None:
        said = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        manner = self.fake.manner_of(said)
        kind = urlsplit(self.path).path.rpartition("/")[2]
        if self._turned_away(manner):
            return
        UUID(said["template_id"])
        made = self.fake.take(kind, said, manner)
        self.fake.answering(made)
        if isinstance(manner, float):
            time.sleep(manner)
        self._say(201, made)
        self.fake.answered(made)

    def do_GET(self) -> None:
        manner = self.fake.gets.pop(0) if self.fake.gets else ""
        self.fake.asked.append(self.path)
        if self._turned_away(manner):
            return
        split = urlsplit(self.path)
        *_, last = split.path.split("/")
        if last == "notifications":
            wanted = parse_qs(split.query)["reference"]
            rows = [each for each in self.fake.found.values() if each["reference"] in wanted]
            self._say(200, {"notifications": rows, "links": {"current": self.path}})
        elif last in self.fake.found:
            self._say(200, self.fake.found[last])
        else:
            self._refuse(404, "NoResultFound", "No result found")

    def _turned_away(self, manner: object) -> bool:
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        try:
            decode_jwt_token(token, SECRET)
        except Exception:  # whatever is wrong with a token
            self._refuse(403, *REFUSALS[403])
            return True
        if isinstance(manner, int):
            self._refuse(manner, *REFUSALS[manner])
            return True
        return False

    def _refuse(self, status: int, kind: str, message: str) -> None:
        self._say(status, {"status_code": status, "errors": [{"error": kind, "message": message}]})

    def _say(self, status: int, said: dict[str, Any]) -> None:
        body = json.dumps(said).encode()
        try:
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            self.wfile.flush()
        except OSError:  # whoever asked has gone
            self.close_connection = True

    def log_message(self, *args: object) -> None:
        """Nothing."""


class Server(ThreadingHTTPServer):
    """Whoever asks may be killed meanwhile: that is no trouble of the server's."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Only what is not somebody's going."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


@contextmanager
def notifying() -> Iterator[Fake]:
    """While it lasts, the fake listens."""
    fake = Fake()
    made = type("Handling", (Handler,), {"fake": fake})
    server = Server(("127.0.0.1", 0), made)
    fake.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()


def environment(fake: Fake) -> dict[str, str]:
    """The settings by which a process reaches it."""
    return {
        "NOTIFY_API_KEY": KEY,
        "NOTIFY_URL": fake.url,
        "NOTIFY_SMS_TEMPLATE": str(UUID(int=1)),
        "NOTIFY_EMAIL_TEMPLATE": str(UUID(int=2)),
        "NOTIFY_CALLBACK_TOKEN": TOKEN,
    }
