"""Making referrals, and moving them one step: with history, clocks and messages, or not at all."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypedDict, Unpack
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from agencies.acting import Actor
from agencies.models import Team
from referrals import policies
from referrals.domain.agreement import reasons_to_decline
from referrals.domain.clocks import ClockKind
from referrals.domain.errors import Invalid, NotThere, NotYourMove
from referrals.domain.referral import FINAL, State
from referrals.models import Case, Clock, Party, Referral, ThresholdDecision
from referrals.services import case, clock, dispute, person
from referrals.services.effects import EFFECTS, PARENT_ENDS, returned_to_parent, withdraw_child
from referrals.services.finding import find
from referrals.services.sending import Asked, draft, send, to_open_team
from referrals.services.steps import Taken, step
from referrals.services.writing import Act, lock_case

__all__ = ["Asked", "create", "move", "take"]


class Details(TypedDict, total=False):
    """What may be said with a move; the table says which move needs which.

    ``belongs_to`` says whose a declined referral is; ``for_agency`` is the code of the agency that an
    accepting team serves; ``contact`` is ``{"channel", "with_whom", "outcome"}``; ``authorised_by``, who
    stands behind a place of safety's refusal, ``{"name", "role", "contact"}``.
    """

    reason: str
    reason_code: str
    belongs_to: str
    outcome: str
    caller_told: str
    to_team: Team
    threshold_decision: UUID
    contact: Mapping[str, str]
    for_agency: str
    authorised_by: Mapping[str, str]


@transaction.atomic
def create(*, asked: Asked, by: Actor) -> Referral:
    """A new referral, sent unless it is asked for as a draft; with its case if that is new.

    Raises Invalid (a field contradicts another), NotThere (the case), NotYourMove (a lead from an
    agency that is not accountable; another agency's team as sender), MoveNotAllowed (closed case).
    """
    if asked.from_team.agency_id != by.agency_id:
        raise NotYourMove(
            "a referral is sent from a team of your own", {"/from_team": "one of your agency's teams"}
        )
    act = _act_for(asked, by)
    _check_decision(asked, act)
    referral = draft(act, asked)
    if asked.draft:
        act.event("referral.draft", {"version": referral.version}, referral)
        clocks = [clock.start_for(act, referral, ClockKind.SEND)]
        referral.breach_at = clocks[0].target_at
        referral.save(update_fields=["breach_at"])
    else:
        send(act, referral)
    act.write()
    return referral


def _act_for(asked: Asked, by: Actor) -> Act:
    reference = asked.case or _case_decided(asked, by)
    if not reference:
        return case.open_case(person=asked.person, team=asked.from_team, by=by, occurred_at=asked.occurred_at)
    found = Case.objects.visible_to(by).filter(reference=reference).first()
    if found is None:
        raise NotThere(
            "there is no such case", {"/case": "the reference of a case that your agency is a party to"}
        )
    locked = lock_case(found.pk)
    policies.check_case_open(locked)
    if asked.lead:
        policies.check_sends_lead(by, locked)
    if asked.draft and asked.person and _others_read(locked, by):
        raise Invalid(
            "a draft is its sender's alone, and others would read what it says of the person",
            {"/person": "leave it out, and state it when the referral is sent"},
        )
    act = Act.on(locked, by, asked.occurred_at, of_old=True)
    person.state(act, asked.person)
    return act


def _others_read(case: Case, by: Actor) -> bool:
    return Party.objects.filter(case=case, until=None).exclude(agency=by.agency_id).exists()


def _case_decided(asked: Asked, by: Actor) -> str:
    """The case of the decision behind the ask: what was decided, and told, is carried over with it."""
    if asked.threshold_decision is None:
        return ""
    own = ThresholdDecision.objects.filter(pk=asked.threshold_decision, agency_id=by.agency_id)
    return own.exclude(case=None).values_list("case__reference", flat=True).first() or ""


def _check_decision(asked: Asked, act: Act) -> None:
    """The decision behind the ask is the sender's own, of this case or made before there was one."""
    if asked.threshold_decision is None:
        return
    own = ThresholdDecision.objects.filter(pk=asked.threshold_decision, agency_id=act.by.agency_id)
    if not own.filter(Q(case=None) | Q(case=act.case)).exists():
        raise Invalid(
            "there is no such threshold decision",
            {"/threshold_decision": "the id of a decision that your agency made, of this case or of none"},
        )


@transaction.atomic
def move(
    *,
    referral_id: UUID,
    action: str,
    by: Actor,
    version: int | None = None,
    occurred_at: datetime | None = None,
    **details: Unpack[Details],
) -> Referral:
    """Move a referral one step, with its history, clocks and messages, or not at all.

    The case is locked first and the referral read again under the lock: of two people acting at
    once, the second is judged against the state that the first one left.

    Raises NotThere, Invalid, Stale, MoveNotAllowed, NotYourMove, ReasonNeeded.
    """
    referral, locked = find(referral_id, by, version)
    wanted = policies.check_move(by, referral, locked, action)
    said = {name: value for name, value in details.items() if value not in (None, "")}
    agreed = reasons_to_decline(referral.agreement_version.terms) if action == "decline" else None
    policies.check_needs(action, wanted, said, agreed)
    act = Act.on(locked, by, occurred_at)
    take(act, referral, action, said)
    act.write()
    case.settle(act)
    return referral


def take(act: Act, referral: Referral, action: str, details: Mapping[str, Any]) -> None:
    """One action and all that follows from it, in the act at hand."""
    wanted = policies.TRANSITIONS[action]
    if action == "send":
        policies.check_case_open(act.case)
        if referral.lead:
            policies.check_sends_lead(act.by, act.case)
        to_open_team(act, referral)
        send(act, referral, clock.running_of(referral))
        return
    running: list[Clock] = []
    if wanted.acknowledges and referral.state == State.SENT:
        first = Taken("acknowledge", State.ACKNOWLEDGED)
        running = step(act, referral, first, clock.running_of(referral))
    before = EFFECTS[action](act, referral, details) if action in EFFECTS else None
    taken = Taken.of(act, referral, action, wanted.to or State(referral.state), details)
    step(act, referral, taken, running or clock.running_of(referral))  # an effect may have met one
    if before:
        before()
    _after(act, referral, action)


def _after(act: Act, referral: Referral, action: str) -> None:
    """What the end of a referral means for its parent, its child and its case."""
    if action in PARENT_ENDS:
        withdraw_child(act, referral, action)
    if referral.parent_link == "redirect" and referral.state in FINAL | {State.DECLINED}:
        returned_to_parent(act, referral)
    if referral.state in FINAL or action == "reopen":
        case.watch_if_idle(act, referral)
    if referral.lead and action in OF_A_LEAD:
        OF_A_LEAD[action](act, referral)


OF_A_LEAD = {"decline": dispute.declined, "accept": dispute.accepted}
