"""Who acts in a request."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from agencies import services
from agencies.models import ApiClient, Membership
from agencies.roles import SCOPES, Role
from tests.factories.agencies import (
    AccessTokenFactory,
    ApiClientFactory,
    MembershipFactory,
    UserFactory,
)

YESTERDAY = timezone.now() - timedelta(days=1)
TOMORROW = timezone.now() + timedelta(days=1)


@pytest.fixture(autouse=True)
def site(settings):
    settings.ROOT_URLCONF = "tests.agencies.site"


def who(client):
    return client.get("/who/").json()


def verbs(queries):
    return [query["sql"].split()[0].lower() for query in queries]


def test_nobody_acts_in_a_request_without_credentials(db, django_assert_num_queries):
    with django_assert_num_queries(1):  # the view's own
        answer = who(Client())
    assert answer["actor"] is None
    assert answer["bearer_error"] is None
    assert answer["seen"] == ""
    assert not answer["in_transaction"]


def test_a_live_token_acts_for_its_clients_agency_and_team(bearing):
    client = ApiClientFactory(name="Control room")
    AccessTokenFactory(token="live", application=client)
    answer = who(bearing("live"))
    assert answer["actor"]["client_id"] == client.pk
    assert answer["actor"]["agency"] == client.agency.code
    assert answer["actor"]["team_id"] == client.team_id
    assert answer["actor"]["name"] == "Control room"
    assert answer["level"] == Role.WORKER
    assert answer["seen"] == str(client.agency_id)
    assert answer["in_transaction"]


def test_the_scheme_may_be_written_in_any_case(db):
    AccessTokenFactory(token="live")
    assert who(Client(headers={"authorization": "bEaReR live"}))["actor"]


def test_a_token_has_the_scopes_it_was_given_and_its_client_still_has(bearing):
    client = ApiClientFactory(scopes=["cases:read", "events:read"])
    AccessTokenFactory(token="live", application=client, scope="cases:read referrals:write")
    assert who(bearing("live"))["scopes"] == ["cases:read"]


@pytest.mark.parametrize("token", ["unknown", "", "two words", "ünïcode", "x" * 5000])
def test_a_token_that_nobody_issued_is_an_error_and_nobody_acts(token, bearing):
    answer = who(bearing(token))
    assert answer["actor"] is None
    assert answer["bearer_error"] == "invalid_token"
    assert not answer["in_transaction"]


def test_an_expired_token_is_an_error(bearing):
    AccessTokenFactory(token="old", expires=YESTERDAY)
    assert who(bearing("old"))["bearer_error"] == "invalid_token"


def test_the_token_of_a_revoked_client_is_an_error(bearing):
    AccessTokenFactory(token="t", application=ApiClientFactory(revoked_at=YESTERDAY))
    assert who(bearing("t"))["bearer_error"] == "invalid_token"


def test_revoking_a_client_ends_its_tokens_at_once(bearing, in_role):
    token = AccessTokenFactory(token="t")
    assert who(bearing("t"))["actor"]
    with in_role("worker"):
        services.revoke_client(client_id=token.application_id, by=None)
    assert who(bearing("t"))["bearer_error"] == "invalid_token"


def test_a_client_that_loses_a_scope_loses_it_at_once(bearing):
    token = AccessTokenFactory(token="t")
    ApiClient.objects.filter(pk=token.application_id).update(scopes=["cases:read"])
    assert who(bearing("t"))["scopes"] == ["cases:read"]


@pytest.mark.parametrize("header", ["Basic dXNlcjpwYXNz", "Token live", "live", "Bearerlive"])
def test_another_scheme_is_no_bearer_and_no_error(header, db):
    AccessTokenFactory(token="live")
    answer = who(Client(headers={"authorization": header}))
    assert answer["actor"] is None
    assert answer["bearer_error"] is None


def test_a_member_acts_as_the_only_membership_they_have(signed_in):
    membership = MembershipFactory(role=Role.SUPERVISOR)
    answer = who(signed_in(membership))
    assert answer["actor"] == {
        "name": membership.user.shown_name,
        "role": "supervisor",
        "contact": membership.phone,
        "agency": membership.agency.code,
        "team_id": membership.team_id,
        "membership_id": membership.pk,
        "client_id": None,
    }
    assert answer["level"] == Role.SUPERVISOR
    assert answer["scopes"] == sorted(SCOPES)
    assert answer["seen"] == str(membership.agency_id)


def test_a_member_without_a_team_acts_for_the_agency(signed_in):
    membership = MembershipFactory()
    Membership.objects.filter(pk=membership.pk).update(team=None)
    assert who(signed_in(membership))["actor"]["team_id"] is None


def test_somebody_signed_in_who_is_no_member_acts_for_nobody(db):
    client = Client()
    client.force_login(UserFactory(username="nomad"), "django.contrib.auth.backends.ModelBackend")
    answer = who(client)
    assert answer["actor"] is None
    assert answer["user"] == "nomad"


@pytest.mark.parametrize("times", [{"until": YESTERDAY}, {"since": TOMORROW}])
def test_a_membership_that_has_ended_or_not_begun_gives_no_actor(times, signed_in):
    assert who(signed_in(MembershipFactory(**times)))["actor"] is None


def test_a_membership_ends_at_its_instant_and_not_before(signed_in):
    assert who(signed_in(MembershipFactory(until=TOMORROW)))["actor"]


def test_with_two_memberships_somebody_acts_once_they_have_chosen(signed_in):
    first = MembershipFactory()
    second = MembershipFactory(user=first.user)
    browser = signed_in(first)
    assert who(browser)["actor"] is None
    assert browser.get(f"/pick/{second.pk}/").json()["actor"]["membership_id"] == second.pk
    assert who(browser)["actor"]["membership_id"] == second.pk
    assert browser.get(f"/pick/{first.pk}/").json()["actor"]["membership_id"] == first.pk
    assert who(browser)["actor"]["membership_id"] == first.pk


def test_nobody_can_choose_another_persons_membership(signed_in):
    mine, other = MembershipFactory(), MembershipFactory()
    MembershipFactory(user=mine.user)
    browser = signed_in(mine)
    assert browser.get(f"/pick/{other.pk}/").json()["actor"] is None
    assert who(browser)["actor"] is None


def test_the_only_membership_is_not_given_to_one_who_chose_another(signed_in):
    mine, other = MembershipFactory(), MembershipFactory()
    assert signed_in(mine).get(f"/pick/{other.pk}/").json()["actor"] is None


def test_a_chosen_membership_that_has_ended_is_chosen_no_more(signed_in):
    first = MembershipFactory()
    second, third = MembershipFactory(user=first.user), MembershipFactory(user=first.user)
    browser = signed_in(first)
    browser.get(f"/pick/{second.pk}/")
    Membership.objects.filter(pk=second.pk).update(until=YESTERDAY)
    assert who(browser)["actor"] is None
    assert browser.get(f"/pick/{third.pk}/").json()["actor"]["membership_id"] == third.pk


def test_a_bearer_is_never_the_person_signed_in_too(signed_in):
    membership = MembershipFactory()
    AccessTokenFactory(token="live")
    browser = signed_in(membership)
    answer = browser.get("/who/", headers={"authorization": "Bearer live"}).json()
    assert answer["actor"]["membership_id"] is None
    assert answer["user"] == ""
    answer = browser.get("/who/", headers={"authorization": "Bearer dead"}).json()
    assert answer["actor"] is None
    assert answer["user"] == ""


def test_a_leaver_is_signed_out_at_once(signed_in, in_role):
    membership = MembershipFactory(since=datetime(2020, 1, 1, tzinfo=UTC))
    browser = signed_in(membership)
    assert who(browser)["actor"]
    with in_role("worker"):
        services.leave(membership_id=membership.pk, by=None)
    answer = who(browser)
    assert answer["actor"] is None
    assert answer["user"] == ""


def test_a_token_costs_one_query_besides_the_transaction(bearing, django_assert_num_queries):
    AccessTokenFactory(token="live")
    bearer = bearing("live")
    with django_assert_num_queries(5) as asked:
        who(bearer)
    # the token; the transaction and whose it is; the view's own; the end
    assert verbs(asked) == ["select", "begin", "select", "select", "commit"]


def test_a_session_costs_three_queries_besides_the_transaction(signed_in, django_assert_num_queries):
    browser = signed_in(MembershipFactory())
    who(browser)  # the first one of a session also writes it
    with django_assert_num_queries(7) as asked:
        who(browser)
    # session, user, memberships; the rest as above
    assert verbs(asked) == [*["select"] * 3, "begin", "select", "select", "commit"]
