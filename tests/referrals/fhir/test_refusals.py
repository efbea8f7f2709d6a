"""Refusals: each has its status, code and place, in both formats; a message sent again has one effect."""

import json
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agencies.models import Membership
from referrals.api.errors import PROBLEMS
from referrals.domain.referral import State
from referrals.fhir import names, outcome, processing
from referrals.models import Referral
from tests.factories.world import referral_at
from tests.referrals.fhir.conftest import (
    ASK,
    JSON,
    PERSON,
    XML,
    Fhir,
    body,
    changed,
    followed,
    found,
    message,
    plainly,
    whole,
    written,
)
from tests.referrals.fhir.standard import codes, problems

ISSUES = "http://hl7.org/fhir/ValueSet/issue-type"


def told(answer):
    """Status, R4's type of issue, the code in the manner of BaRS, and where."""
    issue = body(answer)["issue"][0]
    code = issue["details"]["coding"][0]["code"]
    return answer.status_code, issue["code"], code, issue.get("expression", [""])[0]


def coded(code):
    return [{"coding": [{"system": names.CATEGORY, "code": code}]}]


def made(sender, **fields):
    return sender.send(message(changed(plainly(), ASK, **fields)))


def broken(sender):
    return sender.http.post("/fhir/$process-message", b"{", content_type=JSON)


def spent(sender):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "API_REQUESTS_A_MINUTE", 0)
        return sender.get("ServiceRequest?identifier=7")


def failing(sender, problem):
    def fail(*_):
        raise problem

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(processing.message, "read", fail)
        return sender.send(message(plainly()))


def traced(body, media=JSON):
    return {"data": body, "content_type": media, "headers": {"X-Request-ID": str(uuid4()),
            "X-Correlation-ID": str(uuid4())}}  # fmt: skip


