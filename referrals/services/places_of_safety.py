"""What holds of each kind of place of safety today, and how a change of the law is entered."""

from dataclasses import replace
from datetime import date

from django.db import transaction

from referrals.domain.detention import PLACE_KINDS, PlaceKind
from referrals.domain.errors import Invalid
from referrals.models import PlaceKindRule
from referrals.models.keys import instant


def kind_of_place(code: str) -> PlaceKind | None:
    """The kind as its last row has it; None where there is no such kind. One query, or none."""
    if code not in PLACE_KINDS:
        return None
    held = PlaceKindRule.objects.filter(code=code).latest("id")
    return PlaceKind(code, PLACE_KINDS[code], held.source, held.adults_only, held.since, held.until)


@transaction.atomic
def change_kind_of_place(
    *, code: str, source: str, since: date | None = None, until: date | None = None
) -> PlaceKind:
    """From now on this holds of the kind; what is not given stays. As the owner of the database.

    Arrivals that were entered stay. Raises Invalid, by field.
    """
    held = kind_of_place(code)
    if held is None:
        raise Invalid("there is no such kind of place", {"/code": f"one of {', '.join(PLACE_KINDS)}"})
    if not source.strip():
        raise Invalid("a change names its law", {"/source": "the Act and section, or the commencement order"})
    made = replace(held, source=source.strip(), since=since or held.since, until=until or held.until)
    if made.since and made.until and made.until <= made.since:
        raise Invalid("it would end before it begins", {"/until": f"a day after {made.since}"})
    PlaceKindRule.objects.create(
        code=code,
        adults_only=made.adults_only,
        since=made.since,
        until=made.until,
        source=made.source,
        made_at=instant(),
    )
    return made
