"""Messages: new, more, revoked, entered in error; each exactly what the plain API would have made of it."""

import copy

import pytest

from referrals.fhir import names
from referrals.models import Referral
from tests.factories.world import move
from tests.referrals.fhir.conftest import (
    ASK,
    JSON,
    PERSON,
    XML,
    body,
    changed,
    followed,
    found,
    message,
    plainly,
    whole,
)
from tests.referrals.fhir.standard import problems
from tests.referrals.services.reading import told as kinds_told

SAME = (
    "person", "category", "priority", "lead", "summary", "location", "scene_safety", "flags",
    "source_incident_number", "phone_confirmation", "asking", "from_team", "to_team", "occurred_at",
)  # fmt: skip


@pytest.fixture
def made(sender):
    """A referral that came by a message."""
    return found(sender.send(message(plainly())), "ServiceRequest")


@pytest.mark.parametrize("media", [JSON, XML])
def test_a_message_that_says_everything_makes_the_referral_that_the_plain_api_tells(sender, media):
    answer = sender.send(message(whole()), media, accept=media)
    assert answer.status_code == 200, answer.content
    assert answer["Content-Type"] == f"{media}; charset=utf-8"
    told = sender.plain(f"/referrals/{found(answer, 'ServiceRequest')['id']}/")
    assert {name: told[name] for name in SAME} == {
        "person": {
            "family_name": "EXAMPLE", "given_name": "Robin Lee", "date_of_birth": "1992-02-29", "age": 34,
            "sex": "male", "nhs_number": "9990000018", "description": "Red coat, grey beard",
            "phone": "07700 900123", "language": "Welsh", "also": [],
        },
        "category": "concern_for_welfare", "priority": "P1", "lead": False,
        "summary": "Not seen since Tuesday; neighbour worried.",
        "location": {"text": "12 Example Street, E1 4NS", "uprn": "8755622",
                     "what3words": "noted.bunch.ballots", "latitude": 51.5246, "longitude": -0.0405},
        "scene_safety": "unsafe", "flags": ["domestic_abuse"], "source_incident_number": "PD/2026/0417",
        "phone_confirmation": {"by": "Pat Example", "to": "Amy Example", "at": "2026-11-21T23:38:00+00:00"},
        "asking": "0190f7a0-0000-7000-8000-000000000001",
        "from_team": told["from_team"], "to_team": told["to_team"],
        "occurred_at": "2026-11-21T23:30:00+00:00",
    }  # fmt: skip
    assert (told["from_team"]["code"], told["to_team"]["code"]) == ("police-desk", "trust-desk")


def test_the_named_person_of_a_message_stands_in_the_timeline(sender):
    made = found(sender.send(message(whole())), "ServiceRequest")
    told = sender.plain(f"/referrals/{made['id']}/timeline/")["results"]
    sent = next(each for each in told if each["type"] == "referral.sent")
    assert sent["actor"]["name"] == "Pat Example"


def test_the_answer_is_a_message_that_the_standard_finds_well_made(sender):
    sent = message(whole())
    answer = sender.send(sent)
    assert problems(body(answer)) == []
    header = body(answer)["entry"][0]["resource"]
    assert header["response"] == {"identifier": sent["entry"][0]["resource"]["id"], "code": "ok"}
    assert header["eventCoding"]["code"] == "servicerequest-response"
    kinds = [each["resource"]["resourceType"] for each in body(answer)["entry"]]
    assert kinds == ["MessageHeader", "ServiceRequest", "Task"]
    assert answer["Location"].endswith(f"/fhir/ServiceRequest/{found(answer, 'ServiceRequest')['id']}")


def test_somebody_without_a_number_or_a_name_is_referred(sender, made):
    told = sender.plain(f"/referrals/{made['id']}/")
    assert told["person"]["description"] == "a man in a red coat"
    assert told["person"]["nhs_number"] is None
    assert told["scene_safety"] == "unknown"


def test_a_draft_is_kept_and_not_sent(sender, receiver):
    answer = sender.send(message(changed(plainly(), ASK, status="draft")))
    made = found(answer, "ServiceRequest")
    assert (made["status"], found(answer, "Task")["status"]) == ("draft", "draft")
    assert receiver.get(f"Task/{made['id']}").status_code == 404


