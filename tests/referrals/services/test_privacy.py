"""Nothing of the person leaves by a message, an event, an escalation or the log."""

import json
from datetime import timedelta

import pytest

from notifications.models import Message
from referrals.domain.referral import State
from referrals.models import Escalation, Event, Move
from referrals.models.keys import instant
from referrals.services import claim, contact, engine, risk
from tests.database import in_role_of
from tests.factories.world import act, decide_anew, make_world, move, referral_at

PERSON = {
    "family_name": "XANTHOPOULOS", "given_name": "Zebedee", "nhs_number": "9990000026",
    "description": "QUARTZ tattoo", "phone": "07700 900123", "date_of_birth": "1999-09-19",
}  # fmt: skip
TOLD = {
    "summary": "FLUORESCENT summary", "location": {"text": "VERMILION Street"},
    "source_incident_number": "CAD-4711",
}  # fmt: skip
SECRETS = [
    "xanthopoulos", "zebedee", "9990000026", "quartz", "900123", "1999-09-19", "fluorescent", "vermilion",
    "ochre", "magenta", "turquoise",
]  # fmt: skip


def tell_everything():
    """A case in which everybody has said something of the person, and every clock has rung."""
    world = make_world()
    referral = referral_at(State.SENT, world, person=PERSON, priority="P1", **TOLD)
    spoken = {"name": "A Example", "role": "nurse", "contact": "020 7946 0103"}
    act(world.police, claim.claim, referral_id=referral.pk, accepted_by=spoken)
    act(world.trust, risk.change, referral_id=referral.pk, direction="raise", reason="MAGENTA pills")
    move(world.trust, referral, "request_info", reason="is the door OCHRE?")
    move(world.police, referral, "answer_info", reason="it is OCHRE")
    move(world.trust, referral, "accept")
    reached = {"channel": "phone", "with_whom": "person", "outcome": "reached", "note": "says TURQUOISE"}
    act(world.trust, contact.log, referral_id=referral.pk, **reached)
    move(world.trust, referral, "start")
    move(world.trust, referral, "complete", outcome="TURQUOISE and safe")
    move(world.police, referral, "close", caller_told="told of MAGENTA")
    decide_anew(world, referral)
    other = referral_at(State.DECLINED, world, person=PERSON, **TOLD)
    move(world.police, other, "resend", to_team=world.teams["other_trust"])
    with in_role_of("worker"):
        for hours in (1, 30, 300):
            engine.tick(now=instant() + timedelta(hours=hours))


@pytest.fixture
def everything_told(db, in_role):
    """All of it, as the worker sees it."""
    db.scene("everything told", tell_everything)
    with in_role("worker"):
        yield


@pytest.mark.parametrize(("model", "fields"), [
    (Message, ["key", "about", "recipient", "role", "kind", "data"]),
    (Event, ["type", "actor", "data"]),
    (Move, ["action", "actor", "reason_code", "details"]),
    (Escalation, ["told"]),
])  # fmt: skip
def test_no_row_holds_a_word_of_the_person(everything_told, model, fields):
    rows = [json.dumps(row, default=str).lower() for row in model.objects.values_list(*fields)]
    assert len(rows) > 5
    assert [(secret, row) for secret in SECRETS for row in rows if secret in row] == []


def test_the_words_are_there_to_be_found(everything_told, as_superuser):
    kept = "select lower(string_agg(body::text, ' ')) from referrals_content"
    (words,) = as_superuser.execute(kept).fetchone()
    assert [secret for secret in SECRETS if secret not in words] == []


def test_an_events_content_is_named_by_key_and_digest_alone(everything_told):
    named = [each for event in Event.objects.all() for each in event.data.get("content", [])]
    assert len(named) > 10
    assert {frozenset(each) for each in named} == {frozenset({"kind", "id", "digest"})}


def test_a_message_says_reference_priority_clock_and_codes_and_no_more(everything_told):
    said = {key for message in Message.objects.all() for key in message.data}
    assert said <= {
        "reference", "case", "priority", "clock", "target_at", "percent", "demand", "unticked", "reason_code",
        "arrives_at", "last",
    }  # fmt: skip


def test_the_log_is_silent_about_the_person(db, caplog):
    with caplog.at_level("DEBUG"):
        tell_everything()
    assert [secret for secret in SECRETS if secret in caplog.text.lower()] == []
