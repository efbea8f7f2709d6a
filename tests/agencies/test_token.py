"""Tokens by client credentials: the secret is stored hashed, the token not at all."""

from base64 import b64encode

import pytest
from django.contrib.auth.hashers import make_password
from django.test import Client
from oauth2_provider.models import AccessToken

from agencies import services
from agencies.models import ApiClient
from tests.factories.agencies import TeamFactory


@pytest.fixture
def new(db, in_role):
    """A client that was given two scopes."""
    team = TeamFactory()
    with in_role("worker"):
        return services.create_client(
            name="Control room",
            agency_id=team.agency_id,
            team_id=team.pk,
            scopes=["referrals:read", "cases:read"],
            by=None,
        )


def ask(new, **fields):
    data = {
        "grant_type": "client_credentials",
        "client_id": new.client.client_id,
        "client_secret": new.secret,
        **fields,
    }
    return Client().post("/oauth/token/", data)


def test_a_secret_is_kept_as_one_of_a_program_and_an_older_ones_hash_still_opens(new):
    stored = ApiClient.objects.get(pk=new.client.pk).client_secret
    assert stored.startswith("pbkdf2_sha256_random$1$")
    assert new.secret not in stored
    slow = make_password(new.secret, hasher="md5")
    ApiClient.objects.filter(pk=new.client.pk).update(client_secret=slow)
    assert ask(new).status_code == 200
    assert ask(new, client_secret=new.secret[:-1]).status_code == 401


def test_a_token_has_all_its_clients_scopes_unless_fewer_are_asked_for(new):
    answer = ask(new)
    assert answer.status_code == 200
    assert answer.json()["token_type"] == "Bearer"
    assert answer.json()["expires_in"] == 3600  # seconds
    assert set(answer.json()["scope"].split()) == {"referrals:read", "cases:read"}
    assert ask(new, scope="cases:read").json()["scope"] == "cases:read"


@pytest.mark.parametrize("scope", ["referrals:write", "cases:read referrals:write", "nonsense"])
def test_a_client_gets_no_scope_that_is_not_its_own(scope, new):
    answer = ask(new, scope=scope)
    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_scope"


@pytest.mark.parametrize(
    "wrong", [{"client_secret": "guess"}, {"client_id": "nobody"}, {"client_secret": ""}]
)
def test_a_wrong_secret_or_name_gets_nothing(wrong, new):
    answer = ask(new, **wrong)
    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_client"


@pytest.mark.parametrize("grant", ["password", "authorization_code", "refresh_token", "implicit", ""])
def test_no_other_grant_is_given(grant, new):
    answer = ask(new, grant_type=grant, username="user", password="letmein", code="x", refresh_token="x")
    assert answer.status_code in {400, 401}
    assert not AccessToken.objects.exists()


def test_basic_authentication_serves_as_well(new):
    answer = Client().post(
        "/oauth/token/",
        {"grant_type": "client_credentials"},
        headers={"authorization": f"Basic {basic(new)}"},
    )
    assert answer.status_code == 200


def basic(new):
    return b64encode(f"{new.client.client_id}:{new.secret}".encode()).decode()


def test_the_token_works_and_is_not_stored(new, settings):
    settings.ROOT_URLCONF = "tests.agencies.site"
    token = ask(new).json()["access_token"]
    answer = Client(headers={"authorization": f"Bearer {token}"}).get("/who/")
    assert answer.json()["actor"]["client_id"] == new.client.pk
    assert answer.json()["scopes"] == ["cases:read", "referrals:read"]
    assert AccessToken.objects.get().token == ""


def test_the_secret_is_stored_as_a_hash(new):
    stored = ApiClient.objects.get().client_secret
    assert new.secret not in stored
    assert "$" in stored


def test_a_revoked_client_gets_no_more_tokens(new, in_role):
    with in_role("worker"):
        services.revoke_client(client_id=new.client.pk, by=None)
    assert ask(new).status_code == 401
