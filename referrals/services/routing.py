"""Which team is asked, when the sender knows the place and not the team."""

import re
from datetime import datetime

from django.db.models import Q

from agencies.acting import Actor
from agencies.duty import open_now
from agencies.models import Team
from referrals.domain.errors import Invalid
from referrals.models.keys import instant

POSTCODE = re.compile(r"([A-Z]{1,2}\d[A-Z\d]?)\s*\d[A-Z]{2}")
STANDS_IN = ("hours", "fallback__hours", "fallback__fallback__hours")


def route(*, area: str, category: str, by: Actor) -> Team:
    """The one team of another agency that covers the area and the category and is open now.

    A closed team's fallback answers for it. Raises Invalid where there is no such team or more than
    one, naming those that there are and their telephones.
    """
    covering = list(
        Team.objects.visible_to(by)
        .filter(areas__overlap=_ways_to_write(area))
        .filter(Q(categories__contains=[category]) | Q(categories=[]))
        .exclude(agency_id=by.agency_id)
        .select_related("agency", "fallback__agency", "fallback__fallback__agency")
        .prefetch_related(*STANDS_IN)
    )
    now = instant()
    found = {team.pk: team for closed_or_open in covering if (team := _answers(closed_or_open, now))}
    if len(found) == 1:
        return next(iter(found.values()))
    raise Invalid(*_why_not(area, category, list(found.values()), covering))


def _ways_to_write(area: str) -> list[str]:
    """A postcode district or a borough, however it was typed; of a whole postcode, its district."""
    plain = " ".join(area.split())
    whole = POSTCODE.fullmatch(plain.upper())
    return [plain, plain.upper(), plain.title(), *(whole.groups() if whole else ())]


def _answers(team: Team, now: datetime) -> Team | None:
    """The team, or, while it is closed, whoever stands in for it."""
    asked: Team | None = team
    for _ in STANDS_IN:
        if asked is None or open_now(asked, now):
            return asked
        asked = asked.fallback
    return None


def _why_not(area: str, category: str, found: list[Team], covering: list[Team]) -> tuple[str, dict[str, str]]:
    if found:
        said = f"several teams cover {area} for {category}: {_list(found)}"
        return said, {"/to_team": f"name one of them: {_list(found)}"}
    if covering:
        said = f"no team that covers {area} for {category} is open: {_list(covering)}"
        return said, {"/to_team": f"phone, then name one of them: {_list(covering)}"}
    said = f"no team covers {area} for {category}"
    return said, {"/area": "a postcode district or a borough, as GET /teams/ lists them; or name to_team"}


def _list(teams: list[Team]) -> str:
    return ", ".join(f"{team.code} ({team.name}, {team.phone or 'no telephone'})" for team in teams)
