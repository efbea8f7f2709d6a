"""The Actor of a request, and the transaction that the database lets them see rows in."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.contrib.auth.models import AnonymousUser
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404
from django.urls import resolve as resolve_address
from psycopg.pq import TransactionStatus

from agencies import allowance
from agencies.actor import Actor, NamedPerson
from agencies.models import Membership, User
from agencies.roles import SCOPES, AgencyKind, Role

__all__ = [
    "ActingMiddleware",
    "Actor",
    "NamedPerson",
    "acting_for",
    "choose",
    "member",
    "memberships",
    "resolve",
    "still_acts",
]

# The session's key for the membership that a person with several has chosen.
CHOSEN = "membership_id"

METERED = ("/api/", "/fhir/", "/mait/")  # below these, requests are counted

# Until the end of the transaction, and no longer.
SHOW_ROWS_OF = "select set_config('app.agency_ids', %s, true)"

# Asked by every request of a program: in so many words, since Django would make the same ones up anew.
BEARER = """
select t.scope, c.id, c.name, c.scopes, c.team_id, a.id, a.code, a.kind
  from oauth2_provider_accesstoken t
  join agencies_apiclient c on c.id = t.application_id
  join agencies_agency a on a.id = c.agency_id
 where t.token_checksum = %s and t.expires > statement_timestamp() and c.revoked_at is null
"""


@contextmanager
def acting_for(agency_id: int) -> Iterator[None]:
    """One transaction in which row-level security shows this agency's rows.

    The setting ends with the transaction. Inside another's it is put back, so that the
    rest of that transaction goes on for whom it began.
    """
    inside_another = connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        before = _shown(cursor) if inside_another else ""
        cursor.execute(SHOW_ROWS_OF, [str(agency_id)])
        yield
        if inside_another and not connection.needs_rollback:
            cursor.execute(SHOW_ROWS_OF, [before])


def _shown(cursor: CursorWrapper) -> str:
    cursor.execute("select coalesce(current_setting('app.agency_ids', true), '')")
    return cursor.fetchone()[0]


def resolve(request: HttpRequest) -> Actor | None:
    """Who acts: the bearer of a token, else whoever is signed in. Never both."""
    token = _bearer(request)
    return _member_of(request) if token is None else _client_of(token)


def _bearer(request: HttpRequest) -> str | None:
    """The token presented, if any is; other schemes are not ours to judge."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _client_of(token: str) -> Actor | None:
    """The client whose live token this is; the database's clock says what is live."""
    with connection.cursor() as cursor:
        cursor.execute(BEARER, [hashlib.sha256(token.encode()).hexdigest()])
        found = cursor.fetchone()
    if found is None:
        return None
    scope, client_id, client_name, scopes, team_id, agency_id, code, kind = found
    return Actor(
        agency_id=agency_id,
        agency_code=code,
        agency_kind=AgencyKind(kind),
        team_id=team_id,
        role=Role.WORKER,
        client_id=client_id,
        client_name=client_name,
        scopes=frozenset(scope.split()) & frozenset(scopes),
    )


def _member_of(request: HttpRequest) -> Actor | None:
    """The current membership that the session chose, or the only one there is."""
    if not request.user.is_authenticated:
        return None
    held = request.memberships = {each.pk: each for each in memberships(request.user)}
    if len(held) == 1:
        return member(*held.values())
    chosen = held.get(request.session.get(CHOSEN))
    return chosen and member(chosen)


def memberships(user: User) -> QuerySet[Membership]:
    """What the person is at present: what they may choose among."""
    return Membership.objects.current().filter(user=user.pk).select_related("agency", "team", "user")


def member(membership: Membership) -> Actor:
    """The person, as what this membership makes them."""
    role = Role(membership.role)
    return Actor(
        agency_id=membership.agency_id,
        agency_code=membership.agency.code,
        agency_kind=AgencyKind(membership.agency.kind),
        team_id=membership.team_id,
        role=role,
        membership_id=membership.pk,
        user_id=membership.user_id,
        person=NamedPerson(membership.user.shown_name, role.value, membership.phone),
        scopes=frozenset(SCOPES),
    )


def still_acts(request: HttpRequest) -> bool:
    """Whether who acts in this request still may: asked by what goes on for a while."""
    actor, token = request.actor, _bearer(request)
    if token is not None:
        return _client_of(token) is not None
    return memberships(request.user).filter(pk=actor.membership_id, user__is_active=True).exists()


def choose(request: HttpRequest, membership_id: int) -> Actor | None:
    """Act from now on as this membership, if it is the person's own and current."""
    chosen = memberships(request.user).filter(pk=membership_id).first()
    if chosen is None:
        return None
    request.session[CHOSEN] = chosen.pk
    return member(chosen)


class RefusedUnnoticed(Exception):
    """A view answered as if all were well, though the database had refused a statement."""


class ActingMiddleware:
    """Sets ``request.actor`` and makes the request one transaction, for that actor's agency.

    An answer of 400 or above, or an exception, undoes everything, unless the answer
    says ``keep_writes``. A view that goes on although the database refused a statement
    is an exception too: PostgreSQL would silently roll back what it commits. A view
    marked ``own_transactions`` makes its own. A streamed answer is made after the
    transaction has ended, and so sees no rows. The tables read to find the actor are
    outside row-level security. A request of the API is counted before all of that.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        actor = request.actor = resolve(request)
        bears = _bearer(request) is not None
        request.bearer_error = "invalid_token" if bears and actor is None else None
        if bears:
            request.user = AnonymousUser()
        request.allowance = None
        if actor is not None and request.path_info.startswith(METERED):
            request.allowance = allowance.spend(actor)
        response = self._answer(request, actor)
        if request.allowance is not None:
            request.allowance.tell(response)
        return response

    def _answer(self, request: HttpRequest, actor: Actor | None) -> HttpResponse:
        if actor is None or _makes_its_own_transactions(request):
            return self.get_response(request)
        with acting_for(actor.agency_id):
            response = self.get_response(request)
            if response.status_code >= 400 and not getattr(response, "keep_writes", False):
                transaction.set_rollback(True)
            elif connection.connection.info.transaction_status == TransactionStatus.INERROR:
                raise RefusedUnnoticed(request.path)
            return response


def _makes_its_own_transactions(request: HttpRequest) -> bool:
    """Whether the view that will answer, or its class, says so."""
    try:
        view = resolve_address(request.path_info).func
    except Resolver404:
        return False
    made_from = getattr(view, "cls", None) or getattr(view, "view_class", None) or view
    return getattr(made_from, "own_transactions", False)
