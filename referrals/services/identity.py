"""Who the person of a case is, corrected: by another version, with who says so and when; nothing is lost."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q

from agencies.acting import Actor
from referrals import policies
from referrals.domain.disclosure import IDENTITY, readable
from referrals.domain.errors import Invalid
from referrals.domain.referral import OPEN
from referrals.models import Case, Content, Person
from referrals.services import case as cases
from referrals.services import detention, information, missing
from referrals.services.person import UNKNOWN
from referrals.services.writing import Act

CORRECTED = "case.person_corrected"
NOTHING_NEW = "this is what the case has already"
NAMES = ("family_name", "given_name", "description")
NUMBER_OF_ANOTHER = "another agency gave this number: say yours, and both are shown"

Details = Mapping[str, Any]


@dataclass(frozen=True)
class Correction:
    """What is said now, by the names of ``Person``'s fields.

    An empty value says that the detail was wrong and the right one is not known. ``agrees`` takes back what
    the agency itself had said otherwise than the case has it. ``reason`` is how they know.
    """

    said: Details
    agrees: bool = False
    reason: str = ""


@transaction.atomic
def correct(*, reference: str, correction: Correction, by: Actor, version: int | None = None) -> Case:
    """State who the person is, over what was stated before; a named person of any party may.

    What was said before stays in the case's contents, and what another agency said is shown beside. An NHS
    number that another agency gave is never written over: both are shown.
    Raises NotThere, Stale, ReasonNeeded, Invalid (nothing of it is new; nothing would be left by which to
    know them; an agency takes away another's NHS number, or says what it does not read).
    """
    policies.check_says_who(by, "correct who this is")
    _check_reads(by, correction.said)
    case = cases.find(reference, by, version)
    act = Act.on(case, by)
    about, own = Person.objects.get(case=case), _own_words(act)
    new = _new(about, correction.said)
    agreed = _agreed(about, own) if correction.agrees else {}
    _check(about, new, own, agreed)
    _write(about, {name: value for name, value in new.items() if name != "nhs_number" or _ours(about, own)})
    cases.save(case)
    texts = [act.content("person", {name: _plain(value) for name, value in {**agreed, **new}.items()})]
    texts += [act.content("reason", correction.reason)] if correction.reason else []
    act.event(CORRECTED, {"content": texts})
    if {"date_of_birth", "age"} & new.keys():
        detention.reckon_age(act)
        missing.reckon_age(act)
    for team_id, agency_id in information.working(act, Q(case=case, state__in=OPEN)):
        act.tell(team_id, agency_id, CORRECTED)
    act.write()
    return case


def _new(about: Person, said: Details) -> dict[str, Any]:
    """What differs from what the case has."""
    those = {name: value for name, value in said.items() if name in IDENTITY}
    return {name: value for name, value in those.items() if _plain(value) != _plain(getattr(about, name))}


def _agreed(about: Person, own: Details) -> dict[str, Any]:
    """What the case has, where the agency had said otherwise."""
    standing = {name: getattr(about, name) for name in own if name in IDENTITY}
    return {name: value for name, value in standing.items() if own[name] not in ("", _plain(value))}


def _plain(value: date | int | str | None) -> int | str:
    """As contents keep it: an unknown detail is empty."""
    return value.isoformat() if isinstance(value, date) else "" if value is None else value


def _own_words(act: Act) -> dict[str, Any]:
    """What the agency said last of each detail. One query."""
    kept = Content.objects.filter(case=act.case, kind="person", provided_by=act.by.agency_id)
    bodies = kept.order_by("recorded_at", "id").values_list("body", flat=True)
    return {name: value for body in bodies if isinstance(body, dict) for name, value in body.items()}


def _ours(about: Person, own: Details) -> bool:
    """Whether the NHS number that the case has is the agency's own word, or nobody's."""
    return about.nhs_number in ("", own.get("nhs_number"))


def _check_reads(by: Actor, said: Details) -> None:
    """Whoever does not read a detail is not told, either, that the case has the same."""
    if hidden := sorted(said.keys() - readable(said, by.audience).keys()):
        raise Invalid(
            "this is not shown to your agency, so not corrected by it",
            {f"/{name}": "leave it out" for name in hidden},
        )


def _check(about: Person, new: Details, own: Details, agreed: Details) -> None:
    if not new and not agreed:
        raise Invalid(NOTHING_NEW, {"/": "change what is wrong"})
    left = {name: new.get(name, getattr(about, name)) for name in NAMES}
    if not any(left.values()):
        raise Invalid("nobody could be known by this", {"/family_name": "a name, or a description below"})
    if new.get("nhs_number") == "" and not _ours(about, own):
        raise Invalid("this number is not yours to take away", {"/nhs_number": NUMBER_OF_ANOTHER})


def _write(about: Person, new: Details) -> None:
    """The person as the case knows them now; that nobody described them ends with a name."""
    fields = dict(_stored(about, new))
    if fields.get("family_name") and about.description == UNKNOWN["description"]:
        fields.setdefault("description", "")
    for name, value in fields.items():
        setattr(about, name, value)
    if fields:
        about.save(update_fields=list(fields))


def _stored(about: Person, new: Details) -> Iterator[tuple[str, Any]]:
    for name, value in new.items():
        is_text = isinstance(getattr(about, name), str)
        yield name, value if value not in ("", None) else "" if is_text else None