REFUSED = {
    "no id": lambda s: s.send(message(plainly()), X_Request_ID=None),
    "no correlation": lambda s: s.send(message(plainly()), X_Correlation_ID=None),
    "an id that is none": lambda s: s.send(message(plainly()), X_Request_ID="7"),
    "no json": lambda s: s.http.post("/fhir/$process-message", **traced(b"{")),
    "no xml": lambda s: s.http.post("/fhir/$process-message", **traced(b"<a", XML)),
    "an entity": lambda s: s.http.post("/fhir/$process-message", **traced(b"<!DOCTYPE a><a/>", XML)),
    "a list": lambda s: s.send([1]),
    "no status": lambda s: made(s, status=None),
    "no category": lambda s: made(s, category=None),
    "another category": lambda s: made(s, category=coded("fire")),
    "another priority": lambda s: made(s, priority="now"),
    "no team": lambda s: made(s, performer=None),
    "nobody's team": lambda s: made(
        s, performer=[{"identifier": {"system": names.TEAM, "value": "nobodys-desk"}}]),
    "two teams": lambda s: made(
        s, performer=[{"identifier": {"system": names.TEAM, "value": each}} for each in ("a", "b")]),
    "nobody": lambda s: s.send(message(changed(plainly(), PERSON, extension=None, gender="male"))),
    "a mistyped number": lambda s: s.send(message(changed(
        plainly(), PERSON, identifier=[{"system": names.NHS_NUMBER, "value": "9990000017"}]))),
    "half a day": lambda s: s.send(message(changed(plainly(), PERSON, birthDate="1992"))),
    "a time to come": lambda s: made(s, authoredOn="2199-01-01T00:00:00Z"),
    "a time without a place": lambda s: made(s, authoredOn="2026-11-21"),
    "no such workflow": lambda s: made(s, status="completed"),
    "an answer": lambda s: s.send(message(plainly(), event=names.RESPONSE)),
    "no referral named": lambda s: s.send(followed({"id": None}, "revoked", "update", "Found.")),
    "nobody there": lambda s: s.send(followed({"id": str(uuid4())}, "revoked", "update", "Found.")),
    "no uuid": lambda s: s.send(followed({"id": "7"}, "revoked", "update", "Found.")),
    "not kept": lambda s: made(s, occurrencePeriod={"end": "2026-11-22T00:00:00Z"}),
    "signed in by nothing": lambda s: Client().get("/fhir/Task/7"),
    "a bad token": lambda s: Client(headers={"authorization": "Bearer no"}).get("/fhir/Task/7"),
    "another method": lambda s: s.http.put("/fhir/ServiceRequest", b"{}", content_type=JSON),
    "another format": lambda s: s.get("metadata", accept="text/html"),
    "another format by name": lambda s: s.get("metadata?_format=ttl"),
    "another version": lambda s: s.get("metadata", accept="application/fhir+json; fhirVersion=3.0"),
    "another media type": lambda s: s.http.post("/fhir/$process-message", **traced(b"a=1", "text/csv")),
    "no address": lambda s: s.get("Patient/7"),
    "too many": spent,
    "too large": lambda s: s.http.post("/fhir/$process-message", **traced(b" " * 3_000_000)),
    "our failure": lambda s: failing(s, RuntimeError("9990000018")),
    "away": lambda s: failing(s, OperationalError("9990000018")),
}  # fmt: skip
BAD, PLACE = "REC_BAD_REQUEST", "Bundle.entry[1].resource"
SAID = {
    "no id": (400, "invalid", BAD, "X-Request-ID"),
    "no correlation": (400, "invalid", BAD, "X-Correlation-ID"),
    "an id that is none": (400, "invalid", BAD, "X-Request-ID"),
    "no json": (400, "invalid", BAD, ""),
    "no xml": (400, "invalid", BAD, ""),
    "an entity": (400, "invalid", BAD, ""),
    "a list": (400, "invalid", BAD, "Resource"),
    "no status": (400, "invalid", BAD, f"{PLACE}.status"),
    "no category": (400, "invalid", BAD, "ServiceRequest.category"),
    "another category": (400, "invalid", BAD, "ServiceRequest.category"),
    "another priority": (400, "invalid", BAD, "ServiceRequest.priority"),
    "no team": (400, "invalid", BAD, "ServiceRequest.performer"),
    "nobody's team": (400, "invalid", BAD, "ServiceRequest.performer"),
    "two teams": (400, "invalid", BAD, f"{PLACE}.performer[1]"),
    "nobody": (400, "invalid", BAD, "ServiceRequest.subject"),
    "a mistyped number": (400, "invalid", BAD, "Patient.identifier"),
    "half a day": (400, "invalid", BAD, "Patient.birthDate"),
    "a time to come": (400, "invalid", BAD, "ServiceRequest.authoredOn"),
    "a time without a place": (400, "invalid", BAD, "ServiceRequest.authoredOn"),
    "no such workflow": (400, "invalid", BAD, "MessageHeader.reason"),
    "an answer": (400, "invalid", BAD, "MessageHeader.eventCoding"),
    "no referral named": (400, "invalid", BAD, "ServiceRequest.id"),
    "nobody there": (404, "not-found", "REC_NOT_FOUND", ""),
    "no uuid": (404, "not-found", "REC_NOT_FOUND", ""),
    "not kept": (422, "not-supported", "REC_UNPROCESSABLE_ENTITY", f"{PLACE}.occurrencePeriod.end"),
    "signed in by nothing": (401, "login", "SEND_UNAUTHORIZED", ""),
    "a bad token": (401, "expired", "SEND_UNAUTHORIZED", ""),
    "another method": (405, "not-supported", "SEND_METHOD_NOT_ALLOWED", ""),
    "another format": (406, "not-supported", "REC_NOT_ACCEPTABLE", ""),
    "another format by name": (406, "not-supported", "REC_NOT_ACCEPTABLE", ""),
    "another version": (406, "not-supported", "REC_NOT_ACCEPTABLE", ""),
    "another media type": (415, "not-supported", "REC_UNSUPPORTED_MEDIA_TYPE", ""),
    "no address": (404, "not-found", "REC_NOT_FOUND", ""),
    "too many": (429, "throttled", "REC_TOO_MANY_REQUESTS", ""),
    "too large": (413, "too-long", "REC_PAYLOAD_TOO_LARGE", ""),
    "our failure": (500, "exception", "REC_SERVER_ERROR", ""),
    "away": (503, "transient", "REC_SERVICE_UNAVAILABLE", ""),
}


@pytest.mark.parametrize("what", REFUSED)
def test_each_refusal_has_its_status_its_code_and_its_place(sender, what):
    answer = REFUSED[what](sender)
    assert told(answer) == SAID[what], answer.content
    assert problems(body(answer)) == []
    assert answer["Content-Type"] == f"{JSON}; charset=utf-8"
    assert answer["X-Request-ID"]
    assert b"9990000018" not in answer.content
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from referrals_idempotencykey")
        assert cursor.fetchone() == (0,), "what was refused keeps no key"


