"""Rows of the ground floor, made straight into their tables."""

import hashlib
from datetime import UTC, datetime, timedelta

import factory
from oauth2_provider.models import AccessToken

from agencies.actor import Actor, NamedPerson
from agencies.models import (
    Agency,
    AgencyCode,
    Allowance,
    ApiClient,
    Membership,
    Reach,
    RotaFeed,
    ServiceHours,
    Shift,
    ShiftOverride,
    Team,
    UsedAssertion,
    User,
)
from agencies.roles import SCOPES, AgencyKind, Role, TeamKind

# Before any test's own time, so that whatever is made here already holds.
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


class AgencyFactory(factory.django.DjangoModelFactory):
    """A mental health trust, invented."""

    class Meta:
        model = Agency

    code = factory.Sequence(lambda n: f"agency-{n}")
    name = factory.Sequence(lambda n: f"Agency {n}")
    kind = AgencyKind.MENTAL_HEALTH_TRUST
    phone = "020 7946 0001"
    duty_contact_name = "Duty Contact"
    duty_contact_email = factory.LazyAttribute(lambda agency: f"duty@{agency.code}.example")


class AgencyCodeFactory(factory.django.DjangoModelFactory):
    """An ODS code that holds without end."""

    class Meta:
        model = AgencyCode

    agency = factory.SubFactory(AgencyFactory)
    scheme = AgencyCode.Scheme.ODS
    code = factory.Sequence(lambda n: f"Z{n}")
    valid_from = LONG_AGO.date()


class TeamFactory(factory.django.DjangoModelFactory):
    """A crisis hub that never closes."""

    class Meta:
        model = Team

    agency = factory.SubFactory(AgencyFactory)
    code = factory.Sequence(lambda n: f"team-{n}")
    name = factory.Sequence(lambda n: f"Team {n}")
    kind = TeamKind.CRISIS_HUB
    phone = "020 7946 0002"


class ServiceHoursFactory(factory.django.DjangoModelFactory):
    """Monday, nine to five."""

    class Meta:
        model = ServiceHours

    team = factory.SubFactory(TeamFactory, always_open=False)
    weekday = 0
    opens = "09:00"
    closes = "17:00"


class UserFactory(factory.django.DjangoModelFactory):
    """Somebody who can sign in with the password ``letmein``."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"user{n}")
    first_name = "Sam"
    last_name = factory.Sequence(lambda n: f"Example{n}")
    password = factory.django.Password("letmein")


class MembershipFactory(factory.django.DjangoModelFactory):
    """A worker in a team of its agency."""

    class Meta:
        model = Membership

    user = factory.SubFactory(UserFactory)
    team = factory.SubFactory(TeamFactory)
    agency = factory.SelfAttribute("team.agency")
    role = Role.WORKER
    phone = "07700 900001"
    since = LONG_AGO


class ShiftFactory(factory.django.DjangoModelFactory):
    """A member on call for their own team, at their own tier. Say ``during``."""

    class Meta:
        model = Shift

    membership = factory.SubFactory(MembershipFactory)
    team = factory.SelfAttribute("membership.team")
    tier = factory.SelfAttribute("membership.role")


class ShiftOverrideFactory(factory.django.DjangoModelFactory):
    """A member who stood in for everybody on call for their team, at their own tier, long ago."""

    class Meta:
        model = ShiftOverride

    membership = factory.SubFactory(MembershipFactory)
    team = factory.SelfAttribute("membership.team")
    tier = factory.SelfAttribute("membership.role")
    during = (LONG_AGO, LONG_AGO + timedelta(hours=12))
    reason = "sick"


class RotaFeedFactory(factory.django.DjangoModelFactory):
    """The rota at an address whose token is ``letmein``."""

    class Meta:
        model = RotaFeed

    agency = factory.SubFactory(AgencyFactory)
    digest = hashlib.sha256(b"letmein").hexdigest()


class ApiClientFactory(factory.django.DjangoModelFactory):
    """A partner's system, with every scope there is. Its secret is ``letmein``."""

    class Meta:
        model = ApiClient

    team = factory.SubFactory(TeamFactory)
    agency = factory.SelfAttribute("team.agency")
    name = factory.Sequence(lambda n: f"Control room system {n}")
    client_type = ApiClient.CLIENT_CONFIDENTIAL
    authorization_grant_type = ApiClient.GRANT_CLIENT_CREDENTIALS
    client_secret = "letmein"
    scopes = factory.LazyFunction(lambda: list(SCOPES))


class AccessTokenFactory(factory.django.DjangoModelFactory):
    """A live token for all that its client may do."""

    class Meta:
        model = AccessToken

    application = factory.SubFactory(ApiClientFactory)
    token = factory.Sequence(lambda n: f"token-{n}")
    expires = datetime(2999, 1, 1, tzinfo=UTC)
    scope = factory.LazyAttribute(lambda token: " ".join(token.application.scopes))


class UsedAssertionFactory(factory.django.DjangoModelFactory):
    """A number that has run out."""

    class Meta:
        model = UsedAssertion

    client = factory.SubFactory(ApiClientFactory)
    number = factory.Sequence(str)
    until = LONG_AGO


class AllowanceFactory(factory.django.DjangoModelFactory):
    """Somebody who has asked once, long ago."""

    class Meta:
        model = Allowance

    key = factory.Sequence(lambda n: f"client:{n}")
    minute = 0
    used = 1


def member_actor(membership: Membership) -> Actor:
    """The Actor that a request of this member would have."""
    return Actor(
        agency_id=membership.agency_id,
        agency_code=membership.agency.code,
        agency_kind=AgencyKind(membership.agency.kind),
        team_id=membership.team_id,
        role=Role(membership.role),
        membership_id=membership.pk,
        user_id=membership.user_id,
        person=NamedPerson(membership.user.shown_name, membership.role, membership.phone),
        scopes=frozenset(SCOPES),
    )


def client_actor(client: ApiClient, person: NamedPerson | None = None) -> Actor:
    """The Actor that a request of this client would have, saying who acts."""
    return Actor(
        agency_id=client.agency_id,
        agency_code=client.agency.code,
        agency_kind=AgencyKind(client.agency.kind),
        team_id=client.team_id,
        role=Role.WORKER,
        client_id=client.pk,
        client_name=client.name,
        person=person,
        scopes=frozenset(client.scopes),
    )


class ReachFactory(factory.django.DjangoModelFactory):
    """A phone that answered, from Ofcom's range for drama; the ladder's channels."""

    class Meta:
        model = Reach

    user = factory.SubFactory(UserFactory)
    phone = factory.Sequence(lambda n: f"+447700900{n % 1000:03}")
    verified_at = LONG_AGO


def keeps_office_hours(desk: Team) -> Team:
    """The desk is open on weekdays, in the hours of ``ServiceHoursFactory``, and closed at others."""
    desk.always_open = False
    desk.save()
    for day in range(5):
        ServiceHoursFactory(team=desk, weekday=day)
    return desk
