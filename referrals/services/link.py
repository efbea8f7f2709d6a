"""What an agency holds to be cases of one person: linked, and unlinked, by itself and for itself alone."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet

from agencies.acting import Actor
from referrals.domain import reference
from referrals.domain.errors import Invalid, MoveNotAllowed
from referrals.models import Case, CaseLink
from referrals.models.keys import new_id
from referrals.services.writing import Act, NewEvent

Details = Mapping[str, Any]
OTHER = "the reference of another case that your agency has a part in"


def link(act: Act, details: Details) -> None:
    """Hold the two to be of one person. Raises Invalid (the other), MoveNotAllowed (linked already)."""
    other = _other(act, details["other_case"])
    if standing(act.by, act.case, other).exists():
        raise MoveNotAllowed("your agency has linked these cases already", ["unlink"])
    one, two = sorted((act.case.pk, other.pk))
    made = CaseLink(
        pk=new_id(),
        agency_id=act.by.agency_id,
        one_id=one,
        other_id=two,
        made_by=act.by.as_event(),
        made_at=act.at,
    )
    CaseLink.objects.bulk_create([made])
    _note(act, "case.linked", made, other)


def unlink(act: Act, details: Details) -> None:
    """Hold them to be of one person no longer; that they were is kept. Raises MoveNotAllowed, Invalid."""
    other = _other(act, details["other_case"])
    found = standing(act.by, act.case, other).first()
    if found is None:
        raise MoveNotAllowed("your agency has not linked these cases", ["link"])
    found.ended_at, found.ended_by = act.at, act.by.as_event()
    found.save(update_fields=["ended_at", "ended_by"])
    _note(act, "case.unlinked", found, other)


def standing(by: Actor, case: Case, other: Case) -> QuerySet[CaseLink]:
    """The link of these two, if the actor's agency made one and has not undone it."""
    one, two = sorted((case.pk, other.pk))
    return CaseLink.objects.visible_to(by).standing().filter(one=one, other=two)


def _other(act: Act, word: str) -> Case:
    try:
        wanted = reference.clean(word)
    except reference.BadReference as wrong:
        raise Invalid("there is no such case", {"/other_case": str(wrong)}) from None
    found = Case.objects.visible_to(act.by).filter(reference=wanted).first()
    if found is None or found.pk == act.case.pk:
        raise Invalid("there is no such other case", {"/other_case": OTHER})
    return found


def _note(act: Act, type_: str, made: CaseLink, other: Case) -> None:
    """An event that the agency alone sees: what else it knows of a person is nobody's business."""
    act.events.append(
        NewEvent(
            act.case.pk,
            act.case.opened_on,
            None,
            type_,
            act.occurred_at,
            act.by.as_event(),
            {"link": made.pk, "with": other.reference},
            act.by.agency_id,
        )
    )
