"""A failed request's page says what happened and whom to phone, and needs no database."""

import pytest
from django.db import OperationalError, connection, transaction
from django.http import HttpResponseNotAllowed
from django.test import Client, RequestFactory

from config import errors
from tests.factories.agencies import MembershipFactory


def not_allowed(request):
    return errors.NotAllowed(lambda asked: HttpResponseNotAllowed(["POST"]))(request)


def stopped(request):
    """The database stops what takes too long, and says so."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("set local statement_timeout = 20")
            cursor.execute("select pg_sleep(5)")
    except OperationalError:
        return errors.server_error(request)


PAGES = {
    400: lambda request: errors.bad_request(request, ValueError()),
    403: lambda request: errors.forbidden(request, PermissionError()),
    404: lambda request: errors.not_found(request, LookupError()),
    405: not_allowed,
    500: errors.server_error,
    503: stopped,
}


@pytest.mark.parametrize("status", PAGES)
def test_it_says_whom_to_phone(settings, status, db):
    settings.SERVICE_DESK = "the desk on <020>"
    request = RequestFactory().get("/", headers={"X-Request-ID": "unused"})
    request.request_id = "read-me-out"
    answer = PAGES[status](request)
    shown = answer.content.decode()
    assert answer.status_code == status
    assert errors.SAID[status][0] in shown
    for said in ("phone 999", "the desk on &lt;020&gt;", "read-me-out"):
        assert said in shown


def test_five_wrong_passwords_lock_the_name_from_this_place_and_nobody_else(db):
    locked, other = MembershipFactory().user, MembershipFactory().user
    browser = Client()

    def attempt(user, *, rightly=False):
        return browser.post(
            "/accounts/login/", {"username": user.username, "password": "letmein" if rightly else "x"}
        )

    for _ in range(4):
        assert attempt(locked).status_code == 200
    refused = attempt(locked)
    assert refused.status_code == 429
    assert "Sign-in is locked for 15 minutes" in refused.content.decode()
    assert attempt(locked, rightly=True).status_code == 429
    assert attempt(other, rightly=True).status_code == 302