def test_every_problem_of_the_plain_api_has_a_code_here():
    assert set(PROBLEMS) <= set(outcome.KINDS)
    assert {kind.issue for kind in outcome.KINDS.values()} <= codes(ISSUES)
    assert all(outcome.KINDS[slug].status == problem.status for slug, problem in PROBLEMS.items())


@pytest.mark.parametrize("what", ["signed in by nothing", "our failure", "no address", "not kept"])
def test_refusals_come_in_the_format_that_is_asked_for(sender, what):
    sender.http.defaults["HTTP_ACCEPT"] = XML
    answer = Client(headers={"accept": XML}).get("/fhir/Task/7") if what.startswith("signed") else None
    answer = answer or REFUSED[what](sender)
    assert answer["Content-Type"] == f"{XML}; charset=utf-8"
    assert told(answer) == SAID[what]


def test_who_sends_nothing_that_can_be_read_is_told_in_json(sender):
    assert broken(sender)["Content-Type"].startswith(JSON)


def test_a_message_of_very_many_parts_is_refused_in_few_words(sender):
    sent = message(plainly())
    sent["entry"] += [{"fullUrl": f"urn:uuid:{number}"} for number in range(200)]
    assert told(sender.send(sent)) == (400, "invalid", BAD, "Bundle.entry")
    strange = message(changed(plainly(), ASK, **{f"strange{number}": True for number in range(60)}))
    issues = body(sender.send(strange))["issue"]
    assert len(issues) == 51
    assert issues[-1]["diagnostics"] == "and 10 more"


def test_refusals_carry_the_headers_that_say_what_to_do(sender):
    assert "Bearer" in REFUSED["a bad token"](sender)["WWW-Authenticate"]
    assert int(REFUSED["too many"](sender)["Retry-After"]) > 0
    assert int(REFUSED["away"](sender)["Retry-After"]) > 0
    assert "GET" in REFUSED["another method"](sender)["Allow"]


@pytest.mark.parametrize("scope", ["cases:read", "referrals:read"])
def test_a_token_without_the_scope_is_refused(fhir, world, scope):
    answer = fhir(world.police, scope).send(message(plainly()))
    assert told(answer)[:3] == (403, "forbidden", "REC_FORBIDDEN")
    assert "referrals:write" in body(answer)["issue"][0]["diagnostics"]


def test_reading_takes_the_scope_to_read(fhir, world):
    referral = referral_at(State.SENT, world)
    assert fhir(world.police, "referrals:write").get(f"Task/{referral.pk}").status_code == 403
    assert fhir(world.police, "referrals:read").get(f"Task/{referral.pk}").status_code == 200


@pytest.mark.parametrize("path", ["metadata", "Task/7", "Patient/7"])
def test_both_ids_are_given_back_whatever_the_answer(sender, path):
    ids = {"x-request-id": str(uuid4()), "x-correlation-id": str(uuid4())}
    answer = sender.http.get(f"/fhir/{path}", headers=ids)
    assert {name: answer[name] for name in ids} == ids


def test_an_id_that_no_log_can_hold_is_not_given_back(sender):
    answer = sender.http.get("/fhir/metadata", headers={"x-correlation-id": "a b"})
    assert "X-Correlation-ID" not in answer


def test_both_ids_stand_in_every_line_of_the_log(sender, caplog):
    ids = {"X_Request_ID": str(uuid4()), "X_Correlation_ID": str(uuid4())}
    with caplog.at_level("INFO", "request"):
        sender.send(message(whole()), **ids)
    lines = [each.msg for each in caplog.records if isinstance(each.msg, dict)]
    assert lines
    for line in lines:
        assert (line["request_id"], line["correlation_id"]) == (ids["X_Request_ID"], ids["X_Correlation_ID"])
    assert "EXAMPLE" not in str(lines)
    assert "9990000018" not in str(lines)


def test_answers_are_counted_like_those_of_the_plain_api(sender):
    first, second = (sender.get("Task?identifier=7") for _ in range(2))
    assert int(first["RateLimit-Remaining"]) - int(second["RateLimit-Remaining"]) in (1, 1 - 1200)
    assert "API-Version" not in first


