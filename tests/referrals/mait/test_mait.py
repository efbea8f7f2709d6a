"""Incident messages do what the plain API would; and nothing in them is lost."""

from collections.abc import Callable
from datetime import timedelta
from xml.etree.ElementTree import Element

import pytest
from defusedxml.ElementTree import fromstring
from django.conf import settings as the_settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from referrals.domain import moments
from referrals.domain.referral import State
from referrals.mait import messages, view
from referrals.mait.vocabulary import BY_ELEMENT, CONSIDERED, MEANINGS, NAMESPACE
from referrals.models.keys import instant
from referrals.services import case
from tests.factories.agencies import AccessTokenFactory
from tests.factories.world import SUPERVISOR, act, move, referral_at, referrals
from tests.referrals.services.reading import told as kinds_told

WHOLE = {
    "MessageId": "PD-1",
    "MessageType": "create",
    "Originator/Team": "police-desk",
    "Originator/IncidentNumber": "PD/2026/0417",
    "Recipient/Team": "trust-desk",
    "Incident/Type": "concern_for_welfare",
    "Incident/Priority": "P1",
    "Incident/OccurredAt": "2026-11-21T23:30:00+00:00",
    "Incident/SceneSafety": "unsafe",
    "Incident/Text": "Not seen since Tuesday; neighbour worried.",
    "Location/Text": "12 Example Street",
    "Location/Uprn": "8755622",
    "Location/What3Words": "noted.bunch.ballots",
    "Location/Latitude": "51.5246",
    "Location/Longitude": "-0.0405",
    "Person/FamilyName": "EXAMPLE",
    "Person/GivenName": "Robin",
    "Person/DateOfBirth": "1992-02-29",
    "Person/Age": "34",
    "Person/Sex": "male",
    "Person/NhsNumber": "9990000018",
    "Person/Description": "Red coat",
    "Person/Phone": "07700 900123",
    "Person/Language": "Welsh",
    "Author/Name": SUPERVISOR.name,
    "Author/Role": SUPERVISOR.role,
    "Author/Contact": SUPERVISOR.contact,
}
AUTHOR = {name: value for name, value in WHOLE.items() if name.startswith("Author")}


def written(**changes) -> bytes:
    """A whole message, changed; None leaves out."""
    said = {**WHOLE, **{name.replace("__", "/"): value for name, value in changes.items()}}
    return messages.write("IncidentMessage", said)


def about(reference: str, kind: str, text: str = "", **more) -> bytes:
    said = {
        "MessageId": f"PD-{kind}", "MessageType": kind, "Recipient/Reference": reference,
        "Incident/Text": text, **{name.replace("__", "/"): value for name, value in more.items()}, **AUTHOR,
    }  # fmt: skip
    return messages.write("IncidentMessage", said)


@pytest.fixture
def partner(db) -> Callable[..., Client]:
    """A control room's system that acts for this actor's agency."""

    def make(actor, **token) -> Client:
        made = AccessTokenFactory(application_id=actor.client_id, **token)
        return Client(headers={"authorization": f"Bearer {made.token}"}, raise_request_exception=False)

    return make


@pytest.fixture
def sender(world, partner) -> Client:
    return partner(world.police)


def send(client, sent, media="application/xml", **headers):
    return client.post("/mait/messages/", sent, content_type=media, headers=headers)


def said(answer) -> dict[str, str]:
    """The answer's elements."""
    return texts(fromstring(answer.content))


def texts(element: Element) -> dict[str, str]:
    return {each.tag.removeprefix(f"{{{NAMESPACE}}}"): (each.text or "").strip() for each in element}


def plain(client, answer) -> dict:
    """The referral as the plain API tells it."""
    found = client.get("/api/v1/referrals/", {"q": said(answer)["Reference"]}).json()["results"]
    return found[0]


