"""Which team is asked: routed where only the place is known, handed on while the one named is closed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.utils.dateparse import parse_date

from agencies import duty
from agencies.acting import Actor
from agencies.areas import covering, ways_to_write
from agencies.instants import day_of
from agencies.models import Agency, Team
from referrals.domain.age import years
from referrals.domain.errors import Invalid
from referrals.domain.routing import EMERGENCY, Desk, Routed, Unrouted, Wanted, answering, handed_on
from referrals.domain.routing import route as routed
from referrals.models.keys import instant
from referrals.services import agreement


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
        area, frozenset(ways_to_write(area)), category, _age(person or {}, day_of(now)), "under_18" in flags
    )
    seen = Team.objects.visible_to(by).beside(by.agency_id).exclude(agency_id=by.agency_id)
    seen = seen.filter(agency__succeeded_by=None)
    teams = duty.with_fallbacks(set(covering(seen, area).values_list("pk", flat=True)))
    found = routed(_desks(teams, now, agreement.partners(by, category, now)), wanted, _own_phone(by))
    if isinstance(found, Unrouted):
        field = "/to_team" if found.desks else "/area"
        raise Invalid(found.why, {field: found.remedy})
    return teams[found.team], found.why


def hand_on(team: Team, at: datetime) -> Routed | None:
    """Where new work for this team goes while it is closed; None if it stays. Two queries, or none.

    A desk of an agency that is part of another now stands in for nobody; what is asked of it is refused.
    """
    if team.always_open or team.agency.succeeded_by_id is not None:
        return None
    return handed_on(_desks(duty.with_fallbacks({team.pk}), at, set()), team.pk)


@dataclass(frozen=True)
class Closed:
    """A team that is not at its desk: until when (UTC; None if no hours are to come), and who stands in.

    ``answers`` is the team that new work goes to meanwhile, of whatever agency; None if nobody stands in.
    ``phone`` is the number to ring now.
    """

    team: Team
    until: datetime | None
    answers: Team | None
    phone: str


def closed(team: Team, at: datetime) -> Closed | None:
    """Who answers while this team is closed; None while it is open. Two queries, or none.

    The number is that of whoever stands in; else the agency's own, else the desk's.
    """
    if team.always_open:
        return None
    teams = duty.with_fallbacks({team.pk})
    found = answering(_desks(teams, at, set()), team.pk)
    if found is not None and found.team == team.pk:
        return None
    answers = teams[found.team] if found else None
    turn = duty.next_turn([duty.opening(teams[team.pk])], at)
    named = (answers.phone or answers.agency.phone) if answers else ""
    phone = named or team.agency.phone or team.phone or EMERGENCY
    return Closed(team, turn.at if turn else None, answers, phone)


def open_beside(team: Team, by: Actor, at: datetime, without: set[int]) -> list[Team]:
    """At most three open teams to ask instead: of the same kind and area, or of the same agency."""
    alike = Q(agency=team.agency) | Q(kind=team.kind, areas__overlap=team.areas)
    found = Team.objects.visible_to(by).beside(by.agency_id).filter(alike, agency__succeeded_by=None)
    found = found.exclude(pk__in=without)
    near = found.select_related("agency").prefetch_related("hours").order_by("name")
    ready = [each for each in near if each.pk != team.pk and duty.open_now(each, at)]
    return sorted(ready, key=lambda each: each.kind != team.kind)[:3]


def _desks(teams: Mapping[int, Team], at: datetime, agreed: set[int]) -> dict[int, Desk]:
    return {
        key: Desk(
            team=key,
            name=team.name,
            code=team.code,
            phone=team.phone or team.agency.phone,
            areas=frozenset(each.casefold() for each in team.areas),
            categories=frozenset(team.categories),
            youngest=team.youngest,
            oldest=team.oldest,
            is_open=team.agency.succeeded_by_id is None and duty.open_now(team, at),
            fallback=team.fallback_id,
            agreed=team.agency_id in agreed,
        )
        for key, team in teams.items()
    }


def _own_phone(by: Actor) -> str:
    return Agency.objects.values_list("phone", flat=True).get(pk=by.agency_id)


def _age(person: Mapping[str, Any], today: date) -> int | None:
    """From the day of birth, else as stated."""
    age, born = person.get("age"), person.get("date_of_birth")
    return years(
        age=None if age in (None, "") else int(age),
        born=parse_date(born) if isinstance(born, str) else born or None,
        on=today,
    )
