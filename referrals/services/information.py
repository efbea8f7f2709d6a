"""What is new of a referral while its risk stands: words for everybody, or how to reach the person."""

from datetime import datetime
from typing import TypedDict, Unpack
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from agencies.acting import Actor
from referrals import policies
from referrals.domain.errors import Invalid, ReasonNeeded
from referrals.domain.referral import OPEN
from referrals.domain.threshold import Outcome, outcome_now
from referrals.models import Case, Party, Person, Referral
from referrals.services import threshold_review
from referrals.services.finding import find
from referrals.services.writing import Act

ADDED = "referral.information_added"
CONTACT_CHANGED = "case.contact_changed"


class Said(TypedDict, total=False):
    """``text`` is what is known now; ``phone`` the number at which the person is reached from now on."""

    text: str
    phone: str


@transaction.atomic
def add(
    *,
    referral_id: UUID,
    by: Actor,
    version: int | None = None,
    occurred_at: datetime | None = None,
    **said: Unpack[Said],
) -> list[str]:
    """Tell what is new, which neither raises nor lowers the risk; the types of event that it made.

    None for a number that is known already: nothing is written. What a named person says anew reopens the
    decisions in the case that no police are needed, as it does when they say so of the decision itself; a
    draft's news stays with its sender.
    Raises NotThere, Stale, MoveNotAllowed (the case is closed), ReasonNeeded (neither text nor number),
    Invalid (a draft's number, which others in the case would read).
    """
    text, phone = said.get("text", ""), said.get("phone", "")
    referral, locked = find(referral_id, by, version)
    _check(referral, locked, by, text, phone)
    act = Act.on(locked, by, occurred_at)
    made = [ADDED] if text else []
    made += [CONTACT_CHANGED] if phone and _reached_anew(act, phone) else []
    if not made:
        return []
    referral.version += 1
    referral.save(update_fields=["version"])
    if text:
        _inform(act, referral, text)
    if CONTACT_CHANGED in made:
        _say_contact(act, phone)
    act.write()
    if text and by.is_named and referral.sent_at is not None:
        _reopen(act, text)
    return made


def _check(referral: Referral, case: Case, by: Actor, text: str, phone: str) -> None:
    policies.check_case_open(case)
    if not (text or phone):
        raise ReasonNeeded(
            "there is nothing new in it", {"/text": "say what is known now", "/phone": "or give the number"}
        )
    if phone and referral.sent_at is None and _others_read(case, by):
        raise Invalid(
            "a draft is its sender's alone, and others would read what it says of the person",
            {"/phone": "leave it out, and give it when the referral is sent"},
        )


def _others_read(case: Case, by: Actor) -> bool:
    return Party.objects.filter(case=case, until=None).exclude(agency=by.agency_id).exists()


def _inform(act: Act, referral: Referral, text: str) -> None:
    what = act.content("new_information", text, referral)
    act.event(ADDED, {"content": [what], "version": referral.version}, referral)
    for team_id, agency_id in working(act, Q(pk=referral.pk)) if referral.sent_at else ():
        act.tell(team_id, agency_id, ADDED, referral, priority=referral.priority)


def _reached_anew(act: Act, phone: str) -> bool:
    """Whether the number is another than the one that was known, which it replaces."""
    return bool(Person.objects.filter(case=act.case).exclude(phone=phone).update(phone=phone))


def _say_contact(act: Act, phone: str) -> None:
    """The number is the person's, and so the whole case's: each desk that works for them is told."""
    act.event(CONTACT_CHANGED, {"content": [act.content("person", {"phone": phone})]})
    for team_id, agency_id in working(act, Q(case=act.case, state__in=OPEN)):
        act.tell(team_id, agency_id, CONTACT_CHANGED)


def working(act: Act, which: Q) -> set[tuple[int, int]]:
    """The teams at both ends of these referrals, as far as they were sent, and the accountable one; less
    the actor's own agency."""
    sent = Referral.objects.filter(which, sent_at__isnull=False)
    ends = {(act.case.accountable_team_id, act.case.accountable_agency_id)}
    for from_team, from_agency, to_team, to_agency in sent.values_list(
        "from_team_id", "from_agency_id", "to_team_id", "to_agency_id"
    ):
        ends |= {(from_team, from_agency), (to_team, to_agency)}
    return {end for end in ends if end[1] != act.by.agency_id}


def _reopen(act: Act, text: str) -> None:
    """What was decided not to need police is to be decided anew, by whoever decided it."""
    for decision in threshold_review.standing_decisions(act.case):
        if outcome_now(decision.outcome, threshold_review.steps_of(decision)) == Outcome.NO_POLICE_RESPONSE:
            threshold_review.reopen(
                decision_id=decision.pk, by=act.by, reason=text, occurred_at=act.occurred_at
            )