def test_a_message_that_says_everything_makes_the_referral_that_the_plain_api_tells(sender):
    answer = send(sender, written())
    assert answer.status_code == 200, answer.content
    assert answer["Content-Type"] == "application/xml; charset=utf-8"
    told = plain(sender, answer)
    assert told["person"] == {
        "family_name": "EXAMPLE", "given_name": "Robin", "date_of_birth": "1992-02-29", "age": 34,
        "sex": "male", "nhs_number": "9990000018", "description": "Red coat", "phone": "07700 900123",
        "language": "Welsh", "also": [],
    }  # fmt: skip
    assert told["location"] == {
        "text": "12 Example Street", "uprn": "8755622", "what3words": "noted.bunch.ballots",
        "latitude": 51.5246, "longitude": -0.0405,
    }  # fmt: skip
    assert (told["category"], told["priority"], told["scene_safety"]) == (
        "concern_for_welfare",
        "P1",
        "unsafe",
    )
    assert told["source_incident_number"] == "PD/2026/0417"
    assert told["summary"] == WHOLE["Incident/Text"]
    assert told["occurred_at"] == WHOLE["Incident/OccurredAt"]
    assert (told["from_team"]["code"], told["to_team"]["code"]) == ("police-desk", "trust-desk")


def test_the_confirmation_says_that_it_is_considered_and_who_is_accountable(sender):
    told = said(send(sender, written()))
    assert all(told.pop(name) for name in ("ActBy", "Reference", "Case"))
    assert told == {
        "InReplyTo": "PD-1", "Status": CONSIDERED, "State": "sent", "AccountableAgency": "police",
    }  # fmt: skip


@pytest.mark.parametrize("media", ["application/xml", "text/xml"])
def test_what_was_sent_is_read_back_by_the_receiver(sender, partner, world, media):
    key = plain(sender, send(sender, written(), media))["id"]
    answer = partner(world.trust).get(f"/mait/incidents/{key}/", headers={"accept": media})
    assert answer.status_code == 200
    back = messages.read(answer.content)
    sent = messages.read(written())
    theirs = ("message", "reference", "by")
    assert {n: v for n, v in back.items() if n not in theirs} == {
        n: v for n, v in sent.items() if n not in theirs
    }


@pytest.mark.parametrize("element", WHOLE)
def test_no_value_can_be_another_without_being_noticed(element):
    sent = messages.read(written())
    other = messages.read(written(**{element.replace("/", "__"): "7"}))
    assert other != sent


def said_of(client, answer) -> list[str]:
    """The types of event of its case, in order."""
    found = client.get(f"/api/v1/cases/{said(answer)['Case']}/timeline/").json()["results"]
    return [each["type"] for each in found]


def done(answer) -> list[str]:
    """What the message did, by its codes."""
    return [each.text for each in fromstring(answer.content) if each.tag.endswith("}Done")]


def test_an_update_raises_the_risk(sender):
    made = said(send(sender, written(Incident__Priority="P2")))
    answer = send(sender, about(made["Reference"], "update", "He has a knife.", Incident__Priority="P1"))
    assert answer.status_code == 200, answer.content
    told = plain(sender, answer)
    assert (told["priority"], bool(told["risk_raised_at"])) == ("P1", True)


NEWS = {
    "information_added": ({"text": "He rang again."}, "referral.information_added"),
    "contact_changed": ({"Person__Phone": "07700 900777"}, "case.contact_changed"),
    "risk_changed": ({"text": "He has a knife.", "Incident__Priority": "P1"}, "risk.raised"),
    "nothing_new": ({"text": WHOLE["Incident/Text"], "Incident__Priority": "P2",
                     "Person__Phone": WHOLE["Person/Phone"]}, None),
}  # fmt: skip