def test_a_referral_is_routed_by_an_area(sender, world):
    world.teams["trust"].areas = ["E1"]
    world.teams["trust"].save()
    area = [{"url": names.AREA, "valueString": "E1"}]
    answer = sender.send(message(changed(plainly(), ASK, performer=None, extension=area)))
    assert answer.status_code == 200, answer.content
    assert found(answer, "ServiceRequest")["performer"][0]["identifier"]["value"] == "trust-desk"


def test_a_message_joins_the_case_that_it_names(sender, made):
    case = {"encounter": made["encounter"]}
    answer = sender.send(message(changed(plainly(), ASK, **case)))
    assert answer.status_code == 200, answer.content
    again = found(answer, "ServiceRequest")
    assert again["encounter"] == made["encounter"]
    assert again["id"] != made["id"]


def test_an_update_with_news_raises_the_risk(sender, made):
    answer = sender.send(followed(made, "active", "update", "He has a knife.", priority="stat"))
    assert answer.status_code == 200, answer.content
    told = sender.plain(f"/referrals/{made['id']}/")
    assert told["priority"] == "P1"
    assert told["risk_raised_at"]
    events = sender.plain(f"/referrals/{made['id']}/timeline/")["results"]
    assert [each["body"] for event in events for each in event["contents"]][-1] == "He has a knife."


def said_of(sender, made) -> list[str]:
    """The types of event of its case, in order."""
    case = sender.plain(f"/referrals/{made['id']}/")["case"]["reference"]
    return [each["type"] for each in sender.plain(f"/cases/{case}/timeline/")["results"]]


def remarks(answer) -> list[str]:
    """What the answer says besides."""
    return [each["diagnostics"] for each in found(answer, "OperationOutcome")["issue"]]


def test_an_update_in_words_alone_is_told_as_new_information_and_raises_no_risk(sender, made, world):
    before = said_of(sender, made)
    answer = sender.send(followed(made, "active", "update", "He rang again.", priority="asap"))
    assert answer.status_code == 200, answer.content
    told = sender.plain(f"/referrals/{made['id']}/")
    assert (told["priority"], told["risk_raised_at"]) == ("P2", None)
    assert said_of(sender, made)[len(before) :] == ["referral.information_added"]
    assert kinds_told(world, "trust")[-1] == "referral.information_added"
    assert remarks(answer) == ["Told to the other side as new information: the risk stands as it was."]
    assert problems(body(answer)) == []


def test_an_update_with_another_number_is_told_as_changed_contact_details(sender, world):
    made = found(sender.send(message(whole())), "ServiceRequest")
    before = said_of(sender, made)
    resources = changed(changed(whole(), ASK, id=made["id"]), PERSON,
                        telecom=[{"system": "phone", "value": "07700 900777"}])  # fmt: skip
    answer = sender.send(message(resources, "update"))
    assert answer.status_code == 200, answer.content
    told = sender.plain(f"/referrals/{made['id']}/")
    assert (told["person"]["phone"], told["risk_raised_at"]) == ("07700 900777", None)
    assert said_of(sender, made)[len(before) :] == ["case.contact_changed"]
    assert kinds_told(world, "trust")[-1] == "case.contact_changed"
    assert remarks(answer) == ["Told to the other side: how to reach the person has changed."]


def test_an_update_that_changes_nothing_says_so_and_makes_no_event(sender, world):
    made = found(sender.send(message(whole())), "ServiceRequest")
    before, told = said_of(sender, made), kinds_told(world, "trust")
    answer = sender.send(message(changed(whole(), ASK, id=made["id"]), "update"))
    assert answer.status_code == 200, answer.content
    assert (said_of(sender, made), kinds_told(world, "trust")) == (before, told)
    assert remarks(answer) == ["Nothing in it was new: nothing was changed, and nobody was told."]


def test_an_update_that_changes_nothing_is_stale_as_any_other(sender):
    made = found(sender.send(message(whole())), "ServiceRequest")
    answer = sender.send(message(changed(whole(), ASK, id=made["id"]), "update"), if_match='W/"1"')
    assert answer.status_code == 412


