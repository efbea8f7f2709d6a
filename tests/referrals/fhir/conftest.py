"""Partners that speak FHIR: messages as they would write them, and a caller who sends them."""

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client

from referrals.fhir import markup, names
from tests.factories.agencies import AccessTokenFactory
from tests.factories.world import SUPERVISOR
from tests.referrals.api.conftest import address as plain_address
from tests.referrals.api.conftest import ask, caller, police, stranger, trust  # noqa: F401

JSON, XML = "application/fhir+json", "application/fhir+xml"


@dataclass(frozen=True)
class Fhir:
    """One partner's system at the door for FHIR. Paths are below ``/fhir``."""

    http: Client

    def get(self, path: str, **headers: str) -> HttpResponse:
        return self.http.get(f"/fhir/{path}", headers=named(headers))

    def send(self, bundle: object, media: str = JSON, **headers: str) -> HttpResponse:
        """A message, with the two ids that one needs unless they are given; None leaves one out."""
        ids = {"X-Request-ID": str(uuid4()), "X-Correlation-ID": str(uuid4()), **named(headers)}
        body = bundle if isinstance(bundle, bytes) else written(bundle, media)
        given = {name: value for name, value in ids.items() if value is not None}
        return self.http.post("/fhir/$process-message", body, content_type=media, headers=given)

    def plain(self, path: str) -> dict:
        """The same referral as the plain API tells it."""
        return self.http.get(plain_address(path)).json()


def named(headers: dict) -> dict:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def written(bundle: object, media: str) -> bytes:
    return markup.write(bundle) if "xml" in media else json.dumps(bundle).encode()


def body(answer: HttpResponse) -> dict:
    """What an answer holds, in whichever format."""
    return markup.read(answer.content) if "xml" in answer["Content-Type"] else json.loads(answer.content)


def found(answer: HttpResponse, kind: str) -> dict:
    """The answer's resource of this kind."""
    return next(e["resource"] for e in body(answer)["entry"] if e["resource"]["resourceType"] == kind)


@pytest.fixture
def fhir(db) -> Callable[..., Fhir]:
    """A system that acts for this actor's agency."""

    def make(actor, scope: str | None = None) -> Fhir:
        given = {} if scope is None else {"scope": scope}
        token = AccessTokenFactory(application_id=actor.client_id, **given)
        return Fhir(Client(headers={"authorization": f"Bearer {token.token}"}, raise_request_exception=False))

    return make


@pytest.fixture
def sender(world, fhir) -> Fhir:
    """The police's control-room system."""
    return fhir(world.police)


@pytest.fixture
def receiver(world, fhir) -> Fhir:
    """The mental health trust's system."""
    return fhir(world.trust)


PERSON, ASK, AUTHOR, PLACE, SCENE, RISK = (
    f"urn:uuid:7f1c0a50-0000-4000-8000-00000000000{n}" for n in range(6)
)


def message(entries: dict[str, dict], reason: str = "new", event: str = names.REQUEST) -> dict:
    """A message of these resources, by their addresses; its header first."""
    header = {
        "resourceType": "MessageHeader",
        "id": str(uuid4()),
        "eventCoding": {"system": names.EVENTS, "code": event},
        "source": {"name": "Example command and control", "endpoint": "https://police.example/fhir"},
        "reason": {"coding": [{"system": names.MESSAGE_REASONS, "code": reason}]},
        "focus": [{"reference": ASK}],
    }
    if AUTHOR in entries:
        header["author"] = {"reference": AUTHOR}
    entry = [{"fullUrl": f"urn:uuid:{header['id']}", "resource": header}]
    entry += [{"fullUrl": where, "resource": each} for where, each in entries.items()]
    return {
        "resourceType": "Bundle", "id": str(uuid4()), "type": "message",
        "timestamp": "2026-11-21T23:41:00Z", "entry": entry,
    }  # fmt: skip


def by(person=SUPERVISOR) -> dict:
    """The named human being who did it."""
    return {
        "resourceType": "PractitionerRole",
        "practitioner": {"display": person.name},
        "code": [{"text": person.role}],
        "telecom": [{"system": "phone", "value": person.contact}],
    }


