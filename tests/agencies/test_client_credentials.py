"""How a program shows who it is: secrets that overlap, keys of its own; and what is not enough."""

import json
import time
from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS

from agencies import services
from agencies.acting import acting_for
from agencies.api.token import KIND
from agencies.models import ApiClient, AuditEvent
from tests.factories.agencies import ApiClientFactory

AUDIENCE = "http://localhost:8000/oauth/token/"


@pytest.fixture(scope="module")
def keys():
    """One RSA and one EC key: made once, they take a while."""
    return {
        "rsa": JWK.generate(kty="RSA", size=2048, kid="rsa"),
        "ec": JWK.generate(kty="EC", crv="P-256", kid="ec"),
    }


@pytest.fixture
def program(db, settings):
    """A partner's system, and a function that does something for its agency."""
    settings.SITE_URL = "http://localhost:8000"
    return ApiClientFactory()


def decide(program, service, **said):
    with acting_for(program.agency_id):
        return service(client_id=program.pk, by=None, **said)


def token(**said):
    return Client().post("/oauth/token/", {"grant_type": "client_credentials", **said})


def by_secret(program, secret):
    return token(client_id=program.client_id, client_secret=secret).status_code


def with_keys(program, keys):
    decide(program, services.set_keys, keys=[key.export_public(as_dict=True) for key in keys.values()])


def signed(program, key, alg="RS256", header=None, **changes):
    """An assertion as the program makes it, unless changed; None leaves a claim out."""
    plain = {
        "iss": program.client_id,
        "sub": program.client_id,
        "aud": AUDIENCE,
        "exp": int(time.time()) + 60,
        "jti": str(uuid4()),
    }
    claims = {name: value for name, value in {**plain, **changes}.items() if value is not None}
    made = JWS(json.dumps(claims))
    made.add_signature(key, None, json.dumps({"alg": alg, "kid": key.get("kid"), **(header or {})}))
    return made.serialize(compact=True)


def by_assertion(assertion, **said):
    return token(**{"client_assertion_type": KIND, "client_assertion": assertion, **said}).status_code


def test_the_old_secret_holds_while_it_overlaps_and_the_new_one_from_now_on(program):
    made = decide(program, services.rotate_secret, overlap=timedelta(hours=1))
    assert by_secret(program, made.secret) == 200
    assert by_secret(program, "letmein") == 200
    assert by_secret(program, "guessed") == 401
    ApiClient.objects.update(old_secret_until=made.client.created)
    assert by_secret(program, "letmein") == 401
    assert by_secret(program, made.secret) == 200


def test_a_secret_that_was_rotated_twice_is_over(program):
    decide(program, services.rotate_secret, overlap=timedelta(hours=1))
    decide(program, services.rotate_secret, overlap=timedelta(hours=1))
    assert by_secret(program, "letmein") == 401


def test_secrets_are_stored_as_hashes_and_each_change_is_audited(program, keys):
    made = decide(program, services.rotate_secret, overlap=timedelta(hours=1))
    with_keys(program, keys)
    stored = ApiClient.objects.get(pk=program.pk)
    assert made.secret not in (stored.client_secret, stored.old_secret)
    assert stored.old_secret != "letmein"
    with acting_for(program.agency_id):
        actions = set(AuditEvent.objects.values_list("action", flat=True))
    assert actions == {"client.secret_rotated", "client.keys_set"}


@pytest.mark.parametrize(
    ("name", "alg"), [("rsa", "RS256"), ("rsa", "RS512"), ("rsa", "PS256"), ("ec", "ES256")]
)
def test_what_it_signs_gets_a_token_that_works(program, keys, name, alg):
    with_keys(program, keys)
    answer = token(client_assertion_type=KIND, client_assertion=signed(program, keys[name], alg))
    assert answer.status_code == 200, answer.content
    bearer = {"authorization": f"Bearer {answer.json()['access_token']}"}
    assert Client().get("/api/v1/teams/", headers=bearer).status_code == 200


def test_an_assertion_is_used_once(program, keys, race):
    with_keys(program, keys)
    assertion = signed(program, keys["ec"], "ES256")
    outcomes = race(*[lambda: by_assertion(assertion)] * 4)
    assert sorted(each.value for each in outcomes) == [200, 401, 401, 401]


WRONG = {
    "another issuer": {"iss": "somebody"},
    "another subject": {"sub": "somebody"},
    "for another site": {"aud": "https://elsewhere.example/oauth/token/"},
    "for nobody": {"aud": None},
    "run out": {"exp": int(time.time()) - 1},
    "good for ever": {"exp": int(time.time()) + 86_400},
    "without an end": {"exp": None},
    "an end in words": {"exp": "soon"},
    "beyond all time": {"exp": 1e300},
    "without a number": {"jti": None},
    "an endless number": {"jti": "x" * 300},
    "a number that is none": {"jti": ["x"]},
    "a zero byte": {"sub": "a\0", "iss": "a\0"},
}


@pytest.mark.parametrize("changes", WRONG.values(), ids=list(WRONG))
def test_an_assertion_that_is_not_as_it_should_be_gets_nothing(program, keys, changes):
    with_keys(program, keys)
    assert by_assertion(signed(program, keys["ec"], "ES256", **changes)) == 401


def test_whoever_signs_with_what_is_not_its_own_gets_nothing(program, keys):
    with_keys(program, {"rsa": keys["rsa"]})
    stranger = JWK.generate(kty="RSA", size=2048, kid="rsa")
    public = keys["rsa"].export_to_pem()
    shared = JWK.from_password(public.decode())
    shared["kid"] = "rsa"
    assert by_assertion(signed(program, stranger)) == 401
    assert by_assertion(signed(program, keys["ec"], "ES256")) == 401
    assert by_assertion(signed(program, shared, "HS256")) == 401, "a public key is no secret"
    unsigned = signed(program, keys["rsa"]).rpartition(".")[0] + "."
    assert by_assertion(unsigned) == 401
    for nonsense in ("x", "a.b.c", "e30.e30.", "{}"):
        assert by_assertion(nonsense) == 401
    assert by_assertion(signed(program, keys["rsa"]), client_assertion_type="other") == 401
    assert by_assertion(signed(program, keys["rsa"])) == 200


def test_a_bad_assertion_is_not_made_up_for_by_a_secret(program, keys):
    with_keys(program, keys)
    said = {"client_id": program.client_id, "client_secret": "letmein"}
    assert by_assertion("x", **said) == 401


def test_a_revoked_client_signs_in_vain(program, keys):
    with_keys(program, keys)
    decide(program, services.revoke_client)
    assert by_assertion(signed(program, keys["rsa"])) == 401


@pytest.mark.parametrize("kind", ["private", "short", "symmetric", "nameless", "twice", "nonsense"])
def test_keys_that_are_no_strong_public_keys_are_refused(program, keys, kind):
    public = keys["ec"].export_public(as_dict=True)
    offered = {
        "private": [keys["ec"].export(as_dict=True)],
        "short": [JWK.generate(kty="RSA", size=1024, kid="s").export_public(as_dict=True)]
        if kind == "short"
        else [],
        "symmetric": [{"kty": "oct", "k": "c2VjcmV0", "kid": "o"}],
        "nameless": [{name: value for name, value in public.items() if name != "kid"}],
        "twice": [public, public],
        "nonsense": [{"kty": "RSA", "kid": "n"}],
    }[kind]
    with pytest.raises(services.Refused):
        decide(program, services.set_keys, keys=offered)
