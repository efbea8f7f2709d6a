"""The API's view of who acts: 401, 403, or in."""

import pytest
from django.test import Client

from agencies.api.authentication import ClientUser
from tests.factories.agencies import (
    AccessTokenFactory,
    ApiClientFactory,
    MembershipFactory,
    UserFactory,
)


@pytest.fixture(autouse=True)
def site(settings):
    settings.ROOT_URLCONF = "tests.agencies.site"


@pytest.fixture
def program(bearing):
    """A program whose token has these scopes."""

    def with_scopes(*scopes):
        AccessTokenFactory(token="live", application=ApiClientFactory(name="CAD"), scope=" ".join(scopes))
        return bearing("live")

    return with_scopes


def test_without_credentials_the_answer_says_how_to_ask(db):
    answer = Client().get("/scoped/")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'Bearer realm="api"'


def test_a_bad_token_is_refused_by_name(bearing):
    answer = bearing("unknown").get("/scoped/")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'Bearer realm="api", error="invalid_token"'


@pytest.mark.parametrize("scope", ["cases:read", "referrals:read"])
def test_one_scope_of_those_named_is_enough(scope, program):
    answer = program(scope).get("/scoped/")
    assert answer.status_code == 200
    assert answer.json()["user"] == "CAD"


@pytest.mark.parametrize("scope", ["cases:write", "events:read", ""])
def test_no_other_scope_reads(scope, program):
    assert program(scope).get("/scoped/").status_code == 403


def test_reading_does_not_allow_writing(program):
    assert program("cases:read").post("/scoped/").status_code == 403


def test_a_program_needs_no_csrf_token_to_write(program):
    bearer = program("cases:write")
    bearer.handler.enforce_csrf_checks = True
    assert bearer.post("/scoped/").status_code == 200


def test_a_view_that_names_no_scope_is_closed(program):
    assert program("cases:read").get("/unscoped/").status_code == 403


def test_a_member_reads_with_their_session(signed_in):
    membership = MembershipFactory()
    answer = signed_in(membership).get("/scoped/")
    assert answer.json() == {"user": membership.user.username, "actor": membership.agency.code}


def test_a_browsers_write_needs_the_csrf_token(signed_in):
    browser = signed_in(MembershipFactory())
    browser.handler.enforce_csrf_checks = True
    assert browser.get("/scoped/").status_code == 200
    assert browser.post("/scoped/", content_type="application/json").status_code == 403
    browser.cookies["csrftoken"] = "a" * 32
    assert (
        browser.post(
            "/scoped/", content_type="application/json", headers={"x-csrftoken": "a" * 32}
        ).status_code
        == 200
    )


def test_somebody_who_acts_for_no_agency_is_forbidden_and_not_asked_to_sign_in(db):
    browser = Client()
    browser.force_login(UserFactory(), "django.contrib.auth.backends.ModelBackend")
    assert browser.get("/scoped/").status_code == 403


def test_a_program_is_no_member_of_staff():
    user = ClientUser("client:1", "CAD")
    assert user.is_authenticated
    assert not user.is_staff