@pytest.mark.parametrize("done", NEWS)
def test_an_update_is_told_as_what_it_is(sender, world, done):
    more, event = NEWS[done]
    made = send(sender, written(Incident__Priority="P2"))
    before, told = said_of(sender, made), kinds_told(world, "trust")
    answer = send(sender, about(said(made)["Reference"], "update", **more))
    assert answer.status_code == 200, answer.content
    assert said(answer)["Done"] == done
    assert said_of(sender, made)[len(before) :] == [event][: bool(event)]
    assert kinds_told(world, "trust")[len(told) :] == [event][: bool(event)]
    assert bool(plain(sender, made)["risk_raised_at"]) == (done == "risk_changed")


def test_an_update_that_says_two_things_is_told_as_both(sender):
    made = send(sender, written(Incident__Priority="P2"))
    answer = send(sender, about(said(made)["Reference"], "update", "Rings.", Person__Phone="07700 900777"))
    assert done(answer) == ["information_added", "contact_changed"]


def test_an_update_answers_the_question_that_was_asked(sender, world):
    referral = referral_at(State.INFO_REQUESTED, world)
    answer = send(sender, about(referral.reference, "update", "The third floor."))
    assert said(answer)["State"] == "acknowledged"


CLOSED = {
    State.SENT: "cancelled",
    State.DRAFT: "discarded",
    State.ACCEPTED: "accepted",
    State.COMPLETED: "closed",
}


DID = {
    State.SENT: (["cancelled"], "Nobody had accepted it: it is cancelled, and the receiver was told."),
    State.DRAFT: (["discarded"], "It had not been sent: the draft is discarded."),
    State.ACCEPTED: (
        ["asked_to_cancel"],
        "It was accepted: its owner has been told, and asked to agree that it is cancelled, "
        "and keeps it until then.",
    ),
    State.COMPLETED: (["closed"], "It was done: its outcome is seen, and it is closed."),
}


@pytest.mark.parametrize("state", CLOSED)
def test_a_close_ends_it_as_far_as_the_sender_may(sender, world, state):
    referral = referral_at(state, world)
    answer = send(sender, about(referral.reference, "close", "Found safe by family."))
    assert answer.status_code == 200, answer.content
    assert said(answer)["State"] == CLOSED[state]
    assert (done(answer), said(answer)["Status"]) == DID[state]
    assert bool(plain(sender, answer)["cancel_requested_at"]) == (state == State.ACCEPTED)


def test_a_close_of_what_was_accepted_leaves_it_with_its_owner(sender, world):
    referral = referral_at(State.ACCEPTED, world)
    answer = send(sender, about(referral.reference, "close", "Found safe by family."))
    assert said(answer)["AccountableAgency"] == "trust"
    assert kinds_told(world, "trust")[-1] == "referral.request_cancel"


ENDED = {
    State.DRAFT: ("update", "draft", None, None, None),
    State.ACKNOWLEDGED: ("update", "acknowledged", None, None, None),
    State.DECLINED: ("update", "declined", "declined", "not_our_area", "north of the river"),
    State.COMPLETED: ("update", "completed", "completed", None, "seen at home, safe"),
    State.CLOSED: ("close", "closed", "completed", None, "seen at home, safe"),
    State.CANCELLED: ("close", "cancelled", "cancelled", None, "found safe by family"),
    State.ENTERED_IN_ERROR: ("close", "entered_in_error", "entered_in_error", None, "wrong person"),
    State.REDIRECTED: ("close", "redirected", "redirected", None, None),
    State.DISCARDED: ("close", "discarded", "discarded", None, None),
}


@pytest.mark.parametrize("state", ENDED)
def test_the_incident_says_that_it_is_closed_and_how_it_ended(sender, world, state):
    referral = referral_at(state, world)
    root = fromstring(sender.get(f"/mait/incidents/{referral.pk}/").content)
    incident = texts(root.find(f"{{{NAMESPACE}}}Incident"))
    names = ("State", "Outcome", "OutcomeReason", "OutcomeText")
    assert (texts(root)["MessageType"], *map(incident.get, names)) == ENDED[state]


