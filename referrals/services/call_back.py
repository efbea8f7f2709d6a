"""Ringing a caller back: owed by a team, by a clock, until the caller was reached and told."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from agencies.acting import Actor
from agencies.instants import spelt
from referrals import policies
from referrals.domain.clocks import ClockKind
from referrals.domain.errors import Invalid, MoveNotAllowed, NotThere, NotYourMove, ReasonNeeded
from referrals.models import CallBack, CallBackAttempt, ContactAttempt
from referrals.models.keys import new_id
from referrals.services import clock, terms
from referrals.services.case import find
from referrals.services.threshold import desk_of
from referrals.services.writing import Act, lock_case

LONGEST = timedelta(hours=24)


@dataclass(frozen=True)
class Owed:
    """Whom to ring, on which number, why and by when (UTC; by default as soon as the priority asks)."""

    name: str
    phone: str
    why: str = ""
    due_at: datetime | None = None


@transaction.atomic
def owe(*, reference: str, owed: Owed, by: Actor, version: int | None = None) -> CallBack:
    """Promise a caller a call back, by the actor's own team.

    Raises NotThere, Stale, ReasonNeeded, Invalid, MoveNotAllowed (one is owed by this team already; closed).
    """
    locked = find(reference, by, version)
    _check_named(by)
    act = Act.on(locked, by)
    policies.check_case_open(act.case)
    desk = desk_of(by)
    if CallBack.objects.filter(case=act.case, team=desk, done_at=None).exists():
        raise MoveNotAllowed("your team owes a call back in this case already: log an attempt", ["attempt"])
    if owed.due_at and not act.at < owed.due_at <= act.at + LONGEST:
        raise Invalid("a call back is due soon", {"/due_at": "a time to come, at most 24 hours ahead"})
    caller = act.content("caller", {"name": owed.name, "phone": owed.phone, "why": owed.why})
    waits = act.case.accountable_team_id
    on = terms.of_case(act)
    started = clock.start_for_team(act, on, ClockKind.CALL_BACK, desk.pk, waits, owed.due_at)
    made = CallBack(
        pk=new_id(),
        case=act.case,
        agency_id=desk.agency_id,
        team=desk,
        caller_id=UUID(caller["id"]),
        due_at=started.target_at,
        actor=by.as_event(),
        recorded_at=act.at,
    )
    CallBack.objects.bulk_create([made])
    due = spelt(made.due_at)
    act.event("call_back.owed", {"call_back": made.pk, "due_at": due, "content": [caller]})
    act.write()
    return made


@transaction.atomic
def attempt(
    *, call_back_id: UUID, by: Actor, outcome: str, told: str = "", occurred_at: datetime | None = None
) -> CallBackAttempt:
    """Log one try. Reached, the caller is told something, and nothing more is owed; else the clock runs on.

    Raises NotThere, NotYourMove, ReasonNeeded, MoveNotAllowed (done).
    """
    key = CallBack.objects.visible_to(by).filter(pk=call_back_id).values_list("case_id", flat=True).first()
    if key is None:
        raise NotThere("there is no such call back")
    _check_named(by)
    act = Act.on(lock_case(key), by, occurred_at)
    owed = CallBack.objects.get(pk=call_back_id)
    if owed.agency_id != by.agency_id:
        raise NotYourMove("the agency that promised the call rings back")
    if owed.done_at is not None:
        raise MoveNotAllowed("the caller has been reached already")
    reached = outcome == ContactAttempt.Outcome.REACHED
    if reached and not told:
        raise ReasonNeeded("reached, the caller was told something", {"/told": "what the caller was told"})
    text = act.content("caller_told", told) if told else None
    made = CallBackAttempt(
        pk=new_id(),
        call_back=owed,
        case=act.case,
        outcome=outcome,
        actor=by.as_event(),
        told_id=UUID(text["id"]) if text else None,
        occurred_at=act.occurred_at,
        recorded_at=act.at,
    )
    CallBackAttempt.objects.bulk_create([made])
    said = {"call_back": owed.pk, "outcome": outcome, "content": [text] if text else []}
    act.event("call_back.attempted", said)
    if reached:
        owed.done_at = act.at
        owed.save(update_fields=["done_at"])
        kept = act.case.clocks.running().filter(kind=ClockKind.CALL_BACK, team=owed.team_id)
        clock.stop(list(kept), act.at, met=True)
    act.write()
    return made


def _check_named(by: Actor) -> None:
    if not by.is_named:
        raise ReasonNeeded("a named person rings back", {"/by": "name the person: name, role and contact"})
