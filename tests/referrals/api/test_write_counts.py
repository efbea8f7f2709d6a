"""Writes that wait for something else first cost the same however much there is besides."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from jwcrypto.jwk import JWK

from agencies.acting import acting_for
from agencies.models import Agency
from agencies.roles import Role
from referrals.domain.referral import State
from referrals.mait import messages
from referrals.models import Demand, Referral
from referrals.models.keys import instant
from referrals.services import arrival
from referrals.services import referral as referrals
from referrals.services.cleaning.__main__ import answer
from tests.factories.agencies import MembershipFactory
from tests.factories.missing import report, step
from tests.factories.world import World, act, decide_anew, referral_at
from tests.files.made import photo
from tests.referrals.api.conftest import AMY, PAT, Caller

MAX = {"name": "Max Example", "role": "duty inspector", "contact": "020 7946 0103"}
CHIEF = {"name": "Dee Example", "role": "chief superintendent", "contact": "020 7946 0111"}
LIVE = {"live_from": "2099-01-01T00:00:00+00:00", "reason": "agreed", "by": CHIEF}
POLICY = {"category": "conveyance", **LIVE}
ROWS = """category,priority,to_team,occurred_at,person_family_name,location,summary
concern_for_welfare,P2,trust-desk,2026-01-05T23:40:00Z,EXAMPLE,12 Example Street,not seen
concern_for_welfare,P1,trust-desk,2026-01-05T23:50:00Z,EXAMPLE,12 Example Street,not heard
"""
INCIDENT = {
    "MessageId": "PD-9", "MessageType": "create",
    "Originator/Team": "police-desk", "Recipient/Team": "trust-desk",
    "Incident/Type": "concern_for_welfare", "Incident/Priority": "P1", "Incident/Text": "not seen",
    "Location/Text": "12 Example Street", "Person/FamilyName": "EXAMPLE", "Author/Name": PAT["name"],
    "Author/Role": PAT["role"], "Author/Contact": PAT["contact"],
}  # fmt: skip
MINUTE = timedelta(minutes=1)
Send = Callable[[], object]


@dataclass(frozen=True)
class Room:
    """Who there is to write, and a case in which a promise has run out."""

    world: World
    ringing: Referral
    police: Caller
    trust: Caller
    manager: Caller
    deliver: Callable[[], None]


@pytest.fixture
def room(world, ringing, police, trust, signed_in_to_api, worker, monkeypatch):
    # Files are opened in this process: quicker, and the same code.
    monkeypatch.setattr("referrals.services.inspection._asked", answer)
    manager = signed_in_to_api(MembershipFactory(team=world.teams["trust"], role=Role.MANAGER))
    return Room(world, ringing, police, trust, manager, worker)


def release(room) -> Send:
    """What was taken is given back."""
    path = f"/referrals/{room.ringing.pk}/clocks/decide/"
    assert room.trust.post(f"{path}take/", {"by": AMY}).status_code == 200
    return lambda: room.trust.post(f"{path}release/", {"by": AMY})


def tick(room) -> Send:
    """What was demanded is done."""
    with acting_for(room.world.police.agency_id):
        demand = Demand.objects.unticked().filter(referral=room.ringing).first()
    return lambda: room.police.post(f"/referrals/{room.ringing.pk}/demands/{demand.pk}/tick/", {"by": PAT})


def arrived(room) -> Send:
    """A promise is kept."""
    act(room.world.trust, arrival.promise, referral_id=room.ringing.pk, arrives_at=instant() + 20 * MINUTE)
    return lambda: room.trust.post(f"/referrals/{room.ringing.pk}/arrived/", {"by": AMY})


def review(room) -> Send:
    """A supervisor says how it stands."""
    decided = decide_anew(room.world, room.ringing, crime="unknown")
    said = {"verdict": "overturned", "rationale": "as heard", "outcome": "no_police_response", "by": MAX}
    return lambda: room.police.post(f"/threshold-decisions/{decided.pk}/review/", said)


def declare(room) -> Send:
    """A force says from when it asks what."""
    return lambda: room.police.post("/threshold-policies/", POLICY)


def go_live(room) -> Send:
    """The date is moved."""
    made = room.police.post("/threshold-policies/", POLICY).json()
    return lambda: room.police.post(f"/threshold-policies/{made['id']}/go-live/", LIVE)


def enter_a_file(room) -> Send:
    """What was written on paper while the line was down."""
    return lambda: room.police.http.post("/api/v1/referrals/import/", ROWS, content_type="text/csv")


def attach(room) -> Send:
    """A photo, to a case."""
    return lambda: _attach(room, f"/cases/{room.ringing.case_reference}/attachments/")


def attach_to_report(room) -> Send:
    """A photo, to a missing report."""
    path = f"/missing-reports/{report(room.world).pk}/attachments/"
    return lambda: _attach(room, path)


def _attach(room, path):
    by = {f"by_{name}": said for name, said in AMY.items()}
    sent = SimpleUploadedFile("mum.jpg", photo(), "image/jpeg")
    return room.trust.http.post(f"/api/v1{path}", {"kind": "photo", **by, "file": sent})


def link(room) -> Send:
    """An earlier episode is linked."""
    path, linked, earlier = _two_episodes(room)
    assert room.trust.post(f"{path}{linked}/unlink/", {"by": AMY}).status_code == 200
    return lambda: room.trust.post(path, {"earlier": earlier, "by": AMY})


def unlink(room) -> Send:
    """And taken back."""
    path, linked, _ = _two_episodes(room)
    return lambda: room.trust.post(f"{path}{linked}/unlink/", {"by": AMY})


def _two_episodes(room):
    earlier = step(room.world.trust, report(room.world), "return")
    path = f"/missing-reports/{report(room.world).pk}/"
    [link] = room.trust.get(path).json()["previous_episodes"]
    return f"{path}episodes/", link["id"], str(earlier.pk)


def replay(room) -> Send:
    """What a webhook was sent is sent again."""
    made = room.trust.post("/webhooks/", {"url": "https://partner.example/events"}).json()
    log = f"/webhooks/{made['id']}/deliveries/"
    room.trust.post(f"/webhooks/{made['id']}/test/")
    room.deliver()
    sent = room.trust.get(log, state="delivered").json()["results"][0]["id"]
    return lambda: room.trust.post(f"{log}{sent}/replay/")


def set_keys(room) -> Send:
    """A program's public keys."""
    mine = room.manager.get("/clients/").json()["results"][0]
    key = JWK.generate(kty="EC", crv="P-256", kid="k1").export_public(as_dict=True)
    return lambda: room.manager.post(f"/clients/{mine['id']}/keys/", {"keys": [key]})


