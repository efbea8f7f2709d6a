"""FHIR's and MAIT's messages about what is not the sender's: told apart from nothing, and nothing is done."""

import json
from uuid import uuid4

import pytest
from django.test import Client

from referrals.fhir.names import EVENTS, MESSAGE_REASONS, REQUEST
from tests.access.judging import leaks
from tests.access.playing import rows_as_they_are
from tests.access.test_ways_round import MADE_UP, outside

AUTHOR = (
    "<Author><Name>Pat Example</Name><Role>duty supervisor</Role><Contact>020 7946 0101</Contact></Author>"
)


@pytest.fixture
def program(story):
    def begin(agency):
        return Client(headers={"authorization": f"Bearer {story.tokens[f'{agency} program']}"})

    return begin


def by_fhir(program, referral, status):
    header = {
        "resourceType": "MessageHeader", "id": str(uuid4()), "source": {"endpoint": "https://a.example"},
        "eventCoding": {"system": EVENTS, "code": REQUEST},
        "reason": {"coding": [{"system": MESSAGE_REASONS, "code": "update"}]},
        "focus": [{"reference": f"ServiceRequest/{referral}"}],
    }  # fmt: skip
    asked = {
        "resourceType": "ServiceRequest", "id": referral, "status": status, "intent": "plan",
        "priority": "stat", "subject": {"display": "as before"}, "note": [{"text": "He has rung again."}],
    }  # fmt: skip
    bundle = {
        "resourceType": "Bundle",
        "type": "message",
        "entry": [{"resource": header}, {"resource": asked}],
    }
    traced = {"X-Request-ID": str(uuid4()), "X-Correlation-ID": str(uuid4())}
    sent = json.dumps(bundle)
    return program.post("/fhir/$process-message", sent, "application/fhir+json", headers=traced)


def by_mait(program, reference, kind):
    message = f"""<IncidentMessage xmlns="https://rcrp.example/mait"><MessageId>{uuid4()}</MessageId>
      <MessageType>{kind}</MessageType><Recipient><Reference>{reference}</Reference></Recipient>
      <Incident><Text>He has rung again.</Text></Incident>{AUTHOR if kind == "update" else ""}
    </IncidentMessage>"""
    return program.post("/mait/messages/", message, "application/xml")


def messages(program, referral, reference):
    """Every message about a referral that there already is."""
    yield from (by_fhir(program, referral, status) for status in ("active", "revoked", "entered-in-error"))
    yield from (by_mait(program, reference, kind) for kind in ("update", "close"))


@outside
def test_no_message_reaches_what_is_not_the_senders(agency, wall, story, program, as_superuser):
    about_nothing = [
        each.status_code for each in messages(program(agency), MADE_UP["id"], MADE_UP["reference"])
    ]
    before = rows_as_they_are(as_superuser)
    for target in story.targets.values():
        if agency in target.seen_by:
            continue
        answers = list(messages(program(agency), target.referral, target.reference))
        assert [each.status_code for each in answers] == about_nothing == [404] * 5
        for answer in answers:
            assert not leaks(story.kept_from(agency), answer, f"{target.referral} {target.reference}")
    assert {name for name, is_ in rows_as_they_are(as_superuser).items() if is_ != before[name]} == set()


@outside
@pytest.mark.parametrize("kind", ["ServiceRequest", "Task"])
def test_no_search_of_fhir_finds_what_is_not_the_askers(kind, agency, wall, story, program):
    for target in story.targets.values():
        if agency in target.seen_by:
            continue
        incidents = [word for word in story.kept_from(agency) if word.startswith("INC-")]
        for word in (target.reference, *incidents):
            address = f"/fhir/{kind}?identifier={word}"
            answer = program(agency).get(address)
            assert (answer.status_code, answer.json()["total"]) == (200, 0)
            assert not leaks(story.kept_from(agency), answer, address)


def test_what_is_the_senders_own_is_reached(story, program):
    """The addresses and the messages are right: the police are answered otherwise."""
    target = story.targets["shared"]
    found = [each.status_code for each in messages(program("police"), target.referral, target.reference)]
    assert 404 not in found
    assert 200 in found
    searched = program("police").get(f"/fhir/Task?identifier={target.reference}")
    assert searched.json()["total"] == 1