def test_it_is_closed_with_its_case(sender, world):
    referral = move(world.police, referral_at(State.DECLINED, world), "no_further_action")
    act(world.police, case.move, reference=referral.case_reference, action="close", reason="with family")
    root = fromstring(sender.get(f"/mait/incidents/{referral.pk}/").content)
    incident = texts(root.find(f"{{{NAMESPACE}}}Incident"))
    assert (texts(root)["MessageType"], incident["State"], incident["Outcome"]) == (
        "close", "closed", "declined",
    )  # fmt: skip


@pytest.mark.parametrize("element", ["State", "Outcome", "OutcomeReason", "OutcomeText"])
def test_how_it_stands_is_told_and_not_taken(sender, element):
    answer = send(sender, written(**{f"Incident__{element}": "closed"}))
    assert (answer.status_code, said(answer)["Kind"]) == (422, "not-kept")


def test_a_message_sent_again_has_one_effect_and_the_same_answer(sender):
    first, second = (send(sender, written()) for _ in range(2))
    assert first.content == second.content
    assert second["Idempotent-Replayed"] == "true"
    assert len(sender.get("/api/v1/referrals/").json()["results"]) == 1
    other = send(sender, written(Incident__Priority="P2"))
    assert (other.status_code, said(other)["Kind"]) == (422, "key-reused")


REFUSED = [
    (lambda s: written(MessageId=None), 400, "MessageId"),
    (lambda s: written(MessageType="cancel"), 400, "MessageType"),
    (lambda s: written(Incident__Type="fire"), 400, "Incident/Type"),
    (lambda s: written(Recipient__Team="nobodys"), 400, "Recipient/Team"),
    (lambda s: written(Person__NhsNumber="9990000017"), 400, "Person/NhsNumber"),
    (lambda s: written(Person__Age="old"), 400, "Person/Age"),
    (lambda s: written(Location__Latitude="nan"), 400, "Location"),
    (lambda s: written(Recipient__Reference="R-7KD4-HNWT"), 400, "Recipient/Reference"),
    (lambda s: written(Casualties="2"), 422, "Casualties"),
    (lambda s: written(Incident__Vehicles="2"), 422, "Incident/Vehicles"),
    (lambda s: written(Person__Age=["34", "35"]), 400, "Person/Age"),
    (lambda s: about(s, "update", "He has a knife.", Person__Age="35"), 422, "Person/Age: "),
    (lambda s: about(s, "update", "", Incident__Priority="P1"), 422, "Incident/Text"),
    (lambda s: about(s, "update", "", Person__Phone="0" * 41), 400, "Person/Phone"),
    (lambda s: about(s, "close", "Found.", Person__Phone="07700 900777"), 422, "Person"),
    (lambda s: about("R-7KD4-HNWT", "close", "Found."), 404, "no such referral"),
    (lambda s: b'<a xmlns="https://a.example"/>', 400, "begin with"),
    (lambda s: written() + b"x", 400, "not XML"),
    (lambda s: b"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", 400, "entity"),
    (lambda s: b"<a>" * 1_000 + b"</a>" * 1_000, 400, "levels deep"),
    (lambda s: written().replace(b"<MessageId>", b"<MessageId colour='red'>"), 422, "MessageId"),
    (lambda s: written().replace(b"<MessageId>", b"seen<MessageId>"), 422, "IncidentMessage"),
]


@pytest.mark.parametrize(("sent", "status", "named"), REFUSED, ids=range(len(REFUSED)))
def test_what_is_wrong_or_would_be_lost_is_refused_by_its_place(sender, world, sent, status, named):
    referral = referral_at(State.SENT, world)
    answer = send(sender, sent(referral.reference))
    told = said(answer)
    assert (answer.status_code, told["Status"]) == (status, str(status))
    assert named in told["Problem"]


