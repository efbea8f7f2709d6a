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
    """Keep what is said of the person, with who said it: it fills the gaps; what differs stands beside."""
    if any(value not in ("", None) for value in stated.values()):
        add(act, stated)


def add(act: Act, stated: Mapping[str, Any], *, over: bool = False) -> Person:
    """As ``state``; of somebody described already it fills the gaps. ``over`` writes over the rest."""
    about = Person.objects.get(case=act.case)
    said = _kept(act, stated)
    if unknown := is_unknown(about):
        said = _of_nobody(said)
    changed = [name for name in said if over or unknown or getattr(about, name) in ("", None)]
    for name in changed:
        setattr(about, name, said[name])
    if changed:
        about.save(update_fields=changed)
    return about


def _kept(act: Act, stated: Mapping[str, Any]) -> dict[str, Any]:
    said = {name: value for name, value in stated.items() if value not in ("", None)}
    if said:
        act.event("case.person_stated", {"content": [act.content("person", said)]})
    return said


def _of_nobody(said: Mapping[str, Any]) -> dict[str, Any]:
    """What is said of somebody unknown: a name ends that nobody described them, an age alone does not."""
    named = any(name in said for name in ("family_name", "given_name", "description"))
    return {"description": "", **said} if named else dict(said)
