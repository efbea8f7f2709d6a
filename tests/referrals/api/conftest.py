"""Partners' systems that call the API, each with a token of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client

from agencies.acting import Actor
from agencies.models import Membership
from notifications.channels import webhook as channel
from notifications.services import webhook_delivery
from referrals.domain.referral import State
from referrals.models import Referral
from referrals.models.keys import instant
from referrals.reporting import event
from referrals.services import engine, feed
from referrals.services import webhook as webhooks
from tests.factories.agencies import AccessTokenFactory, member_actor
from tests.factories.world import NURSE, SUPERVISOR, referral_at

BASE = "/api/v1"
AMY = {"name": NURSE.name, "role": NURSE.role, "contact": NURSE.contact}
PAT = {"name": SUPERVISOR.name, "role": SUPERVISOR.role, "contact": SUPERVISOR.contact}


@dataclass(frozen=True)
class Caller:
    """One partner's system. Paths are below ``/api/v1``."""

    actor: Actor
    http: Client

    def get(self, path: str, headers: dict | None = None, **parameters) -> HttpResponse:
        return self.http.get(address(path), parameters, headers=headers)

    def post(self, path: str, body: object = None, **headers) -> HttpResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        sent = {} if body is None else body
        return self.http.post(address(path), sent, content_type="application/json", headers=named)


def address(path: str) -> str:
    """A path below the base, or a whole address that an answer gave."""
    return path if path.startswith("http") else BASE + path


@pytest.fixture
def caller(db) -> Callable[..., Caller]:
    """A system that acts for this actor's agency, with all its client's scopes or those given."""

    def make(actor: Actor, scope: str | None = None) -> Caller:
        given = {} if scope is None else {"scope": scope}
        token = AccessTokenFactory(application_id=actor.client_id, **given)
        return Caller(actor, Client(headers={"authorization": f"Bearer {token.token}"}))

    return make


@pytest.fixture
def police(world, caller) -> Caller:
    """The police's control-room system."""
    return caller(world.police)


@pytest.fixture
def trust(world, caller) -> Caller:
    """The mental health trust's system."""
    return caller(world.trust)


@pytest.fixture
def stranger(world, caller) -> Caller:
    """The system of an agency that has a part in nothing."""
    return caller(world.stranger)


@pytest.fixture
def ask(world) -> Callable[..., dict]:
    """What the police send to ask the trust: a P2 welfare concern, unless changed; None leaves out."""

    def body(**changes) -> dict:
        plain = {
            "person": {"family_name": "EXAMPLE", "given_name": "Robin", "nhs_number": "999 000 0018"},
            "category": "concern_for_welfare",
            "priority": "P2",
            "to_team": world.teams["trust"].code,
            "summary": "Not seen since Tuesday; neighbour worried.",
            "location": {"text": "12 Example Street"},
        }
        return {name: value for name, value in {**plain, **changes}.items() if value is not None}

    return body


@pytest.fixture
def signed_in_to_api(db) -> Callable[[Membership], Caller]:
    """A browser in which this member has signed in, whose pages send the CSRF token."""

    def make(membership: Membership) -> Caller:
        http = Client(enforce_csrf_checks=True, headers={"x-csrftoken": "a" * 32})
        http.force_login(membership.user, "django.contrib.auth.backends.ModelBackend")
        http.cookies["csrftoken"] = "a" * 32
        return Caller(member_actor(membership), http)

    return make


@pytest.fixture
def ringing(world, in_role) -> Referral:
    """A referral whose promise to decide ran out a minute ago, and was chased."""
    referral = referral_at(State.ACKNOWLEDGED, world)
    with in_role("worker"):
        engine.tick(instant() + timedelta(minutes=31))
    return referral


@pytest.fixture
def worker(in_role, monkeypatch):
    """What a worker does, with receivers that all answer so."""

    def work(status=204):
        monkeypatch.setattr(channel, "post", lambda *_: status)
        with in_role("worker"):
            feed.number_events()
            webhooks.fan_out()
            webhook_delivery.deliver_due(describe=event.documents)

    return work


@pytest.fixture(scope="session")
def document(test_database, django_db_blocker) -> dict:
    """The API's description of itself, as it is served."""
    with django_db_blocker.unblock():
        answer = Client().get(f"{BASE}/schema/", headers={"accept": "application/json"})
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    return answer.json()
