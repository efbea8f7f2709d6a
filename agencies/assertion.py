"""What a client signs to show who it is, instead of sending a secret: ``private_key_jwt`` (RFC 7523).

We hold the public half of its key alone, so that there is no secret to be stolen from us.
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models.functions import Now
from jwcrypto.common import JWException
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS

from agencies.models import ApiClient, UsedAssertion

# Never a shared secret, never without a signature.
SIGNED_WITH = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
LONGEST = timedelta(minutes=5)  # that an assertion may be good for
USE = """
insert into agencies_usedassertion (client_id, number, until) values (%s, %s, %s) on conflict do nothing
"""


def audience() -> str:
    """What an assertion has to be for: this site's token endpoint."""
    return f"{settings.SITE_URL}/oauth/token/"


def client_of(assertion: str) -> ApiClient | None:
    """The client that signed this just now and for us; none if anything about it is not as it should be."""
    try:
        signed = JWS()
        signed.deserialize(assertion)
        claims = json.loads(signed.objects["payload"])
        client = _named(claims)
        if client is None:
            return None
        signed.allowed_algs = SIGNED_WITH
        signed.verify(_key(client, json.loads(signed.objects["protected"])))
        return client if _is_for_us_now(claims, client) else None
    except (JWException, ValueError, TypeError, KeyError):
        return None


def _named(claims: dict[str, Any]) -> ApiClient | None:
    """Whom the assertion names, once as its issuer and once as its subject."""
    name = claims["sub"]
    if not isinstance(name, str) or "\0" in name or claims["iss"] != name:
        return None
    return ApiClient.objects.filter(client_id=name, revoked_at=None).first()


def _key(client: ApiClient, header: dict[str, Any]) -> JWK:
    """The client's key of that name. Raises KeyError."""
    return JWK(**{each["kid"]: each for each in client.keys}[header["kid"]])


def _is_for_us_now(claims: dict[str, Any], client: ApiClient) -> bool:
    """For this endpoint, for a few minutes, and for the first time; by the database's clock."""
    named = claims.get("aud")
    number, until = claims.get("jti"), claims.get("exp")
    if audience() not in (named if isinstance(named, list) else [named]):
        return False
    if not isinstance(number, str) or not 0 < len(number) <= 255 or "\0" in number:
        return False
    if isinstance(until, bool) or not isinstance(until, int | float):
        return False
    with connection.cursor() as cursor:
        cursor.execute("select clock_timestamp()")
        now = cursor.fetchone()[0]
    ends = datetime.fromtimestamp(min(max(until, 0), 2**32), UTC)
    return now < ends <= now + LONGEST and _is_first(client, number, ends)


def _is_first(client: ApiClient, number: str, until: datetime) -> bool:
    """Whether this number is new; it is kept until the assertion has run out."""
    UsedAssertion.objects.filter(client=client, until__lt=Now()).delete()
    with connection.cursor() as cursor:
        cursor.execute(USE, [client.pk, number, until])
        return cursor.rowcount == 1
