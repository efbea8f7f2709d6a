"""What Notify calls: a token compared in constant time, the same answer whatever we know, and no GET."""

import json

import psycopg
import pytest
from django.test import Client

from notifications.models import Receipt, TypedCode
from referrals.api import notify
from tests.database import in_role_of
from tests.notify import TOKEN

RECEIPTS, TEXTS = "/notify/receipts/", "/notify/texts/"
# As documented; the number is of Ofcom's range for drama.
RECEIPT = {
    "id": "740e5834-3a29-46b4-9a6f-16142fde533a",
    "reference": "01a2260f-0e53-7048-8849-c6a35b3e3021",
    "to": "07700900123",
    "status": "delivered",
    "created_at": "2026-05-14T12:15:30.000000Z",
    "completed_at": "2026-05-14T12:15:30.000000Z",
    "sent_at": "2026-05-14T12:15:30.000000Z",
    "notification_type": "sms",
    "template_id": "f33517ff-2a88-4f6e-b855-c550268ce08a",
    "template_version": 1,
}
TEXT = {
    "id": "3a29740e-3a29-46b4-9a6f-16142fde533a",
    "source_number": "447700900123",
    "destination_number": "07700987654",
    "message": "CFHJK please",
    "date_received": "2026-05-14T12:15:30.000000Z",
}


@pytest.fixture(autouse=True)
def token(settings, world):
    settings.NOTIFY_CALLBACK_TOKEN = TOKEN


def call(address, said, token=TOKEN, **headers):
    browser = Client(enforce_csrf_checks=True, headers={"Authorization": f"Bearer {token}", **headers})
    body = said if isinstance(said, str | bytes) else json.dumps(said)
    return browser.post(address, body, content_type="application/json").status_code


def kept(model):
    with in_role_of("owner"):
        return list(model.objects.all())


def test_a_receipt_is_kept_without_the_address_it_was_for():
    assert call(RECEIPTS, RECEIPT) == 204
    [row] = kept(Receipt)
    assert (row.provider_id, row.reference, row.status) == (RECEIPT["id"], RECEIPT["reference"], "delivered")
    assert "7700900123" not in str(vars(row))


def test_the_same_receipt_is_kept_once_and_its_next_status_too():
    assert [call(RECEIPTS, RECEIPT) for _ in range(3)] == [204, 204, 204]
    assert call(RECEIPTS, RECEIPT | {"status": "permanent-failure"}) == 204
    assert len(kept(Receipt)) == 2


@pytest.mark.parametrize("reference", ["somebody else's", None, "", "0199aaaa-0000-7000-8000-000000000001"])
def test_an_unknown_reference_is_answered_like_any_other(reference):
    assert call(RECEIPTS, RECEIPT | {"reference": reference}) == 204


@pytest.mark.parametrize("status", ["sending", "elephant", ""])
def test_what_is_no_end_is_not_kept(status):
    assert call(RECEIPTS, RECEIPT | {"status": status}) == 204
    assert kept(Receipt) == []


def test_a_text_is_kept_as_number_and_code():
    assert call(TEXTS, TEXT) == 204
    assert call(TEXTS, TEXT) == 204
    [row] = kept(TypedCode)
    assert (row.number, row.code, row.judged_at) == ("+447700900123", "CFHJK", None)


def test_a_sender_that_is_no_number_is_answered_and_forgotten():
    assert call(TEXTS, TEXT | {"source_number": "Example Bank"}) == 204
    assert kept(TypedCode) == []


@pytest.mark.parametrize("address", [RECEIPTS, TEXTS])
@pytest.mark.parametrize("given", ["", "wrong", TOKEN[:-1], TOKEN + "x", "\u00e9" * 40])
def test_without_the_token_nobody_gets_in(address, given, settings):
    assert call(address, RECEIPT | TEXT, token=given) == 401
    assert kept(Receipt) == kept(TypedCode) == []


@pytest.mark.parametrize("address", [RECEIPTS, TEXTS])
def test_while_no_token_is_set_nobody_gets_in(address, settings):
    settings.NOTIFY_CALLBACK_TOKEN = ""
    assert call(address, RECEIPT, token="") == 401


def test_tokens_are_compared_in_constant_time(monkeypatch):
    compared = []
    monkeypatch.setattr(notify, "constant_time_compare", lambda *both: compared.append(both) or False)
    assert call(RECEIPTS, RECEIPT) == 401
    assert compared == [(TOKEN.encode(), TOKEN.encode())]


@pytest.mark.parametrize("address", [RECEIPTS, TEXTS])
@pytest.mark.parametrize("method", ["get", "head", "put", "delete", "options", "patch"])
def test_no_other_method_does_anything(address, method):
    browser = Client(headers={"Authorization": f"Bearer {TOKEN}"})
    assert getattr(browser, method)(address).status_code == 405


@pytest.mark.parametrize("address", [RECEIPTS, TEXTS])
@pytest.mark.parametrize(
    "said",
    [
        "",
        "[]",
        "null",
        "{",
        b"\xff",
        "{}",
        '{"id": 1}',
        '{"id": "\\u0000", "source_number": "1"}',
        "[" * 9_000,
    ],
    ids=lambda said: repr(said)[:12],
)
def test_what_notify_would_not_send_is_refused_and_breaks_nothing(address, said):
    assert call(address, said) == 400


def test_what_is_too_large_is_refused():
    assert call(TEXTS, TEXT | {"message": "x" * 30_000}) == 400


@pytest.mark.parametrize(
    "message", ["\0", "\ud800", "CFHJK\0", "x" * 9_000], ids=lambda said: repr(said)[:12]
)
def test_any_text_may_come_in(message):
    assert call(TEXTS, TEXT | {"message": message}) == 204


def test_the_web_reads_no_receipts_and_judges_no_code(as_web):
    call(RECEIPTS, RECEIPT)
    call(TEXTS, TEXT)
    for statement in (
        "select * from notifications_receipt",
        "update notifications_receipt set applied_at = now()",
        "update notifications_typedcode set outcome = 'taken', judged_at = now()",
        "delete from notifications_typedcode",
        "insert into notifications_textcode (message_id, escalation_id, agency_id, membership_id, phone,"
        " code, until) values (gen_random_uuid(), 1, 1, 1, '+447700900123', 'CFHJK', now())",
    ):
        found = ran(as_web, statement)
        assert found in ("refused", []), statement


def ran(database, statement):
    """What a statement of the web's gets: rows, or a refusal."""
    try:
        cursor = database.execute(statement)
        return cursor.fetchall() if cursor.description else cursor.rowcount
    except psycopg.errors.InsufficientPrivilege:
        return "refused"
    finally:
        database.rollback()


def test_the_web_keeps_no_receipt_as_applied_and_no_code_as_judged(as_web):
    for statement in (
        "insert into notifications_receipt (id, provider_id, reference, status, applied_at)"
        " values (gen_random_uuid(), 'x', 'x', 'delivered', now())",
        "insert into notifications_typedcode (id, provider_id, number, code, judged_at, outcome)"
        " values (gen_random_uuid(), 'x', '+447700900123', 'CFHJK', now(), 'taken')",
    ):
        assert ran(as_web, statement) == "refused"