def whole() -> dict[str, dict]:
    """The resources of a message that says all that can be said."""
    flag = {"resourceType": "Flag", "status": "active", "subject": {"reference": PERSON}}
    return {
        ASK: {
            "resourceType": "ServiceRequest",
            "extension": [
                {"url": names.LEAD, "valueBoolean": False},
                {
                    "url": names.PHONED,
                    "extension": [
                        {"url": "by", "valueString": "Pat Example"},
                        {"url": "to", "valueString": "Amy Example"},
                        {"url": "at", "valueDateTime": "2026-11-21T23:38:00+00:00"},
                    ],
                },
            ],
            "identifier": [{"system": names.INCIDENT, "value": "PD/2026/0417"}],
            "requisition": {"system": names.ASKING, "value": "0190f7a0-0000-7000-8000-000000000001"},
            "status": "active",
            "intent": "plan",
            "category": [
                {"coding": [{"system": names.MESSAGE_CATEGORY, "code": "referral"}]},
                {"coding": [{"system": names.CATEGORY, "code": "concern_for_welfare"}]},
            ],
            "priority": "stat",
            "subject": {"reference": PERSON},
            "authoredOn": "2026-11-21T23:30:00+00:00",
            "requester": {"identifier": {"system": names.TEAM, "value": "police-desk"}},
            "performer": [{"identifier": {"system": names.TEAM, "value": "trust-desk"}}],
            "locationReference": [{"reference": PLACE}],
            "note": [{"text": "Not seen since Tuesday; neighbour worried."}],
        },
        PERSON: {
            "resourceType": "Patient",
            "extension": [
                {"url": names.AGE, "valueInteger": 34},
                {"url": names.DESCRIPTION, "valueString": "Red coat, grey beard"},
            ],
            "identifier": [{"system": names.NHS_NUMBER, "value": "9990000018"}],
            "name": [{"family": "EXAMPLE", "given": ["Robin", "Lee"]}],
            "telecom": [{"system": "phone", "value": "07700 900123"}],
            "gender": "male",
            "birthDate": "1992-02-29",
            "communication": [{"language": {"text": "Welsh"}}],
        },
        PLACE: {
            "resourceType": "Location",
            "extension": [
                {
                    "url": names.LOCATION,
                    "extension": [
                        {"url": "UPRN", "valueString": "8755622"},
                        {"url": "what3words", "valueString": "noted.bunch.ballots"},
                    ],
                }
            ],
            "address": {"text": "12 Example Street, E1 4NS"},
            "position": {"longitude": -0.0405, "latitude": 51.5246},
        },
        SCENE: {
            **flag,
            "category": [{"coding": [{"system": names.FLAG_CATEGORIES, "code": "SS"}]}],
            "code": {"coding": [{"system": names.SCENE_SAFETY, "code": "U"}]},
        },
        RISK: {**flag, "code": {"coding": [{"system": names.FLAG, "code": "domestic_abuse"}]}},
        AUTHOR: by(),
    }


def plainly() -> dict[str, dict]:
    """The resources of a message that says no more than it must: of somebody without a name or a number."""
    return {
        ASK: {
            "resourceType": "ServiceRequest",
            "status": "active",
            "intent": "plan",
            "category": [{"coding": [{"system": names.CATEGORY, "code": "concern_for_welfare"}]}],
            "priority": "asap",
            "subject": {"reference": PERSON},
            "performer": [{"identifier": {"system": names.TEAM, "value": "trust-desk"}}],
        },
        PERSON: {
            "resourceType": "Patient",
            "extension": [{"url": names.DESCRIPTION, "valueString": "a man in a red coat"}],
        },
    }


def changed(resources: dict[str, dict], where: str, **fields: object) -> dict[str, dict]:
    """The same, with one resource changed; None leaves a field out."""
    found = copy.deepcopy(resources)
    found[where] = {name: value for name, value in {**found[where], **fields}.items() if value is not None}
    return found


def followed(made: dict, status: str, reason: str, note: str = "", **fields: object) -> dict:
    """A message about a referral that was made: its ServiceRequest as we told it, with another status."""
    request = {
        "resourceType": "ServiceRequest",
        "id": made["id"],
        "status": status,
        "intent": "plan",
        "subject": {"reference": PERSON},
        "note": [{"text": note}] if note else None,
        **fields,
    }
    request = {name: value for name, value in request.items() if value is not None}
    person = {"resourceType": "Patient", "id": "person"}
    return message({ASK: request, PERSON: person, AUTHOR: by()}, reason)
