"""What an update says again, and what it would change: a sent referral keeps what was asked."""

from collections.abc import Mapping
from typing import Any

from referrals.api.instants import NotAnInstant, instant_of
from referrals.domain.nhs_number import digits_of
from referrals.fhir.building import Json
from referrals.fhir.refusals import NotKept

MAY_CHANGE = ("priority", "summary", "by")
OF_THE_PERSON = ("phone",)
REMEDY = "an update cannot change this: say it in a new note, or revoke the referral and send another"


def refuse(said: Mapping[str, Any], told: Json) -> None:
    """Raises NotKept naming each field that is not as it was."""
    now = as_asked(told)
    changed = {
        f"/{name}": REMEDY
        for name, value in said.items()
        if name not in MAY_CHANGE and not same(_lasting(name, value), now.get(name))
    }
    if changed:
        raise NotKept("an update adds to a referral, and would change what was asked", changed)


def _lasting(name: str, value: object) -> object:
    """What of a field an update cannot change."""
    if name != "person" or not isinstance(value, Mapping):
        return value
    return {inner: each for inner, each in value.items() if inner not in OF_THE_PERSON}


def as_asked(told: Json) -> Json:
    """What the plain API tells, under the names by which it was asked."""
    return {
        **told,
        "case": told["case"]["reference"],
        "from_team": told["from_team"]["code"],
        "to_team": told["to_team"]["code"],
    }


def same(said: object, known: object) -> bool:
    """Whether it was said again: of a list every item, of an object every field that is given."""
    if isinstance(said, dict):
        return isinstance(known, dict) and all(same(value, known.get(name)) for name, value in said.items())
    if isinstance(said, list):
        return sorted(map(str, said)) == sorted(map(str, known or []))
    if isinstance(said, str) and isinstance(known, str):
        return (
            said.casefold() == known.casefold() or _instant(said) == _instant(known) or _number(said, known)
        )
    return said == known


def _instant(text: str) -> object:
    """The instant that a text names; else the text itself."""
    try:
        return instant_of(text)
    except NotAnInstant:
        return text


def _number(said: str, known: str) -> bool:
    return bool(known) and known.isdecimal() and digits_of(said) == known