def test_a_note_that_was_told_before_is_not_told_again_and_one_beside_it_is(sender):
    made = found(sender.send(message(whole())), "ServiceRequest")
    resources = changed(whole(), ASK, id=made["id"])
    resources[ASK]["note"].append({"text": "He rang again."})
    assert sender.send(message(resources, "update")).status_code == 200
    resources[ASK]["note"].append({"text": "He rang again."})
    resources[ASK]["note"].append({"text": "She is with him."})
    assert sender.send(message(resources, "update")).status_code == 200
    events = sender.plain(f"/referrals/{made['id']}/timeline/")["results"]
    news = [
        each["body"] for event in events for each in event["contents"] if each["kind"] == "new_information"
    ]
    assert news == ["He rang again.", "He rang again.\n\nShe is with him."]


def test_an_update_lowers_the_risk_only_by_somebody_senior(sender, made):
    junior = followed(made, "active", "update", "She is calm.", priority="routine")
    junior["entry"][3]["resource"]["code"] = [{"text": "call handler"}]
    assert sender.send(junior).status_code == 403
    senior = followed(made, "active", "update", "She is calm.", priority="routine")
    assert sender.send(senior).status_code == 200
    assert sender.plain(f"/referrals/{made['id']}/")["priority"] == "P4"


def test_an_update_answers_the_question_that_was_asked(sender, made, world):
    referral = Referral(pk=made["id"])
    move(world.trust, referral, "request_info")
    answer = sender.send(followed(made, "active", "update", "The third floor.", priority="stat"))
    assert answer.status_code == 200, answer.content
    told = sender.plain(f"/referrals/{made['id']}/")
    assert (told["state"], told["priority"]) == ("acknowledged", "P1")


def test_an_update_that_sends_the_whole_again_is_taken_for_what_is_new(sender):
    made = found(sender.send(message(whole())), "ServiceRequest")
    resources = changed(whole(), ASK, id=made["id"])
    resources[ASK]["note"].append({"text": "He has a knife."})
    answer = sender.send(message(resources, "update"))
    assert answer.status_code == 200, answer.content
    events = sender.plain(f"/referrals/{made['id']}/timeline/")["results"]
    assert [each["body"] for event in events for each in event["contents"]][-1] == "He has a knife."


@pytest.mark.parametrize(
    ("where", "fields"),
    [
        (ASK, {"performer": [{"identifier": {"system": names.TEAM, "value": "other-trust-desk"}}]}),
        (ASK, {"authoredOn": "2026-11-21T23:31:00+00:00"}),
        (PERSON, {"birthDate": "1992-02-28"}),
    ],
)
def test_an_update_that_would_change_what_was_asked_is_refused_and_not_lost(sender, where, fields):
    made = found(sender.send(message(whole())), "ServiceRequest")
    resources = changed(changed(whole(), ASK, id=made["id"]), where, **fields)
    resources[ASK]["note"].append({"text": "He has a knife."})
    answer = sender.send(message(resources, "update"))
    assert answer.status_code == 422
    assert "say it in a new note" in body(answer)["issue"][0]["diagnostics"]


def test_revoked_withdraws_what_is_not_yet_accepted(sender, made):
    answer = sender.send(followed(made, "revoked", "update", "Found safe by family."))
    assert answer.status_code == 200, answer.content
    assert found(answer, "ServiceRequest")["status"] == "revoked"
    task = found(answer, "Task")
    assert task["status"] == "cancelled"
    assert task["statusReason"] == {"text": "Found safe by family."}
    assert sender.plain(f"/referrals/{made['id']}/")["state"] == "cancelled"


def test_revoked_discards_a_draft(sender):
    made = found(sender.send(message(changed(plainly(), ASK, status="draft"))), "ServiceRequest")
    assert sender.send(followed(made, "revoked", "update", "No need.")).status_code == 200
    assert sender.plain(f"/referrals/{made['id']}/")["state"] == "discarded"


