"""The demonstration's passwords and secrets, made for this installation and written to one file."""

import json
import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db.models import F, QuerySet

from agencies import audit, services
from agencies.models import Agency, ApiClient, Membership, User
from agencies.roles import SCOPES, AgencyKind
from referrals.management.demo.words import Place

# What a partner's system is for. Only the police decide thresholds; a charity reads and refers.
STATUTORY = tuple(scope for scope in SCOPES if scope != "thresholds:write")
SCOPES_OF = {
    AgencyKind.POLICE: tuple(SCOPES),
    AgencyKind.VOLUNTARY: ("referrals:read", "referrals:write", "cases:read", "events:read"),
}


def passwords(places: Iterable[Place]) -> dict[str, str]:
    """One for each agency, by its code: its people share it, so that a first start need not hash fifty."""
    return {place.code: secrets.token_hex(8) for place in places}


@contextmanager
def hashed(plain: dict[str, str]) -> Iterator[Callable[[], dict[str, str]]]:
    """Hash these meanwhile, on another core; what is given returns them when they are done."""
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(lambda: {code: make_password(each) for code, each in plain.items()})
        yield done.result


def set_passwords(hashes: dict[str, str]) -> None:
    """Give everybody their agency's."""
    for code, each in hashes.items():
        _people(code).update(password=each, session_epoch=F("session_epoch") + 1)


def _people(code: str) -> QuerySet[User]:
    """Those whom the agency took on; who works for two signs in with the first one's password."""
    return User.objects.filter(email__endswith=f"@{code}.example")


def let_in(places: Iterable[Place], agencies: dict[str, Agency]) -> list[services.NewClient]:
    """A client for each agency's system, for its first desk; an older demonstration has fewer agencies."""
    made = []
    for place in [each for each in places if each.code in agencies]:
        agency = agencies[place.code]
        desk = agency.teams.get(code=place.desks[0].code)
        scopes = SCOPES_OF.get(place.kind, STATUTORY)
        made.append(
            services.create_client(
                name=place.system, agency_id=agency.pk, team_id=desk.pk, scopes=scopes, by=None
            )
        )
    return made


def renew(places: Iterable[Place], hashes: dict[str, str]) -> list[services.NewClient]:
    """New passwords for everybody and new clients for every system; the old ones end at once."""
    agencies = {agency.code: agency for agency in Agency.objects.filter(code__in=hashes)}
    set_passwords(hashes)
    for agency in agencies.values():
        audit.record(action="password.renewed", by=None, target_label="agency", agency_id=agency.pk)
    for client in ApiClient.objects.filter(agency__in=agencies.values(), revoked_at=None):
        services.revoke_client(client_id=client.pk, by=None)
    return let_in(places, agencies)


def told(
    base_url: str, members: Iterable[Membership], clients: Iterable[services.NewClient], known: dict[str, str]
) -> dict[str, Any]:
    """What is written down: who can sign in, and which programs get a token."""
    return {
        "base_url": base_url,
        "users": [
            {
                "username": each.user.username,
                "password": known[each.user.email.partition("@")[2].removesuffix(".example")],
                "agency": each.agency.code,
                "agency_kind": each.agency.kind,
                "role": each.role,
                "team": each.team and each.team.code,
            }
            for each in members
        ],
        "api_clients": [
            {
                "client_id": new.client.client_id,
                "client_secret": new.secret,
                "agency": new.client.agency.code,
                "agency_kind": new.client.agency.kind,
                "sandbox": new.client.agency.sandbox,
                "scopes": new.client.scopes,
            }
            for new in clients
        ],
    }


def write(path: Path, words: dict[str, Any]) -> None:
    """Write the file whole or not at all, for its owner's eyes alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(json.dumps(words, indent=2) + "\n")
        out.flush()
        os.fsync(out.fileno())
    part.rename(path)