def test_refusals_of_every_kind_are_messages(sender, partner, world, monkeypatch):
    referral = referral_at(State.SENT, world)
    stranger, reader = partner(world.stranger), partner(world.police, scope="referrals:read")
    answers = {
        401: send(Client(), written()),
        403: send(reader, written()),
        404: stranger.get(f"/mait/incidents/{referral.pk}/"),
        405: sender.get("/mait/messages/"),
        406: sender.get(f"/mait/incidents/{referral.pk}/", headers={"accept": "text/html"}),
        409: send(sender, about(move(world.police, referral, "cancel").reference, "close", "Found.")),
        412: send(sender, about(referral.reference, "update", "x"), if_match='"0"'),
        413: send(sender, b" " * 3_000_000),
        415: send(sender, written(), "application/json"),
    }
    monkeypatch.setattr(view, "DOES", {})
    answers[500] = send(sender, written())
    monkeypatch.setattr(the_settings, "API_REQUESTS_A_MINUTE", 0)
    answers[429] = sender.get(f"/mait/incidents/{referral.pk}/")
    for status, answer in answers.items():
        assert (answer.status_code, said(answer)["Status"]) == (status, str(status)), answer.content
    missing = sender.get("/mait/incidents/7/")
    assert (missing.status_code, said(missing)["Status"]) == (404, "404")


def test_another_agencys_referral_is_not_there(partner, world):
    referral = referral_at(State.SENT, world)
    answer = send(partner(world.stranger), about(referral.reference, "close", "Found."))
    assert answer.status_code == 404
    assert partner(world.trust).get(f"/mait/incidents/{referral.pk}/").status_code == 200


def test_only_the_sender_closes(partner, world):
    referral = referral_at(State.SENT, world)
    assert send(partner(world.trust), about(referral.reference, "close", "Not ours.")).status_code == 403


def test_a_message_costs_as_many_queries_as_the_plain_api_and_a_few(sender):
    with CaptureQueriesContext(connection) as ours:
        assert send(sender, written(Incident__Priority="P2")).status_code == 200
    asked = {
        "person": {"description": "a man"}, "category": "concern_for_welfare", "priority": "P2",
        "to_team": "trust-desk", "from_team": "police-desk", "location": {"text": "there"}, "summary": "x",
    }  # fmt: skip
    with CaptureQueriesContext(connection) as theirs:
        made = sender.post("/api/v1/referrals/", asked, content_type="application/json")
    assert made.status_code == 201
    assert len(ours) <= len(theirs) + 2  # its id taken, and the answer kept


def test_a_text_that_xml_cannot_hold_is_marked(sender, world):
    referral = act(world.police, referrals.create, asked=world.asked(summary="a\x01b <&>"))
    told = messages.read(sender.get(f"/mait/incidents/{referral.pk}/").content)
    assert told["summary"] == "a\ufffdb <&>"


def test_the_table_says_each_thing_once():
    assert len(BY_ELEMENT) == len({each.field for each in MEANINGS}) == len(MEANINGS)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(changes=st.lists(st.tuples(st.integers(0, 1_800), st.binary(max_size=6)), min_size=1, max_size=4))
def test_broken_messages_are_never_a_failure_of_ours(sender, changes):
    sent = bytearray(written())
    for at, put in changes:
        sent[at : at + len(put)] = put
    answer = send(sender, bytes(sent))
    assert answer.status_code < 500, answer.content
    assert texts(fromstring(answer.content))


def test_a_message_of_a_moment_to_come_is_taken_once_it_has(sender, monkeypatch):
    """A refusal is not kept under its id."""
    early = written(Incident__OccurredAt=(instant() + timedelta(minutes=5)).isoformat())
    for _ in range(2):
        answer = send(sender, early)
        assert (answer.status_code, "Idempotent-Replayed" in answer) == (400, False)
    monkeypatch.setattr(moments, "AHEAD", timedelta(minutes=6))  # as if five minutes had passed
    assert send(sender, early).status_code == 200
