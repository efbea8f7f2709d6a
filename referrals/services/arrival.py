"""When somebody will be there: a promised time of arrival is a promise like every other, with a clock."""

from datetime import datetime, timedelta
from typing import TypedDict, Unpack
from uuid import UUID

from django.db import transaction

from agencies.acting import Actor
from agencies.instants import spelt
from agencies.roles import Role
from referrals.domain.clocks import ClockKind
from referrals.domain.errors import Invalid, MoveNotAllowed, NotYourMove, ReasonNeeded
from referrals.domain.escalation import Ask
from referrals.domain.referral import ASKED, HELD
from referrals.models import Case, Clock, Demand, Referral
from referrals.policies import allowed_actions
from referrals.services import clock, on_duty, support
from referrals.services.finding import find
from referrals.services.writing import Act, only

LONGEST = timedelta(hours=24)  # ours: a later visit is an appointment, and nobody waits for it


class Entered(TypedDict, total=False):
    """Which version the actor had read, and when it happened if it is entered later."""

    version: int | None
    occurred_at: datetime | None


@transaction.atomic
def promise(*, referral_id: UUID, by: Actor, arrives_at: datetime, **entered: Unpack[Entered]) -> Clock:
    """The receiver says when somebody will be there (UTC); a new time replaces the one before.

    A later time than before is a slip: the sender's desk and its supervisor on duty are told at once, and
    have to review whether the person can wait; what was demanded before and not done is demanded still. A
    promise that is not kept escalates like every clock.

    Raises NotThere, Stale, NotYourMove, ReasonNeeded, MoveNotAllowed, Invalid.
    """
    referral, locked = _find(referral_id, by, entered.get("version"))
    act = Act.on(locked, by, entered.get("occurred_at"))
    if arrives_at <= act.at:
        raise Invalid("nobody can arrive in the past", {"/arrives_at": "a time to come, with its offset"})
    if arrives_at > act.at + LONGEST:
        raise Invalid("that is too far off to wait for", {"/arrives_at": "a time at most 24 hours ahead"})
    before = [c for c in clock.running_of(referral) if c.kind == ClockKind.PROMISED_ARRIVAL]
    slips = any(arrives_at > each.target_at for each in before)
    clock.stop(before, act.at, met=False)
    promised = clock.start_until(act, referral, ClockKind.PROMISED_ARRIVAL, arrives_at)
    running = [promised, *(c for c in clock.running_of(referral) if c.kind != ClockKind.PROMISED_ARRIVAL)]
    referral.breach_at = min(each.target_at for each in running)
    _say(act, referral, promised, before)
    if slips:
        told = {"reference": referral.reference, "priority": referral.priority}
        at = spelt(promised.target_at)
        on_duty.tell(act, referral.from_team_id, "arrival.slipped", Role.SUPERVISOR, arrives_at=at, **told)
    act.write()
    if slips:
        _demand_review(act, referral, promised, before)
    return promised


@transaction.atomic
def arrived(*, referral_id: UUID, by: Actor, **entered: Unpack[Entered]) -> Referral:
    """The receiver says that somebody is there: the promise is kept. Contact with the person is another.

    Raises NotThere, Stale, NotYourMove, ReasonNeeded, MoveNotAllowed.
    """
    referral, locked = _find(referral_id, by, entered.get("version"))
    act = Act.on(locked, by, entered.get("occurred_at"))
    if not clock.arrive(act, referral):
        raise MoveNotAllowed("no arrival is promised", allowed_actions(by, referral, locked))
    support.arrived(act, referral)
    referral.version += 1
    referral.save(update_fields=["version", "breach_at", "escalation_level"])
    act.event("arrival.arrived", {"version": referral.version}, referral)
    act.tell(referral.from_team_id, referral.from_agency_id, "arrival.arrived", referral)
    act.write()
    return referral


def _find(referral_id: UUID, by: Actor, version: int | None) -> tuple[Referral, Case]:
    referral, locked = find(referral_id, by, version)
    if by.agency_id not in referral.agencies_on("receiver"):
        raise NotYourMove("only the receiver promises an arrival")
    if not by.is_named:
        raise ReasonNeeded("a named person promises", {"/by": "name the person: name, role and contact"})
    if referral.state not in ASKED | HELD:
        raise MoveNotAllowed(
            f"a referral that is {referral.state} waits for nobody's arrival",
            allowed_actions(by, referral, locked),
        )
    return referral, locked


def _say(act: Act, referral: Referral, promised: Clock, before: list[Clock]) -> None:
    """The event, the sender's message and the referral's next version."""
    slips = any(promised.target_at > each.target_at for each in before)
    kind = "arrival.slipped" if slips else "arrival.promised"
    at = spelt(promised.target_at)
    referral.version += 1
    referral.save(update_fields=["version", "breach_at", "escalation_level"])
    was = [spelt(each.target_at) for each in before]
    act.event(kind, {"arrives_at": at, "before": was, "version": referral.version}, referral)
    act.tell(referral.from_team_id, referral.from_agency_id, kind, referral, arrives_at=at)


def _demand_review(act: Act, referral: Referral, promised: Clock, before: list[Clock]) -> None:
    """The sender reviews whether the person can wait, and does what the promise before still demanded: the
    new clock's rungs name it until it is ticked.
    """
    undone = Demand.objects.filter(clock__in=before, ticked_at=None).values_list("code", flat=True)
    Demand.objects.bulk_create(
        Demand(
            case=act.case,
            referral=referral,
            clock=promised,
            code=code,
            made_at=act.at,
            only_agency_id=only(referral),
        )
        for code in sorted({Ask.REVIEW_SLIPPED_ARRIVAL.value, *undone})
    )
