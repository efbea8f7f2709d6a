"""Which team is asked: routed where only the place is known, handed on while the one named is closed."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.utils.dateparse import parse_date

from agencies import duty
from agencies.acting import Actor
from agencies.models import Agency, Team
from referrals.domain.errors import Invalid
from referrals.domain.routing import Desk, Routed, Unrouted, Wanted, handed_on
from referrals.domain.routing import route as routed
from referrals.models import Agreement
from referrals.models.keys import instant

OF_A_DISTRICT = re.compile(r"([A-Z]{1,2}\d)[A-Z]")  # EC1A is in EC1, as people write it
POSTCODE = re.compile(r"([A-Z]{1,2}\d[A-Z\d]?)\s*\d[A-Z]{2}")


def route(
    *,
    area: str,
    category: str,
    by: Actor,
    person: Mapping[str, Any] | None = None,
    flags: Iterable[str] = (),
) -> tuple[Team, str]:
    """The one team of another agency that is asked, and why that one: by area, kind of help, age, time of day
    and agreement.

    Raises Invalid, with the number to phone, where there is none or more than one.
    """
    now = instant()
    wanted = Wanted(
        area, frozenset(_ways_to_write(area)), category, _age(person or {}, now.date()), "under_18" in flags
    )
    seen = Team.objects.visible_to(by).exclude(agency_id=by.agency_id).filter(agency__succeeded_by=None)
    typed = [area, area.strip().upper(), area.strip().title(), *_ways(area)]
    near = seen.filter(areas__overlap=typed).values_list("pk", flat=True)
    teams = duty.with_fallbacks(set(near))
    found = routed(_desks(teams, now, _agreed(by, category, now)), wanted, _own_phone(by))
    if isinstance(found, Unrouted):
        field = "/to_team" if found.desks else "/area"
        raise Invalid(found.why, {field: found.remedy})
    return teams[found.team], found.why


def hand_on(team: Team, at: datetime) -> Routed | None:
    """Where new work for this team goes while it is closed; None if it stays. Two queries, or none."""
    if team.always_open:
        return None
    return handed_on(_desks(duty.with_fallbacks({team.pk}), at, set()), team.pk)


def _desks(teams: Mapping[int, Team], at: datetime, agreed: set[int]) -> dict[int, Desk]:
    return {
        key: Desk(
            team=key,
            name=f"{team.code} ({team.name})",
            phone=team.phone or team.agency.phone,
            areas=frozenset(each.casefold() for each in team.areas),
            categories=frozenset(team.categories),
            youngest=team.youngest,
            oldest=team.oldest,
            is_open=duty.open_now(team, at),
            fallback=team.fallback_id,
            agreed=team.agency_id in agreed,
        )
        for key, team in teams.items()
    }


def _agreed(by: Actor, category: str, at: datetime) -> set[int]:
    """The agencies with which the asking one has an agreement in force for this kind of help. One query."""
    own = Agreement.objects.filter(Q(category="") | Q(category=category), from_agency=by.agency_id)
    live = own.filter(versions__live_from__lte=at).exclude(to_agency=None)
    return set(live.values_list("to_agency_id", flat=True))


def _own_phone(by: Actor) -> str:
    return Agency.objects.values_list("phone", flat=True).get(pk=by.agency_id)


def _age(person: Mapping[str, Any], today: date) -> int | None:
    """As stated, else from the day of birth."""
    if person.get("age") not in (None, ""):
        return int(person["age"])
    born = person.get("date_of_birth")
    born = parse_date(born) if isinstance(born, str) else born
    if not born:
        return None
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _ways_to_write(area: str) -> list[str]:
    """A postcode district or a borough, however it was typed; of a whole postcode, its district."""
    plain = " ".join(area.split())
    return [each.casefold() for each in (plain, *_ways(area))]


def _ways(area: str) -> tuple[str, ...]:
    plain = " ".join(area.split()).upper()
    whole = POSTCODE.fullmatch(plain)
    part = OF_A_DISTRICT.fullmatch(whole[1] if whole else plain)
    return (*(whole.groups() if whole else ()), *(part.groups() if part else ()))
