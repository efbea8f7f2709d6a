"""Finding referrals by what somebody has in hand: a reference, a number, half a name, a description."""

import re

from django.db.models import Q
from django.db.models.expressions import RawSQL

from agencies.acting import Actor
from referrals.domain import reference
from referrals.domain.disclosure import PERSON_FIELDS_READ_BY
from referrals.domain.nhs_number import digits_of, looks_like_one
from referrals.models import Detention, Referral

SHORTEST_NAME, SHORTEST_FIGURES, IN_THREES = 2, 3, 3
NUMBER = re.compile(r"[A-Z]{0,8}[\s:#/.-]*[\d\s/.-]+", re.IGNORECASE)
"""An incident number as people type it: perhaps its letters, and its figures however they are spaced."""


def meant(text: str, actor: Actor) -> Q:
    """What the text can mean: references with or without hyphens, the sender's incident number or all of
    its figures, an NHS number with or without spaces if the actor's audience reads those, every word in a
    name, or in the description of somebody who has none.

    The condition is one of keys, so that PostgreSQL starts from what is found, not from what is visible.
    """
    text = " ".join(text.split())
    try:
        found = reference.clean(text)
    except reference.BadReference:
        return _numbered_or_named(text, actor)
    if found.startswith("M"):
        return Q(case__missing_report__reference=found)
    if found.startswith("D"):
        held = Detention.objects.visible_to(actor).filter(reference=found)
        return Q(case_id__in=held.values("case_id"))
    return Q(reference=found) if found.startswith("R") else Q(case_reference=found)


def detention_meant(text: str, actor: Actor) -> Detention | None:
    """The detention whose reference the text is: nobody need have been asked anything in its case."""
    try:
        found = reference.clean(text)
    except reference.BadReference:
        return None
    if not found.startswith("D"):
        return None
    return Detention.objects.visible_to(actor).filter(reference=found).first()


def has_number(number: str) -> Q:
    """Referrals about people of whom this NHS number is known, or was said."""
    return Q(case_id__in=RawSQL("select people_numbered(%s)", [number]))


def reads_numbers(actor: Actor) -> bool:
    """Whether the actor's audience reads NHS numbers, and so may search by them."""
    return "nhs_number" in PERSON_FIELDS_READ_BY[actor.audience]


def _numbered_or_named(text: str, actor: Actor) -> Q:
    seen = Referral.objects.visible_to(actor)
    wanted = [Q(source_incident_number=text)]
    figures = re.sub(r"\D", "", text)
    if len(figures) >= SHORTEST_FIGURES and NUMBER.fullmatch(text):
        wanted.append(Q(id__in=RawSQL("select referrals_numbered(%s)", [figures])))
    digits = digits_of(text)
    if looks_like_one(digits) and reads_numbers(actor):
        wanted.append(has_number(digits))
    if len(text) >= SHORTEST_NAME:
        wanted += _is_named_or_described(text)
    first, *others = (seen.filter(each).values("id") for each in wanted)
    return Q(id__in=first.union(*others, all=True))


def _is_named_or_described(text: str) -> list[Q]:
    """Every word is part of the person's name, or of one that was said, or of the description of somebody who
    has none. The index looks for the longest, in threes of letters; of two letters alone (Li, Ng) it finds
    those with which a name begins, and so they mean that.
    """
    words = sorted(text.replace(",", " ").split(), key=len, reverse=True)
    likes = [
        f"%{word}%"
        for word in (w.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_") for w in words)
    ]
    named = [likes[0].removeprefix("%"), *likes[1:]] if len(words[0]) < IN_THREES else likes
    return [
        Q(case_id__in=RawSQL("select people_named(%s)", [named])),
        Q(case_id__in=RawSQL("select people_described(%s)", [likes])),
    ]
