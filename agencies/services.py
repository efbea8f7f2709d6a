"""Join and leave, change role, change a shift; give a program access and take it back. Each is audited."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Now
from jwcrypto.common import JWException
from jwcrypto.jwk import JWK
from oauth2_provider.generators import generate_client_secret
from oauth2_provider.models import AccessToken

from agencies import audit
from agencies.actor import Actor
from agencies.models import ApiClient, Membership, RotaFeed, Shift, ShiftOverride, Team, User
from agencies.roles import SCOPES, Role

# Who may say who works in an agency, and which programs act for it.
RUNS_THE_AGENCY = (Role.MANAGER, Role.DIRECTOR)
# Who may change a shift: at night a supervisor has to.
RUNS_THE_ROTA = (Role.SUPERVISOR, *RUNS_THE_AGENCY)
LONGEST_CHANGE = timedelta(days=31)
"""Of a shift: who is on call for longer has shifts of their own. The project's."""
MOST_KEYS, SHORTEST_KEY = 5, 2048  # bits
CURVES = ("P-256", "P-384", "P-521")


class Refused(Exception):
    """What was asked is not allowed, or makes no sense; the message says why."""


@dataclass(frozen=True)
class Change:
    """A change of a team's shifts at a tier: who is on call (nobody: None) instead of whom (all: None)."""

    team_id: int
    tier: Role
    during: tuple[datetime, datetime]
    membership_id: int | None
    instead_of: int | None
    reason: str


@dataclass(frozen=True)
class NewClient:
    """A client and its secret, which is shown this once and stored only as a hash."""

    client: ApiClient
    secret: str


@transaction.atomic
def join(
    *, user: User, agency_id: int, team_id: int | None, role: Role, by: Actor | None, phone: str = ""
) -> Membership:
    """Make a person a member of a team that is the agency's, or works for it."""
    _check_runs(by, agency_id)
    _check_team(team_id, agency_id)
    try:
        with transaction.atomic():
            membership = Membership.objects.create(
                user=user, agency_id=agency_id, team_id=team_id, role=role, phone=phone
            )
    except IntegrityError as clash:
        raise Refused(f"{user} is in that team already") from clash
    _record("membership.begun", membership, by, team_id=team_id, role=role)
    return membership


@transaction.atomic
def leave(*, membership_id: int, by: Actor | None) -> Membership:
    """End a membership, and at once every session and token of the person's, and the rotas that they shared.

    Whoever has another membership signs in anew for it.
    """
    membership = _held(membership_id, by)
    membership.until = Now()
    membership.save(update_fields=["until"])
    User.objects.filter(pk=membership.user_id).update(session_epoch=F("session_epoch") + 1)
    AccessToken.objects.filter(user=membership.user_id).delete()
    feeds = RotaFeed.objects.filter(agency=membership.agency_id, revoked_at=None)
    feeds.filter(made_by__membership_id=membership.pk).update(revoked_at=Now())
    _record("membership.ended", membership, by)
    membership.refresh_from_db(fields=["until"])
    return membership


@transaction.atomic
def change_role(*, membership_id: int, role: Role, by: Actor | None) -> Membership:
    """Make a member something else in the same team. Their shifts stay as they are."""
    membership = _held(membership_id, by)
    before, membership.role = membership.role, role
    membership.save(update_fields=["role"])
    _record("membership.role_changed", membership, by, before=before, role=role)
    return membership


@transaction.atomic
def override(*, change: Change, by: Actor | None) -> ShiftOverride:
    """Change who is on call. The change wins over the shifts, until it ends or is withdrawn."""
    team = Team.objects.get(pk=change.team_id)
    _check_runs(by, team.agency_id, RUNS_THE_ROTA)
    if not change.reason:
        raise Refused("say why the shift is changed")
    if change.during[1] - change.during[0] > LONGEST_CHANGE:
        raise Refused(
            f"a change lasts at most {LONGEST_CHANGE.days} days: put shifts on the rota beyond that"
        )
    try:
        with transaction.atomic():
            made = ShiftOverride.objects.create(
                team=team,
                tier=change.tier,
                during=change.during,
                instead_of_id=change.instead_of,
                membership_id=change.membership_id,
                reason=change.reason,
                made_by=by and by.as_event(),
            )
    except IntegrityError as clash:
        raise Refused("that shift is changed already, or the change changes nothing") from clash
    said = {"tier": change.tier, "membership": change.membership_id, "instead_of": change.instead_of}
    _record_shift("shift.changed", made, by, team=team.code, during=[*map(str, change.during)], **said)
    return made


@transaction.atomic
def swap(*, first: Shift, second: Shift, reason: str, by: Actor | None) -> list[ShiftOverride]:
    """Two members exchange these shifts, whole."""
    return [
        override(
            change=Change(
                mine.team_id,
                Role(mine.tier),
                (mine.during.lower, mine.during.upper),
                theirs.membership_id,
                mine.membership_id,
                reason,
            ),
            by=by,
        )
        for mine, theirs in ((first, second), (second, first))
    ]


@transaction.atomic
def withdraw_override(*, override_id: int, by: Actor | None) -> ShiftOverride:
    """The shifts hold again as they were."""
    made = ShiftOverride.objects.select_for_update(of=["self"]).select_related("team").get(pk=override_id)
    _check_runs(by, made.team.agency_id, RUNS_THE_ROTA)
    if made.withdrawn_at is not None:
        raise Refused("that change was withdrawn before")
    ShiftOverride.objects.filter(pk=made.pk).update(withdrawn_at=Now())
    _record_shift("shift.change_withdrawn", made, by)
    made.refresh_from_db(fields=["withdrawn_at"])
    return made


