"""Creating and listing referrals over HTTP, for the agency that has the most of them."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
from django.db import connections
from django.db.models import Count
from django.test import Client

from agencies.models import Team
from referrals.models import Referral
from tests.bench import web
from tests.bench.databases import Scaled, use
from tests.bench.replay import Answer, median
from tests.factories.agencies import AccessTokenFactory, ApiClientFactory

LIST = "/api/v1/referrals/?state=sent&state=acknowledged&priority=P2&ordering=breach_at&limit=50"

PAGE = 50
FEED = f"/api/v1/events/?limit={PAGE}"


@dataclass(frozen=True)
class Asker:
    """A client of the busiest agency, with a token; and a team of another to send to."""

    token: str
    to_team: str

    @property
    def headers(self) -> dict[str, str]:
        """What it sends with each request."""
        return {"Authorization": f"Bearer {self.token}"}


def asker(database: Scaled) -> Asker:
    """The busiest agency's client in this database."""
    use(database, "owner")
    busiest = Referral.objects.values("from_team").annotate(n=Count("id")).order_by("-n").first()
    team = Team.objects.get(pk=busiest["from_team"])
    other = Team.objects.exclude(agency=team.agency).order_by("pk").first()
    token = AccessTokenFactory(
        application=ApiClientFactory(team=team, name="bench"), token=f"bench-{uuid4()}"
    )
    connections.close_all()
    return Asker(token.token, other.code)


def new(who: Asker) -> dict[str, Any]:
    """What it sends to make a referral."""
    return {
        "person": {"family_name": "EXAMPLE", "given_name": "Robin"},
        "category": "concern_for_welfare",
        "priority": "P2",
        "to_team": who.to_team,
        "summary": "Not seen since Tuesday; neighbour worried.",
        "location": {"text": "12 Example Street"},
    }


def creating(database: Scaled) -> dict[str, float]:
    """POST /referrals/ against a view that sends the same SQL."""
    who = asker(database)
    body = new(who)

    def ask(client: Client) -> Any:
        return client.post("/api/v1/referrals/", body, content_type="application/json", headers=who.headers)

    def send(client: httpx.Client) -> httpx.Response:
        return client.post("/api/v1/referrals/", json=body, headers=who.headers)

    return web.compare(database, web.queries(database, ask), send)


def moving(database: Scaled) -> dict[str, float]:
    """POST /referrals/{id}/moves/, each time of another, against a view that sends the same SQL."""
    who = asker(database)
    use(database, "owner")
    team = Team.objects.get(code=who.to_team)
    token = AccessTokenFactory(
        application=ApiClientFactory(team=team, name="bench"), token=f"bench-{uuid4()}"
    )
    headers = {"Authorization": f"Bearer {token.token}"}
    sent = iter(_sent(database, who, web.ALL_REQUESTS + 1))
    body = {
        "action": "acknowledge",
        "by": {"name": "Amy Example", "role": "nurse", "contact": "020 7946 0100"},
    }

    def address() -> str:
        return f"/api/v1/referrals/{next(sent)}/moves/"

    def ask(client: Client) -> Any:
        return client.post(address(), body, content_type="application/json", headers=headers)

    def send(client: httpx.Client) -> httpx.Response:
        return client.post(address(), json=body, headers=headers)

    return web.compare(database, web.queries(database, ask, undone=True), send, undone=True)


def _sent(database: Scaled, who: Asker, wanted: int) -> list[str]:
    """The ids of referrals that wait for an answer, just sent."""
    use(database, "web")
    client = Client()
    made = [
        client.post("/api/v1/referrals/", new(who), content_type="application/json", headers=who.headers)
        for _ in range(wanted)
    ]
    connections.close_all()
    return [answer.json()["id"] for answer in made]


def listing(database: Scaled) -> dict[str, float]:
    """GET /referrals/ against a view that sends the same SQL and JSON."""
    who = asker(database)
    answer = _full_list(database, who)
    return web.compare(database, answer, lambda client: client.get(LIST, headers=who.headers))


def following(database: Scaled) -> dict[str, float]:
    """GET /events/, a page of the feed, against a view that sends the same SQL and JSON."""
    who = asker(database)
    answer = web.queries(database, lambda client: client.get(FEED, headers=who.headers))
    if (found := len(answer.body["results"])) != PAGE:
        raise SystemExit(f"the feed has {found} events, not {PAGE}: it would mean nothing")
    return web.compare(database, answer, lambda client: client.get(FEED, headers=who.headers))


def listing_among(few: Scaled, many: Scaled) -> dict[str, float]:
    """The list's time at both sizes, web and database together, in alternating rounds."""
    askers = {each.name: asker(each) for each in (few, many)}
    for each in (few, many):
        _full_list(each, askers[each.name])
    times: dict[str, list[float]] = {few.name: [], many.name: []}
    with (
        web.serving("config.wsgi:application", few) as small,
        web.serving("config.wsgi:application", many) as large,
    ):
        for _ in range(web.ROUNDS):
            for database, server in ((few, small), (many, large)):
                headers = askers[database.name].headers
                taken = server.seconds(lambda client, h=headers: client.get(LIST, headers=h), web.REQUESTS)
                times[database.name].append(taken)
    at_few, at_many = median(times[few.name]), median(times[many.name])
    return {f"{few.rows:,}, ms": at_few, f"{many.rows:,}, ms": at_many, "ratio": at_many / at_few}


def _full_list(database: Scaled, who: Asker) -> Answer:
    """The list as it is answered there; a shorter one would cost less for no merit of ours."""
    answer = web.queries(database, lambda client: client.get(LIST, headers=who.headers))
    if (found := len(answer.body["results"])) != 50:
        raise SystemExit(f"the list among {database.rows:,} has {found}, not 50: it would mean nothing")
    return answer