def advance(room) -> Send:
    """The time of one case in a sandbox is put forward."""
    Agency.objects.filter(code__in=["police", "trust", "ambulance"]).update(sandbox=True)
    said = {"minutes": 5, "case": room.ringing.case_reference}
    return lambda: room.trust.post("/sandbox/advance/", said)


def incident(room) -> Send:
    """Another system's incident becomes a referral."""
    sent = messages.write("IncidentMessage", INCIDENT)
    return lambda: room.police.http.post("/mait/messages/", sent, content_type="application/xml")


WRITES = [release, tick, arrived, review, declare, go_live, enter_a_file, attach, attach_to_report, link,
          unlink, replay, set_keys, advance, incident]  # fmt: skip


@pytest.mark.parametrize("prepared", WRITES)
def test_it_costs_the_same_however_much_there_is_besides(room, prepared):
    send = prepared(room)
    counted(send)  # so that this process has read what it keeps
    few = counted(send)
    world, case = room.world, room.ringing.case_reference
    for _ in range(2):
        asked = world.asked(case=case, lead=False, person={}, to_team=world.teams["ambulance"])
        act(world.police, referrals.create, asked=asked)
        referral_at(State.ACCEPTED, world)
        report(world, person={"description": "a man in a blue gown"})
    assert counted(send) == few


def counted(send: Send) -> int:
    """The queries of one write, which is undone."""
    with transaction.atomic():
        with CaptureQueriesContext(connection) as asked:
            told = send()
        transaction.set_rollback(True)
    assert told.status_code in (200, 201, 202), told.content
    return len(asked)
