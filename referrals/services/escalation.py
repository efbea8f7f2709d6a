"""Somebody takes a clock that rings, gives it back, or ticks what its ladder demanded.

Taking stops the repetition, never the clock, and is no acknowledgement: who is accountable, and by when,
stays as it was. Who takes a reminder keeps nobody from hearing of the breach.
"""

from datetime import datetime, timedelta

from django.db import transaction

from agencies.acting import Actor
from agencies.instants import spelt
from referrals.domain.clocks import ClockKind
from referrals.domain.errors import Invalid, MoveNotAllowed, NotThere, NotYourMove, ReasonNeeded
from referrals.domain.escalation import DEMANDS, Ask, Watch, quiet_after, silent_until
from referrals.models import Case, Clock, Demand, Referral
from referrals.services.due import terms_of
from referrals.services.finding import RELATED
from referrals.services.writing import Act, lock_case

LONGEST_PROMISE = timedelta(hours=24)


@transaction.atomic
def take(*, clock_id: int, by: Actor, promised_at: datetime | None = None) -> Clock:
    """Say who deals with a promise that rings: it is quiet until ``promised_at``, else one target long.

    A named person of either side may, also instead of whoever took it before. If the promise is not
    kept by then, the ladder goes on where it was. That the target is missed is told all the same, once.

    Raises NotThere, NotYourMove, ReasonNeeded, MoveNotAllowed (it does not ring), Invalid (the time).
    """
    clock, locked = _find(clock_id, by)
    if not may_be_taken(clock):
        raise MoveNotAllowed("a desk closes when it closes: nobody can put that off by taking it")
    if clock.step == 0:
        raise MoveNotAllowed("nobody has been told about this clock yet: there is nothing to take")
    act = Act.on(locked, by)
    until = promised_at or quiet_after(_watch(clock), act.at)
    if not act.at < until <= act.at + LONGEST_PROMISE:
        raise Invalid(
            "a promise is kept within 24 hours",
            {"/promised_at": "a time to come, at most 24 hours ahead; leave it out for one more target"},
        )
    clock.taken_by, clock.taken_at, clock.quiet_until = by.as_event(), act.at, until
    ladder, _ = terms_of(clock.agreement_version_id, clock.kind)
    clock.next_look_at = silent_until(_watch(clock), ladder)
    _save(clock)
    said = {**_named(clock), "quiet_until": spelt(until), "promised": promised_at is not None}
    act.event("escalation.taken", said, clock.referral)
    _tell_others(act, clock, "escalation.taken")
    act.write()
    return clock


def may_be_taken(clock: Clock) -> bool:
    """Closing time waits for nobody: a clock that is quiet then would hand nothing on."""
    return clock.kind != ClockKind.HANDOVER


@transaction.atomic
def release(*, clock_id: int, by: Actor) -> Clock:
    """Give a taken clock back: its ladder goes on at once.

    Raises NotThere, NotYourMove, ReasonNeeded, MoveNotAllowed (nobody has taken it).
    """
    clock, locked = _find(clock_id, by)
    act = Act.on(locked, by)
    if clock.quiet_until is None or clock.quiet_until <= act.at:
        raise MoveNotAllowed("nobody has taken this clock", ["take"])
    clock.quiet_until = clock.next_look_at = act.at
    _save(clock)
    act.event("escalation.released", _named(clock), clock.referral)
    act.write()
    return clock


@transaction.atomic
def tick_demand(*, demand_id: int, by: Actor) -> Demand:
    """A named person says that what was demanded has been done.

    Raises NotThere, NotYourMove (it is the other side's to do), ReasonNeeded, MoveNotAllowed (done, or the
    clock has ended).
    """
    found = Demand.objects.visible_to(by).filter(pk=demand_id).values_list("case_id", flat=True).first()
    if found is None:
        raise NotThere("there is no such demand")
    locked = lock_case(found)
    demand = Demand.objects.select_related("clock").get(pk=demand_id)
    clock = _with_referral(demand.clock, locked)
    _check_named(by, "tick this")
    _check_side(by, clock, DEMANDS[Ask(demand.code)][0] if demand.code in set(Ask) else None)
    if demand.ticked_at is not None:
        raise MoveNotAllowed("somebody has ticked this before")
    act = Act.on(locked, by)
    demand.ticked_at, demand.ticked_by = act.at, by.as_event()
    demand.save(update_fields=["ticked_at", "ticked_by"])
    said = {**_named(clock), "demand": {"id": demand.pk, "code": demand.code}}
    act.event("demand.ticked", said, clock.referral)
    act.write()
    return demand


def _find(clock_id: int, by: Actor) -> tuple[Clock, Case]:
    """The running clock, read under its case's lock, if this actor may take it."""
    key = Clock.objects.visible_to(by).filter(pk=clock_id).values_list("case_id", flat=True).first()
    if key is None:
        raise NotThere("there is no such clock")
    locked = lock_case(key)
    clock = _with_referral(Clock.objects.get(pk=clock_id), locked)
    if clock.stopped_at is not None:
        raise MoveNotAllowed("this promise has been kept, or waits no longer")
    _check_named(by, "take this")
    _check_side(by, clock)
    return clock, locked


def _with_referral(clock: Clock, locked: Case) -> Clock:
    clock.case = locked
    if clock.referral_id is not None:
        clock.referral = Referral.objects.select_related(*RELATED).get(pk=clock.referral_id)
    return clock


def _check_named(by: Actor, what: str) -> None:
    if not by.is_named:
        raise ReasonNeeded(f"a named person must {what}", {"/by": "name the person: name, role and contact"})


def _check_side(by: Actor, clock: Clock, side: str | None = None) -> None:
    """The actor's agency is at that end of what the clock belongs to; at either, if none is named."""
    if by.agency_id not in agencies_at(clock, side):
        raise NotYourMove(f"only the {side or 'sender or the receiver'} does this")


def agencies_at(clock: Clock, side: str | None = None) -> set[int]:
    """The agencies at that end of what a clock belongs to, or at either: theirs it is to quieten it."""
    if clock.referral is None:
        named = {team.agency_id for team in (clock.team, clock.other_team) if team}
        return named | {clock.case.accountable_agency_id, clock.case.opened_by_agency_id}
    ends = [side] if side else ["sender", "receiver"]
    return set().union(*(clock.referral.agencies_on(end) for end in ends))


def _watch(clock: Clock) -> Watch:
    return Watch(clock.started_at, clock.target_at, clock.step, clock.repetition, clock.quiet_until)


def _save(clock: Clock) -> None:
    clock.save(update_fields=["taken_by", "taken_at", "quiet_until", "next_look_at"])


def _named(clock: Clock) -> dict[str, object]:
    return {"clock": {"id": clock.pk, "kind": clock.kind, "target_at": spelt(clock.target_at)}}


def _tell_others(act: Act, clock: Clock, kind: str) -> None:
    """The teams at the other end, so that two do not set out for the same thing."""
    if clock.referral is None or clock.referral.sent_at is None:
        return
    ends = {
        (clock.referral.from_team_id, clock.referral.from_agency_id),
        (clock.referral.to_team_id, clock.referral.to_agency_id),
    }
    for team_id, agency_id in sorted(ends):
        if agency_id != act.by.agency_id:
            act.tell(team_id, agency_id, kind, clock.referral, clock=clock.kind)
