"""Attempts to reach somebody. Only speaking with the person is contact: an attempt or a message is not."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypedDict, Unpack
from uuid import UUID

from django.db import transaction

from agencies.acting import Actor
from agencies.instants import spelt
from referrals.domain.clocks import ClockKind
from referrals.domain.errors import MoveNotAllowed, NotYourMove, ReasonNeeded
from referrals.domain.referral import State
from referrals.models import Clock, ContactAttempt, Referral
from referrals.models.keys import new_id
from referrals.services import clock, support
from referrals.services.finding import find
from referrals.services.writing import Act


class Said(TypedDict, total=False):
    """An attempt as it is told; the codes are ``ContactAttempt``'s."""

    channel: str
    with_whom: str
    outcome: str
    note: str


@transaction.atomic
def log(
    *,
    referral_id: UUID,
    by: Actor,
    version: int | None = None,
    occurred_at: datetime | None = None,
    **said: Unpack[Said],
) -> ContactAttempt:
    """Log one attempt: ``channel``, ``with_whom``, ``outcome``, ``note``.

    Reaching the person meets the case's first-contact clock (in person, the face-to-face one too);
    reaching the receiver by phone meets the phone confirmation of a P1.
    """
    referral, locked = find(referral_id, by, version)
    _check_named(by)
    if by.agency_id not in referral.agencies_on("sender") | referral.agencies_on("receiver"):
        raise NotYourMove("only the sender or the receiver logs contact on this referral")
    if referral.sent_at is None:
        raise MoveNotAllowed("a draft has not been sent yet", ["send", "discard"])
    act = Act.on(locked, by, occurred_at)
    attempt = note(act, referral, said)
    referral.version += 1
    referral.save(update_fields=["version", "phone_confirmation", "breach_at", "escalation_level"])
    act.write()
    return attempt


def was_made(referral: Referral) -> bool:
    """Whether contact was logged on the referral since its acceptance."""
    since = ContactAttempt.objects.filter(referral=referral, recorded_at__gte=referral.accepted_at)
    return any(each.is_contact for each in since)


def begin(act: Act, referral: Referral, stated: Mapping[str, Any] | None) -> None:
    """The contact with which work starts: noted if it is stated, else one that was logged already.

    Stated, it is with the person, who was reached, unless it says otherwise. Raises ReasonNeeded where there
    was none, or nobody is named who made it.
    """
    if not stated and was_made(referral):
        return
    said = {"channel": "", "with_whom": "person", "outcome": "reached", **(stated or {})}
    if not ContactAttempt.counts(said["channel"], said["with_whom"], said["outcome"]):
        raise ReasonNeeded(
            "work starts when the person is reached: an attempt or a message is not contact",
            {"/contact": "say how the person was reached: by phone, video or in_person; or log it first"},
        )
    _check_named(act.by)
    note(act, referral, said)


def _check_named(by: Actor) -> None:
    if not by.is_named:
        raise ReasonNeeded("a named person makes contact", {"/by": "name the person: name, role and contact"})


def note(act: Act, referral: Referral, said: Mapping[str, Any]) -> ContactAttempt:
    """Write the attempt into the act at hand, and what it means for the clocks."""
    text = said.get("note", "")
    content = act.content("contact_note", text, referral) if text else None
    attempt = ContactAttempt(
        pk=new_id(),
        case=act.case,
        referral=referral,
        channel=said["channel"],
        with_whom=said["with_whom"],
        outcome=said["outcome"],
        actor=act.by.as_event(),
        occurred_at=act.occurred_at,
        recorded_at=act.at,
    )
    act.contacts.append((attempt, content))
    codes = {"channel": attempt.channel, "with_whom": attempt.with_whom, "outcome": attempt.outcome}
    said_with = {"contact": attempt.pk, **codes, "content": [content] if content else []}
    act.event("contact.logged", said_with, referral)
    _meet(act, referral, attempt)
    return attempt


def _meet(act: Act, referral: Referral, attempt: ContactAttempt) -> None:
    if attempt.is_contact:
        kinds = [ClockKind.FIRST_CONTACT]
        if attempt.channel == ContactAttempt.Channel.IN_PERSON:
            kinds.append(ClockKind.FACE_TO_FACE)
        clock.stop_case_clocks(act, *kinds, met=True)
    if attempt.is_contact and attempt.channel == ContactAttempt.Channel.IN_PERSON:
        clock.arrive(act, referral)
        support.arrived(act, referral)
    if attempt.is_contact and referral.state == State.IN_PROGRESS:
        _review_again(act, referral)
    if attempt.with_whom == ContactAttempt.WithWhom.RECEIVER and _spoke(attempt):
        confirmed = Clock.objects.running().filter(referral=referral, kind=ClockKind.PHONE_CONFIRMATION)
        clock.stop(list(confirmed), act.at, met=True)
        clock.recount(act, referral)
        at = spelt(act.occurred_at)
        referral.phone_confirmation = referral.phone_confirmation or {
            "by": act.by.as_event()["name"],
            "at": at,
        }


def _spoke(attempt: ContactAttempt) -> bool:
    return (attempt.channel, attempt.outcome) == (
        ContactAttempt.Channel.PHONE,
        ContactAttempt.Outcome.REACHED,
    )


def _review_again(act: Act, referral: Referral) -> None:
    """Contact while at work keeps the review promise, and the next one begins."""
    clock.stop([c for c in clock.running_of(referral) if c.kind == ClockKind.REVIEW], act.at, met=True)
    clock.start_for(act, referral, ClockKind.REVIEW)
    clock.recount(act, referral)
