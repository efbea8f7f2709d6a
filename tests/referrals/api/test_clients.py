"""Whoever runs an agency looks after its programs over HTTP; nobody else does."""

import pytest
from jwcrypto.jwk import JWK

from agencies.roles import Role
from tests.factories.agencies import MembershipFactory
from tests.referrals.api.test_schema import checked


@pytest.fixture
def manager(world, signed_in_to_api):
    """Somebody who runs the trust."""
    return signed_in_to_api(MembershipFactory(team=world.teams["trust"], role=Role.MANAGER))


def test_a_new_secret_is_told_once_and_opens(document, world, manager):
    (mine,) = manager.get("/clients/").json()["results"]
    path = f"/clients/{mine['id']}/secret/"
    answer = manager.post(path, {"overlap_hours": 1}, idempotency_key="one")
    checked(document, "post", "/clients/{id}/secret/", answer)
    secret = answer.json()["client_secret"]
    assert manager.post(path, {"overlap_hours": 1}, idempotency_key="one").json()["client_secret"] is None
    asked = {"grant_type": "client_credentials", "client_id": mine["client_id"], "client_secret": secret}
    assert manager.http.post("/oauth/token/", asked).status_code == 200
    checked(document, "get", "/clients/", manager.get("/clients/"))


def test_keys_are_set_and_wrong_ones_named(document, manager):
    (mine,) = manager.get("/clients/").json()["results"]
    key = JWK.generate(kty="EC", crv="P-256", kid="k1")
    path = f"/clients/{mine['id']}/keys/"
    answer = manager.post(path, {"keys": [key.export_public(as_dict=True)]})
    assert answer.json()["keys"] == ["k1"]
    checked(document, "post", "/clients/{id}/keys/", answer)
    assert manager.post(path, {"keys": [key.export(as_dict=True)]}).status_code == 400
    assert manager.post(path, {"keys": "k1"}).status_code == 400


def test_access_is_taken_back_once(document, manager, trust):
    (mine,) = manager.get("/clients/").json()["results"]
    path = f"/clients/{mine['id']}/revoke/"
    checked(document, "post", "/clients/{id}/revoke/", manager.post(path))
    assert trust.get("/teams/").status_code == 401
    assert manager.post(path).status_code == 409
    assert manager.post(f"/clients/{mine['id']}/secret/").status_code == 409


def test_nobody_else_looks_after_them(world, police, trust, manager, signed_in_to_api):
    assert trust.get("/clients/").status_code == 403, "a token that was stolen must not make new secrets"
    worker = signed_in_to_api(MembershipFactory(team=world.teams["trust"], role=Role.SUPERVISOR))
    assert worker.get("/clients/").status_code == 403
    for what in ("secret", "keys", "revoke"):
        assert manager.post(f"/clients/{world.police.client_id}/{what}/", {"keys": []}).status_code in (
            400,
            404,
        )
    assert police.get("/teams/").status_code == 200
