"""Who is with the person until help arrives, and the call owed to the caller: forms, and what they do."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django import forms
from django.db.models import QuerySet

from agencies.acting import Actor
from referrals.domain.errors import MoveNotAllowed, NotThere
from referrals.domain.support import How, Who
from referrals.models import CallBack, Referral, SupportEntry
from referrals.models.keys import instant
from referrals.screens import words
from referrals.screens.forms import area, choice
from referrals.services import call_back, support

Fields = dict[str, forms.Field]
DAY = 1_440  # minutes


def _minutes(label: str) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        required=False,
        min_value=1,
        max_value=DAY,
        help_text="Left empty, as the priority asks",
        error_messages={"invalid": "A number of minutes, such as 15"},
    )


def _support_fields() -> Fields:
    """Who is there, how, and when they are next in contact."""
    return {
        "who": choice("Who is with the person", words.SUPPORTERS.items()),
        "how": choice("How", words.SUPPORTED_BY.items()),
        "minutes": _minutes("Next contact, in minutes"),
        "ends": choice("Interim support", words.SUPPORT_ENDS.items(), required=False),
        "note": area("Note", required=False),
    }


def _call_back_fields() -> Fields:
    """Whom to ring, and by when."""
    return {
        "name": forms.CharField(label="The caller's name", max_length=200),
        "phone": forms.CharField(label="The caller's phone", max_length=40),
        "minutes": _minutes("Within how many minutes"),
        "why": area("What the call is about", required=False),
    }


def _rang_back_fields() -> Fields:
    """What came of ringing back."""
    return {
        "outcome": choice("What came of it", words.CONTACT_OUTCOMES.items()),
        "told": area("What the caller was told", required=False),
    }


def log_support(
    *,
    referral_id: UUID,
    by: Actor,
    version: int | None,
    minutes: int | None,
    occurred_at: datetime | None,
    **said: str,
) -> None:
    """An entry, with the next contact in so many minutes."""
    entry = support.Said(**said, next_contact_at=_in(minutes), occurred_at=occurred_at)
    support.log(referral_id=referral_id, said=entry, by=by, version=version)


def _log_in_case(
    *, reference: str, by: Actor, minutes: int | None, occurred_at: datetime | None, **said: str
) -> None:
    """The same where nobody has been asked yet."""
    entry = support.Said(**said, next_contact_at=_in(minutes), occurred_at=occurred_at)
    support.log_in_case(reference=reference, said=entry, by=by)


def owe_call(*, referral_id: UUID, by: Actor, minutes: int | None, **said: str) -> None:
    """The caller is promised a call by this person's desk."""
    try:
        _owe_in_case(reference=_case_of(referral_id, by), by=by, minutes=minutes, **said)
    except NotThere:  # the referral is still theirs to read
        raise MoveNotAllowed("your agency's part in this case has ended") from None


def _owe_in_case(*, reference: str, by: Actor, minutes: int | None, **said: str) -> None:
    owed = call_back.Owed(said["name"], said["phone"], said["why"], _in(minutes))
    call_back.owe(reference=reference, owed=owed, by=by)


def ring_back(
    *, referral_id: UUID, by: Actor, outcome: str, told: str, occurred_at: datetime | None, **_: object
) -> None:
    """The call that this person's agency owes was tried."""
    said = {"outcome": outcome, "told": told, "occurred_at": occurred_at}
    _ring_in_case(reference=_case_of(referral_id, by), by=by, **said)


def _ring_in_case(
    *, reference: str, by: Actor, outcome: str, told: str, occurred_at: datetime | None
) -> None:
    key = calls_owed(by).filter(case__reference=reference).values_list("pk", flat=True).first()
    if key is None:
        raise MoveNotAllowed("your agency owes no call back in this case")
    call_back.attempt(call_back_id=key, by=by, outcome=outcome, told=told, occurred_at=occurred_at)


FIELDS: Mapping[str, Callable[[], Fields]] = {
    "support": _support_fields,
    "call_back": _call_back_fields,
    "rang_back": _rang_back_fields,
}
"""What each asks for, of a referral or of a case in which nobody was asked."""
IN_CASE: Mapping[str, Callable[..., None]] = {
    "support": _log_in_case,
    "call_back": _owe_in_case,
    "rang_back": _ring_in_case,
}
"""What does each, by the reference of a case."""


def calls_owed(actor: Actor) -> QuerySet[CallBack]:
    """The calls that the actor's agency has promised and not made yet."""
    return CallBack.objects.visible_to(actor).filter(done_at=None, agency=actor.agency_id)


def with_person(actor: Actor, case_id: UUID | None) -> list[tuple[SupportEntry, str, str]]:
    """Who was with the person, the newest first: five at most, in one query."""
    found = SupportEntry.objects.visible_to(actor).filter(case=case_id).select_related("agency")
    return [
        (each, words.SUPPORTERS[Who(each.who)], words.SUPPORTED_BY[How(each.how)])
        for each in found.order_by("-recorded_at", "-id")[:5]
    ]


def _case_of(referral_id: UUID, by: Actor) -> str:
    return Referral.objects.visible_to(by).values_list("case_reference", flat=True).get(pk=referral_id)


def _in(minutes: int | None) -> datetime | None:
    return instant() + timedelta(minutes=minutes) if minutes else None