@transaction.atomic
def create_client(
    *, name: str, agency_id: int, team_id: int | None, scopes: Iterable[str], by: Actor | None
) -> NewClient:
    """Let a partner's system act for the agency, within these scopes."""
    _check_runs(by, agency_id)
    _check_team(team_id, agency_id)
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown:
        raise Refused(f"no such scope: {', '.join(unknown)}")
    secret = generate_client_secret()
    client = ApiClient.objects.create(
        name=name,
        agency_id=agency_id,
        team_id=team_id,
        scopes=sorted(set(scopes)),
        client_type=ApiClient.CLIENT_CONFIDENTIAL,
        authorization_grant_type=ApiClient.GRANT_CLIENT_CREDENTIALS,
        client_secret=secret,
    )
    _record("client.created", client, by, name=name, scopes=client.scopes)
    return NewClient(client, secret)


@transaction.atomic
def revoke_client(*, client_id: int, by: Actor | None) -> ApiClient:
    """Take a program's access back: its tokens end at once, and it gets no more."""
    client = ApiClient.objects.select_for_update().get(pk=client_id)
    _check_runs(by, client.agency_id)
    if client.revoked_at is not None:
        raise Refused(f"{client} was revoked before")
    ApiClient.objects.filter(pk=client_id).update(revoked_at=Now())
    AccessToken.objects.filter(application=client_id).delete()
    _record("client.revoked", client, by)
    client.refresh_from_db(fields=["revoked_at"])
    return client


@transaction.atomic
def rotate_secret(*, client_id: int, overlap: timedelta, by: Actor | None) -> NewClient:
    """A new secret for a program; the one before it holds as long as they overlap. Older ones end."""
    client = _running(client_id, by)
    secret = generate_client_secret()
    client.old_secret, client.old_secret_until = client.client_secret, Now() + overlap
    client.client_secret = secret
    client.save(update_fields=["client_secret", "old_secret", "old_secret_until"])
    _record("client.secret_rotated", client, by, overlap_minutes=overlap.total_seconds() // 60)
    client.refresh_from_db(fields=["old_secret_until"])
    return NewClient(client, secret)


@transaction.atomic
def set_keys(*, client_id: int, keys: Sequence[Mapping[str, Any]], by: Actor | None) -> ApiClient:
    """The public keys with which a program may sign instead of sending a secret; none takes them away."""
    client = _running(client_id, by)
    client.keys = [_public(key) for key in keys]
    if len({key["kid"] for key in client.keys}) < len(keys) or len(keys) > MOST_KEYS:
        raise Refused(f"at most {MOST_KEYS} keys, each with a kid of its own")
    client.save(update_fields=["keys"])
    _record("client.keys_set", client, by, kids=[key["kid"] for key in client.keys])
    return client


def _public(key: Mapping[str, Any]) -> dict[str, Any]:
    """The public half, checked. Raises Refused."""
    try:
        found = JWK(**key)
        public = {**found.export_public(as_dict=True), "kid": key["kid"]}
        strong = public.get("crv") in CURVES or found.get_op_key("verify").key_size >= SHORTEST_KEY
    except (JWException, KeyError, TypeError, ValueError, AttributeError):
        strong = False
    if not strong or found.has_private or not isinstance(key["kid"], str):
        raise Refused("each key is a public JWK with a kid: RSA of 2048 bits or more, or EC P-256 to P-521")
    return public


def _running(client_id: int, by: Actor | None) -> ApiClient:
    """The client, locked, if it has not been revoked and the actor may decide about it."""
    client = ApiClient.objects.select_for_update().get(pk=client_id)
    _check_runs(by, client.agency_id)
    if client.revoked_at is not None:
        raise Refused(f"{client} was revoked")
    return client


def overlapping_secret(stored: str) -> str | None:
    """The hash of the secret before this one, while the two overlap."""
    found = ApiClient.objects.filter(client_secret=stored, old_secret_until__gt=Now())
    return found.values_list("old_secret", flat=True).first()


def _held(membership_id: int, by: Actor | None) -> Membership:
    """The membership, locked, if it has not ended and the actor may decide about it."""
    membership = Membership.objects.select_for_update().get(pk=membership_id)
    _check_runs(by, membership.agency_id)
    if membership.until is not None:
        raise Refused("that membership has ended")
    return membership


def _check_runs(by: Actor | None, agency_id: int, levels: tuple[Role, ...] = RUNS_THE_AGENCY) -> None:
    """Only those who run the agency; nobody (None) is whoever operates the system."""
    if by is None:
        return
    if by.agency_id != agency_id or by.level not in levels:
        *others, last = levels
        raise Refused(f"only a {', '.join(others)} or {last} of the agency decides that")


def _check_team(team_id: int | None, agency_id: int) -> None:
    if team_id is None:
        return
    team = Team.objects.get(pk=team_id)
    if team.agency_id != agency_id and not team.serves.filter(pk=agency_id).exists():
        raise Refused(f"{team} does not work for that agency")


def _record(action: str, about: Membership | ApiClient, by: Actor | None, **data: object) -> None:
    audit.record(
        action=action,
        by=by,
        target_label=about._meta.model_name,
        target_id=about.pk,
        data=data,
        agency_id=about.agency_id,
    )


def _record_shift(action: str, about: ShiftOverride, by: Actor | None, **data: object) -> None:
    audit.record(
        action=action,
        by=by,
        target_label=about._meta.model_name,
        target_id=about.pk,
        data=data,
        agency_id=about.team.agency_id,
    )
