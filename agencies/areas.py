"""Areas as people write them: a borough, a postcode district, or a whole postcode, whose district counts."""

import re

from django.contrib.postgres.fields import ArrayField
from django.db.models import CharField, F, Func, QuerySet

OF_A_DISTRICT = re.compile(r"([A-Z]{1,2}\d)[A-Z]")  # EC1A is in EC1, as people write it
POSTCODE = re.compile(r"([A-Z]{1,2}\d[A-Z\d]?)\s*\d[A-Z]{2}")
DISTRICT = re.compile(r"[A-Z]{1,2}\d[A-Z\d]?")


def ways_to_write(area: str) -> list[str]:
    """In which ways a team may name it, casefolded: as it is, by its district, by the district's district."""
    plain = plainly(area)
    whole = POSTCODE.fullmatch(plain.upper())
    part = OF_A_DISTRICT.fullmatch(whole[1] if whole else plain.upper())
    districts = (*(whole.groups() if whole else ()), *(part.groups() if part else ()))
    return [each.casefold() for each in (plain, *districts)]


def plainly(area: str) -> str:
    """Without spaces too many."""
    return " ".join(area.split())


def as_kept(area: str) -> str:
    """As a team's list has it: a district in capitals, a borough as it was typed."""
    plain = plainly(area)
    return plain.upper() if DISTRICT.fullmatch(plain.upper()) else plain


def covering(teams: QuerySet, area: str) -> QuerySet:
    """Those of the teams that name the area, however either was written."""
    lower = Func(
        F("areas"), template="lower(%(expressions)s::text)::varchar[]", output_field=ArrayField(CharField())
    )
    return teams.annotate(areas_in_small_letters=lower).filter(
        areas_in_small_letters__overlap=ways_to_write(area)
    )