def test_revoked_asks_the_receiver_to_agree_once_it_is_accepted(sender, made, world):
    move(world.trust, Referral(pk=made["id"]), "accept")
    answer = sender.send(followed(made, "revoked", "update", "Found safe by family."))
    assert answer.status_code == 200, answer.content
    assert found(answer, "Task")["status"] == "accepted"
    assert "asked to agree" in found(answer, "OperationOutcome")["issue"][0]["diagnostics"]
    assert problems(body(answer)) == []
    assert sender.plain(f"/referrals/{made['id']}/")["cancel_requested_at"]


@pytest.mark.parametrize("reason", ["update", "delete"])
def test_entered_in_error_says_that_it_should_never_have_been(sender, made, reason):
    answer = sender.send(followed(made, "entered-in-error", reason, "Wrong person."))
    assert answer.status_code == 200, answer.content
    assert found(answer, "Task")["status"] == found(answer, "ServiceRequest")["status"] == "entered-in-error"


def test_a_message_finds_its_referral_by_our_reference_too(sender, made):
    reference = [each for each in made["identifier"] if each["system"] == names.REFERRAL]
    sent = followed({"id": None}, "revoked", "update", "Found.", identifier=reference)
    assert sender.send(sent).status_code == 200
    assert sender.plain(f"/referrals/{made['id']}/")["state"] == "cancelled"


def test_only_the_sender_revokes(receiver, made):
    answer = receiver.send(followed(made, "revoked", "update", "Not ours."))
    assert answer.status_code == 403


def test_what_is_no_longer_there_to_revoke_is_a_conflict_that_lists_the_moves(sender, made):
    assert sender.send(followed(made, "revoked", "update", "Found.")).status_code == 200
    answer = sender.send(followed(made, "revoked", "update", "Found."))
    assert answer.status_code == 409
    assert body(answer)["issue"][0]["code"] == "conflict"


def test_a_message_about_a_version_that_has_moved_on_is_stale(sender, made, world):
    move(world.trust, Referral(pk=made["id"]), "acknowledge")
    answer = sender.send(followed(made, "revoked", "update", "Found."), if_match='W/"2"')
    assert answer.status_code == 412


def test_another_agencys_referral_is_not_there(fhir, world, made):
    answer = fhir(world.stranger).send(followed(made, "revoked", "update", "Found."))
    assert answer.status_code == 404
    assert answer.content == fhir(world.stranger).send(
        followed({"id": "0190f7a0-0000-7000-8000-00000000ffff"}, "revoked", "update", "Found.")
    ).content  # fmt: skip


def test_what_is_accepted_shows_who_is_accountable_since(sender, receiver, made, world):
    before = body(receiver.get(f"Task/{made['id']}"))
    move(world.trust, Referral(pk=made["id"]), "accept")
    after = body(receiver.get(f"Task/{made['id']}"))
    accountable = [each["extension"][0]["valueReference"]["identifier"]["value"] for each in (before, after)]
    assert accountable == ["police", "trust"]


def test_who_routed_the_message_is_passed_over_and_who_does_it_is_not(sender):
    sent = message(whole())
    header = sent["entry"][0]["resource"]
    header["sender"] = {"reference": "urn:uuid:sender"}
    header["destination"] = [
        {"endpoint": "https://trust.example", "receiver": {"reference": "Organization/elsewhere"}},
        {"endpoint": "https://trust.example", "receiver": {"reference": "urn:uuid:receiver"}},
    ]
    for key, code in (("sender", "police-desk"), ("receiver", "trust-desk")):
        named = [{"system": names.TEAM, "value": code}]
        organisation = {"resourceType": "Organization", "identifier": named, "name": key}
        sent["entry"].append({"fullUrl": f"urn:uuid:{key}", "resource": organisation})
    sent["entry"][1]["resource"]["performer"] = [{"reference": "urn:uuid:receiver"}]
    answer = sender.send(sent)
    assert answer.status_code == 200, answer.content
    assert found(answer, "ServiceRequest")["performer"][0]["identifier"]["value"] == "trust-desk"


def test_a_message_is_not_changed_by_being_read(sender):
    sent = message(whole())
    before = copy.deepcopy(sent)
    sender.send(sent)
    assert sent == before