@pytest.mark.parametrize("again", [JSON, XML])
def test_a_message_sent_again_has_one_effect_and_says_what_it_made(sender, again):
    sent = message(whole())
    first = sender.send(sent)
    second = sender.send({**sent, "id": str(uuid4()), "timestamp": "2026-11-22T00:00:00Z"}, again)
    assert told(second)[:3] == (409, "duplicate", "REC_CONFLICT")
    assert second["Location"] == first["Location"]
    assert sender.plain("/referrals/")["results"][0]["id"] == found(first, "ServiceRequest")["id"]
    assert len(sender.plain("/referrals/")["results"]) == 1


def test_another_message_under_the_same_id_is_not_taken_for_the_first(sender):
    sent = message(plainly())
    assert sender.send(sent).status_code == 200
    sent["entry"][1]["resource"]["priority"] = "stat"
    assert told(sender.send(sent))[:3] == (422, "business-rule", "REC_UNPROCESSABLE_ENTITY")


def test_a_message_that_was_refused_may_be_corrected_under_its_id(sender):
    sent = message(plainly())
    wrong = json.loads(json.dumps(sent))
    wrong["entry"][1]["resource"]["priority"] = "now"
    assert sender.send(wrong).status_code == 400
    assert sender.send(sent).status_code == 200


def test_a_message_is_known_by_its_header_then_its_bundle(sender):
    sent = message(plainly())
    del sent["entry"][0]["resource"]["id"]
    sent["identifier"] = {"system": "urn:ietf:rfc:3986", "value": "urn:uuid:7e0c3a"}
    answer = sender.send(sent)
    assert body(answer)["entry"][0]["resource"]["response"]["identifier"] == "7e0c3a"
    assert sender.send({**sent, "id": "other"}).status_code == 409
    del sent["identifier"]
    answer = sender.send({**sent, "id": "a-bundle"})
    assert body(answer)["entry"][0]["resource"]["response"]["identifier"] == "a-bundle"
    del sent["id"]
    assert told(sender.send(sent)) == (400, "invalid", BAD, "MessageHeader.id")


def test_two_partners_may_use_one_id(sender, receiver, world):
    sent = message(plainly())
    assert sender.send(sent).status_code == 200
    theirs = json.loads(json.dumps(sent))
    theirs["entry"][1]["resource"]["performer"][0]["identifier"]["value"] = "police-desk"
    assert receiver.send(theirs).status_code == 200


def test_two_at_once_make_one_referral(sender, race, world):
    sent = written(message(plainly()), JSON)
    ids = {"X-Request-ID": str(uuid4()), "X-Correlation-ID": str(uuid4())}
    auth = sender.http.defaults["HTTP_AUTHORIZATION"]

    def send():
        answer = Client(headers={"authorization": auth}).post(
            "/fhir/$process-message", sent, content_type=JSON, headers=ids
        )
        return answer.status_code

    outcomes = race(send, send)
    assert sorted(each.value for each in outcomes) == [200, 409]
    assert len(sender.plain("/referrals/")["results"]) == 1


def test_a_message_costs_as_many_queries_as_the_plain_api_and_a_few(sender, world):
    plain = {
        "person": {"description": "a man in a red coat"}, "category": "concern_for_welfare",
        "priority": "P2", "to_team": "trust-desk",
    }  # fmt: skip
    with CaptureQueriesContext(connection) as ours:
        assert sender.send(message(plainly())).status_code == 200
    with CaptureQueriesContext(connection) as theirs:
        assert (
            sender.http.post("/api/v1/referrals/", plain, content_type="application/json").status_code == 201
        )
    assert len(ours) <= len(theirs) + 4  # its key taken and kept, and how it ended
    with CaptureQueriesContext(connection) as whole_one:
        assert sender.send(message(whole())).status_code == 200
    assert len(whole_one) <= len(ours) + 6  # a P1 has a clock more


def test_whoever_is_signed_in_at_a_browser_needs_the_token_of_the_page(world, db):
    member = Membership.objects.filter(team=world.teams["police"]).first()
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(member.user, "django.contrib.auth.backends.ModelBackend")
    answer = Fhir(browser).send(message(plainly()))
    assert told(answer)[:3] == (403, "forbidden", "REC_FORBIDDEN")
    assert not Referral.objects.exists()
