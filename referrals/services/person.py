"""The person of a case, as more becomes known of them."""

from collections.abc import Mapping
from typing import Any

from referrals.models import Person
from referrals.services.writing import Act

UNKNOWN: Mapping[str, Any] = {"description": "Not yet described"}
"""Somebody of whom nothing is known yet: a case opens without waiting for a name."""


def is_unknown(person: Person | None) -> bool:
    """Whether nothing is known of them yet."""
    return person is not None and (person.family_name, person.given_name, person.description) == (
        "", "", UNKNOWN["description"],
    )  # fmt: skip


def state(act: Act, stated: Mapping[str, Any]) -> None:
    """Keep what is said of the person, with who said it. It describes them if nothing did before."""
    said = {name: value for name, value in stated.items() if value not in ("", None)}
    if not said:
        return
    act.event("case.person_stated", {"content": [act.content("person", said)]})
    nobody = Person.objects.filter(case=act.case, family_name="", given_name="", **UNKNOWN)
    nobody.update(**{"description": "", **said})
