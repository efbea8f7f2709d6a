"""Writes the invented agencies, their teams and their people into the directory."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from django.contrib.auth.hashers import make_password
from django.db.models import F
from psycopg.types.range import Range

from agencies import services
from agencies.instants import LONDON, day_of
from agencies.models import Agency, AgencyCode, Membership, ServiceHours, Shift, Team, User
from agencies.roles import AUDIENCE_OF, Audience, Role
from referrals.management.demo.words import Desk, Place, Staff

JOINED_DAYS_AGO = 400
ROTA_DAYS = range(-8, 29)  # the rota is written a month ahead, as rotas are
HANDOVERS = {"day": time(7), "night": time(19)}
HALF_A_DAY = timedelta(hours=12)


def open_agencies(places: Iterable[Place]) -> dict[str, Agency]:
    """The agencies with their official codes, by code."""
    made = Agency.objects.bulk_create(
        Agency(
            code=place.code,
            name=place.name,
            kind=place.kind,
            phone=place.phone,
            duty_contact_name=place.duty_contact,
            duty_contact_email=f"duty@{place.code}.example",
            demo=True,
            sandbox=place.sandbox,
        )
        for place in places
    )
    agencies = {agency.code: agency for agency in made}
    AgencyCode.objects.bulk_create(
        AgencyCode(
            agency=agencies[place.code],
            scheme=place.official[0],
            code=place.official[1],
            valid_from=date(2020, 4, 1),
        )
        for place in places
    )
    return agencies


def open_desks(places: Iterable[Place], agencies: dict[str, Agency]) -> dict[str, Team]:
    """Every desk with its hours, whom it serves and who stands in for it, by code."""
    desks = [(place, desk) for place in places for desk in place.desks]
    made = Team.objects.bulk_create(_team(desk, agencies[place.code]) for place, desk in desks)
    teams = {team.code: team for team in made}
    for _, desk in desks:
        team = teams[desk.code]
        team.fallback = teams.get(desk.fallback)
        team.serves.set([agencies[code] for code in desk.serves])
    Team.objects.bulk_update(made, ["fallback"])
    ServiceHours.objects.bulk_create(
        ServiceHours(team=teams[desk.code], weekday=day, opens=hours.opens, closes=hours.closes)
        for _, desk in desks
        for hours in desk.hours
        for day in hours.weekdays
    )
    return teams


def _team(desk: Desk, agency: Agency) -> Team:
    return Team(
        agency=agency,
        code=desk.code,
        name=desk.name,
        kind=desk.kind,
        phone=desk.phone,
        rooms=desk.rooms,
        always_open=not desk.hours,
        areas=list(desk.areas),
        categories=[str(category) for category in desk.categories],
    )


def username(name: str) -> str:
    """How somebody signs in: ``imogen.tarrowby``."""
    return ".".join(name.lower().split())


def take_on(places: Iterable[Place], teams: dict[str, Team]) -> None:
    """Everybody who works there, without a password yet; and the rota."""
    staff = [(place, each) for place in places for each in place.staff]
    first_place = {each.name: place.code for place, each in reversed(staff)}
    in_admin = {each.name for place, each in staff if _works_in_admin(place, each)}
    people = {
        name: User(
            username=username(name),
            first_name=name.split()[0],
            last_name=name.split()[-1],
            email=f"{username(name)}@{code}.example",
            password=make_password(None),  # no word fits
            is_staff=name in in_admin,
        )
        for name, code in first_place.items()
    }
    User.objects.bulk_create(people.values())
    for number, (_, each) in enumerate(staff):
        _join(each, people[each.name], teams[each.desk], phone=f"07700 900{100 + number}")
    _begin_long_ago(places)


def _works_in_admin(place: Place, each: Staff) -> bool:
    """The worklist of health's people is in the admin, and so is what an auditor reads."""
    return AUDIENCE_OF[place.kind] == Audience.HEALTH or each.role == Role.AUDITOR


def _join(staff: Staff, user: User, team: Team, phone: str) -> None:
    member = services.join(
        user=user, agency_id=team.agency_id, team_id=team.pk, role=staff.role, by=None, phone=phone
    )
    if staff.watch:
        Shift.objects.bulk_create(
            Shift(team=team, tier=staff.role, membership=member, during=during)
            for during in _watches(staff.watch)
        )


def _watches(watch: str) -> list[Range]:
    """The stretches of one line of the rota, by London's clocks: hand-overs stay at seven in both seasons."""
    today = day_of(datetime.now(UTC))
    begins = HANDOVERS.get(watch, HANDOVERS["day"])
    return [_watch(today + timedelta(days=day), begins, all_day=watch == "on call") for day in ROTA_DAYS]


def _watch(day: date, begins: time, *, all_day: bool) -> Range:
    start = datetime.combine(day, begins, tzinfo=LONDON)
    end = start + (2 * HALF_A_DAY if all_day else HALF_A_DAY)
    return Range(start.astimezone(UTC), end.astimezone(UTC))


def _begin_long_ago(places: Iterable[Place]) -> None:
    """They have worked there for a year: the cases of the last days were theirs."""
    joined = Membership.objects.filter(agency__code__in=[place.code for place in places])
    joined.update(since=F("since") - timedelta(days=JOINED_DAYS_AGO))


def known(places: Iterable[Place]) -> bool:
    """Whether the directory holds these agencies."""
    return Agency.objects.filter(code__in=[place.code for place in places]).exists()


def real_agencies() -> list[str]:
    """Codes of agencies that nobody invented: where there are any, the demonstration keeps out."""
    return list(Agency.objects.filter(demo=False).values_list("code", flat=True))


def memberships(places: Iterable[Place]) -> list[Membership]:
    """Everybody's part in these agencies, in the order in which they were taken on."""
    held = Membership.objects.filter(agency__code__in=[place.code for place in places], until=None)
    return list(held.select_related("user", "agency", "team").order_by("id"))
