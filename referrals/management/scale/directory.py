"""Two hundred invented agencies: one huge, twenty small, the rest between; and who answers there."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from django.contrib.auth.hashers import make_password
from psycopg.types.range import Range

from agencies.models import Agency, Membership, Shift, Team, User
from agencies.roles import TIERS, AgencyKind, TeamKind
from referrals.domain.clocks import default_terms
from referrals.domain.escalation import DEFAULT_LADDER, as_terms
from referrals.models import Agreement, AgreementVersion

SLOTS = 10_000
"""How many parts the ends of referrals are dealt out in; an agency has as many as its size."""
HUGE, MIDDLE, SMALL = 1_500, 179, 20
SINCE, UNTIL = datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)
A_YEAR = 525_600  # minutes: nothing that is loaded falls due while one measures
KINDS = (
    (AgencyKind.POLICE, TeamKind.CONTROL_ROOM),
    (AgencyKind.MENTAL_HEALTH_TRUST, TeamKind.CRISIS_HUB),
    (AgencyKind.AMBULANCE_TRUST, TeamKind.CLINICAL_DESK),
    (AgencyKind.SOCIAL_CARE, TeamKind.EMERGENCY_DUTY_TEAM),
    (AgencyKind.ACUTE_TRUST, TeamKind.EMERGENCY_DEPARTMENT),
)
PATTERN_CODES = ("scale-small-001", "scale-small-002", "scale-small-003")
"""Between these three the pattern cases are told; their agreement gives a year more for everything."""


@dataclass(frozen=True)
class Size:
    """An agency to be made, and how many slots are its."""

    code: str
    slots: int


def sizes() -> Iterator[Size]:
    """All two hundred."""
    yield Size("scale-huge", HUGE)
    left, each = SLOTS - HUGE - SMALL, (SLOTS - HUGE - SMALL) // MIDDLE
    for n in range(MIDDLE):
        yield Size(f"scale-middle-{n + 1:03}", each + (n < left - each * MIDDLE))
    for n in range(SMALL):
        yield Size(f"scale-small-{n + 1:03}", 1)


def ensure() -> None:
    """The agencies, unless they are there already."""
    wanted = list(sizes())
    if Agency.objects.filter(code=wanted[0].code).exists():
        return
    agencies = Agency.objects.bulk_create(_agency(n, size.code) for n, size in enumerate(wanted))
    teams = Team.objects.bulk_create(_team(n, agency) for n, agency in enumerate(agencies))
    for team in teams:
        _staff(team)
    _long_agreements({team.agency.code: team for team in teams})


def _agency(n: int, code: str) -> Agency:
    return Agency(
        code=code,
        name=f"Invented agency {n + 1}",
        kind=KINDS[n % len(KINDS)][0],
        phone="020 7946 0900",
        duty_contact_name="Duty contact",
        duty_contact_email=f"duty@{code}.example",
        demo=True,
    )


def _team(n: int, agency: Agency) -> Team:
    return Team(
        agency=agency, code=f"{agency.code}-desk", name=f"Desk {n + 1}", kind=KINDS[n % len(KINDS)][1],
        phone="020 7946 0901",
    )  # fmt: skip


def _staff(team: Team) -> None:
    """One person at every tier, always on call, who cannot sign in."""
    users = User.objects.bulk_create(
        User(
            username=f"{team.agency.code}.{tier}",
            first_name="Invented",
            last_name=tier.label,
            password=make_password(None),
        )
        for tier in TIERS
    )
    members = Membership.objects.bulk_create(
        Membership(user=user, agency=team.agency, team=team, role=tier, phone="07700 900999", since=SINCE)
        for user, tier in zip(users, TIERS, strict=True)
    )
    Shift.objects.bulk_create(
        Shift(team=team, tier=member.role, membership=member, during=Range(SINCE, UNTIL))
        for member in members
    )


def _long_agreements(teams: dict[str, Team]) -> None:
    first, second, third = (teams[code].agency for code in PATTERN_CODES)
    terms = default_terms()
    for targets in terms["targets"].values():
        targets.update({kind: minutes + A_YEAR for kind, minutes in targets.items()})
    terms |= {"categories": {}, "receivers": {}, "ladder": as_terms(DEFAULT_LADDER)}
    for sender, receiver in ((first, second), (first, third), (second, third)):
        agreement = Agreement.objects.create(
            name="For measuring: a year more", from_agency=sender, to_agency=receiver
        )
        AgreementVersion.objects.create(agreement=agreement, number=1, terms=terms, live_from=SINCE)
