"""The alarms of a case: which of its promises ring, who has taken one, and what their ladders demand."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from agencies.acting import Actor
from referrals.domain.clocks import ClockKind
from referrals.domain.escalation import DEMANDS, Ask
from referrals.models import Case, Clock, Demand, Referral
from referrals.screens.seen import Seen
from referrals.services.escalation import agencies_at, may_be_taken


@dataclass(frozen=True)
class Alarm:
    """What can be done with a running clock beside keeping its promise."""

    taken_by: str
    quiet_until: datetime | None
    may_take: bool
    may_arrive: bool


@dataclass(frozen=True)
class Demanded:
    """Something that a named person must still do, for one clock or for several, and whether it is ours."""

    ids: str
    text: str
    whose: str
    ours: bool
    made_at: datetime


def alarms(clocks: Iterable[Clock], seen: Seen, actor: Actor, now: datetime) -> dict[int, Alarm]:
    """By clock, for those that run. Whose part in the case has ended takes nothing."""
    if seen.case is None:
        return {}
    return alarms_in(seen.case, clocks, actor, now, seen.referral)


def alarms_in(
    case: Case, clocks: Iterable[Clock], actor: Actor, now: datetime, referral: Referral | None = None
) -> dict[int, Alarm]:
    """As ``alarms``, in a case in which nobody need have been asked anything."""
    running = [each for each in clocks if each.stopped_at is None]
    return {each.pk: _alarm(_placed(each, case, referral), actor, now) for each in running}


def _placed(clock: Clock, case: Case | None, referral: Referral | None) -> Clock:
    """With the case and the referral that are at hand: no query."""
    clock.case = case
    clock.referral = referral if clock.referral_id is not None else None
    return clock


def _alarm(clock: Clock, actor: Actor, now: datetime) -> Alarm:
    taken = clock.taken_by if clock.quiet_until is not None and clock.quiet_until > now else None
    promised = clock.kind == ClockKind.PROMISED_ARRIVAL
    return Alarm(
        taken_by=", ".join(taken[part] for part in ("name", "role") if taken.get(part)) if taken else "",
        quiet_until=clock.quiet_until if taken else None,
        may_take=clock.step > 0 and may_be_taken(clock) and actor.agency_id in agencies_at(clock),
        may_arrive=promised and actor.agency_id in agencies_at(clock, "receiver"),
    )


def demanded(seen: Seen, actor: Actor) -> list[Demanded]:
    """What the ladders of this referral and its case demand and nobody has done yet: one query."""
    return demanded_in(seen.case, actor, seen.referral) if seen.case else []


def demanded_in(case: Case, actor: Actor, referral: Referral | None = None) -> list[Demanded]:
    """As ``demanded``, in a case in which nobody need have been asked anything."""
    found = Demand.objects.visible_to(actor).unticked().filter(case_id=case.pk).select_related("clock")
    alike: dict[tuple[str, bool], list[Demand]] = {}
    for each in found.order_by("id"):
        if each.referral_id in (None, referral.pk if referral else None):
            clock = _placed(each.clock, case, referral)
            ours = actor.agency_id in agencies_at(clock, _meaning(each.code)[0])
            alike.setdefault((each.code, ours), []).append(each)
    return [_said(each, referral, ours) for (_, ours), each in alike.items()]


def _meaning(code: str) -> tuple[str | None, str]:
    """Of which side it is demanded, and what."""
    return DEMANDS[Ask(code)] if code in set(Ask) else (None, code)


def _said(demands: list[Demand], referral: Referral | None, ours: bool) -> Demanded:
    demand = demands[0]
    side, text = _meaning(demand.code)
    asked = {"sender": referral.from_team.name, "receiver": referral.to_team.name} if referral else {}
    return Demanded(
        ids=",".join(str(each.pk) for each in demands),
        text=text,
        whose=asked.get(side or "", ""),
        ours=ours,
        made_at=demand.made_at,
    )
