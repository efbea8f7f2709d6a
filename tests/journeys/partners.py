"""Partners' systems at the other end of the wire: real tokens, real HTTP, nothing but the public API."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx

from agencies.models import ApiClient
from tests.factories.world import World
from tests.live import LiveStack

SECRET = "letmein"  # the factories' own
PATIENCE = 30  # seconds
NURSE = {"name": "Amy Example", "role": "nurse in charge", "contact": "020 7946 0102"}
SERGEANT = {"name": "Pat Example", "role": "duty sergeant", "contact": "020 7946 0101"}
CLINICIAN = {"name": "Kim Example", "role": "duty clinician", "contact": "020 7946 0103"}
PERSON = {"police": SERGEANT, "ambulance": CLINICIAN}


class Partner:
    """One agency's system, which says for each act who does it."""

    def __init__(self, stack: LiveStack, town: World, name: str) -> None:
        with stack.django():
            client_id = ApiClient.objects.get(pk=getattr(town, name).client_id).client_id
        self.name, self.team = name, town.teams[name].code
        self.by = PERSON.get(name, NURSE)
        alone = httpx.Limits(max_keepalive_connections=0)  # a server may end an idle one as it is used
        self.http = httpx.Client(base_url=stack.base_url, timeout=PATIENCE, limits=alone)
        words = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": SECRET}
        token = self.http.post("/oauth/token/", data=words).raise_for_status().json()["access_token"]
        self.http.headers["Authorization"] = f"Bearer {token}"

    def get(self, path: str, **words: Any) -> Any:
        """What is there; an error is the test's."""
        answer = self.http.get(f"/api/v1{path}", params=words)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def send(self, path: str, body: dict[str, Any], **headers: str) -> httpx.Response:
        """Whatever comes of it."""
        return self.http.post(f"/api/v1{path}", json=body, headers=headers)

    def post(self, path: str, status: int = 200, **body: Any) -> Any:
        """What came of it, which is this status."""
        answer = self.send(path, {"by": self.by, **body})
        assert answer.status_code == status, answer.text
        return answer.json()

    def ask(self, to: "Partner", **changes: Any) -> dict[str, Any]:
        """A new referral, as it was made."""
        return self.post("/referrals/", 201, **asked(to, **changes))

    def move(self, referral: dict[str, Any], action: str, **words: Any) -> dict[str, Any]:
        """One step, by the named person; the referral as it stands then."""
        return self.post(f"/referrals/{referral['id']}/moves/", action=action, **words)

    def owner(self, referral: dict[str, Any], **words: str) -> dict[str, Any]:
        """Who is accountable for the referral's case, now or ``at`` an instant, and since when."""
        return self.get(f"/cases/{referral['case']['reference']}/accountability/", **words)

    def feed(self, after: int = 0, wait: int = 0) -> list[dict[str, Any]]:
        """All that there is after a position, page by page."""
        found: list[dict[str, Any]] = []
        while True:
            page = self.get("/events/", after=after, limit=500, wait=wait)
            found += page["results"]
            if page["next_after"] == after:
                return found
            after, wait = page["next_after"], 0

    def events(self, referral: dict[str, Any]) -> list[dict[str, Any]]:
        """Those of the referral's case."""
        return [each for each in self.feed() if each["case"] == referral["case"]["reference"]]

    def child(self, referral: dict[str, Any]) -> dict[str, Any]:
        """The referral that was made from this one."""
        listed = self.get("/referrals/", q=referral["case"]["reference"])["results"]
        return next(each for each in listed if each["parent"] == referral["id"])


def asked(to: Partner, **changes: Any) -> dict[str, Any]:
    """The body of an ask: a P2 welfare concern, unless changed."""
    plain = {
        "person": {"family_name": "EXAMPLE", "given_name": "Robin"},
        "category": "concern_for_welfare",
        "priority": "P2",
        "to_team": to.team,
        "summary": "Not seen since Tuesday; neighbour worried.",
        "location": {"text": "12 Example Street"},
    }
    return {name: value for name, value in {**plain, **changes}.items() if value is not None}


def until(look: Callable[[], Any]) -> Any:
    """What a look finds, as soon as it finds something."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if found := look():
            return found
        time.sleep(0.2)
    raise AssertionError(f"still nothing after {PATIENCE} seconds")


def in_order(events: list[dict[str, Any]]) -> Iterator[str]:
    """What is wrong with the order of a feed: nothing."""
    last: dict[str, int] = {}
    for before, after in zip(events, events[1:], strict=False):
        if after["sequence"] <= before["sequence"]:
            yield f"{after['sequence']} follows {before['sequence']}"
    for each in events:
        expected = last.get(each["case"], each["number"] - 1) + 1
        if each["number"] != expected:
            yield f"{each['case']}: {each['number']} where {expected} was due"
        last[each["case"]] = each["number"]
