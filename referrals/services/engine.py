"""The clock engine: looks at what is due, and tells whom the ladder names. It cannot forget: the rows are
the queue.

Any number of workers may tick at once, and any tick may be repeated: a rung fires once. The case row
is the lock; a tick skips cases that are busy, except one that has been busy for over a minute.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction

import notifications.services as notifications
from agencies import duty
from agencies.roles import Role
from referrals.domain.clocks import HOLDER, ClockKind, Holder
from referrals.domain.escalation import Fired, Party, Plan, Rung, Watch, from_terms, plan
from referrals.models import AgreementVersion, Escalation
from referrals.models.keys import instant
from referrals.services.writing import ENGINE, NewEvent, append

BATCH = 500
BUSY_TOO_LONG = timedelta(minutes=1)

CLAIM = """
select k.id from referrals_clock k join referrals_case c on c.id = k.case_id
 where k.next_look_at <= %(now)s order by k.next_look_at limit %(batch)s
   for no key update of c skip locked
"""
BUSY = "select case_id from referrals_clock where next_look_at <= %s order by next_look_at limit 1"
WAIT = "select id from referrals_case where id = %s for no key update"
DUE_IN = "select id from referrals_clock where case_id = %s and next_look_at <= %s"

# A second statement: locking refreshed the case rows only, and a clock may have been met meanwhile.
READ_AGAIN = """
select k.id, k.case_id, k.referral_id, k.kind, k.started_at, k.target_at, k.step, k.repetition,
       k.agreement_version_id, k.only_agency_id, c.opened_on, c.reference, r.reference,
       coalesce(r.priority, k.priority), r.from_team_id, r.to_team_id,
       c.accountable_team_id, c.opened_by_team_id
  from referrals_clock k join referrals_case c on c.id = k.case_id
  left join referrals_referral r on r.id = k.referral_id
 where k.id = any(%(ids)s) and k.next_look_at <= %(now)s and k.stopped_at is null
 order by k.case_id, k.target_at
"""
LOOK_NEXT = """
update referrals_clock k set next_look_at = x.n, step = x.s, repetition = x.r
  from unnest(%s::bigint[], %s::timestamptz[], %s::smallint[], %s::integer[]) x(i, n, s, r) where k.id = x.i
"""
RISEN = """
update referrals_referral r set escalation_level = x.l
  from unnest(%s::uuid[], %s::smallint[]) x(i, l) where r.id = x.i and r.escalation_level < x.l
"""


class Due(NamedTuple):
    """A clock to be looked at, with what telling about it needs."""

    id: int
    case_id: UUID
    referral_id: UUID | None
    kind: str
    started_at: datetime
    target_at: datetime
    step: int
    repetition: int
    agreement_version_id: int
    only_agency_id: int | None
    opened_on: Any
    case_reference: str
    referral_reference: str | None
    priority: str
    from_team: int | None
    to_team: int | None
    accountable_team: int
    opened_by_team: int

    def team(self, party: Party) -> int | None:
        """The team of the one who must act, or of the one who waits; None where there is nobody else."""
        ends = {
            Holder.SENDER: (self.from_team, self.to_team),
            Holder.RECEIVER: (self.to_team, self.from_team),
            Holder.ACCOUNTABLE: (self.accountable_team, self.opened_by_team),
        }
        holder, other = ends[HOLDER[ClockKind(self.kind)]]
        if party == Party.HOLDER:
            return holder
        return None if other == holder or self.only_agency_id is not None else other


@dataclass(frozen=True)
class Tick:
    """What one tick did: clocks claimed and still due when read again, rungs told, messages owed."""

    claimed: int
    looked: int
    fired: int
    told: int


@dataclass(frozen=True)
class Look:
    """One due clock, and the plan made for it."""

    due: Due
    ladder: Sequence[Rung]
    plan: Plan

    @property
    def told(self) -> Fired | None:
        """The one rung that is told, if any."""
        return self.plan.fired[-1] if self.plan.fired else None


def tick(now: datetime | None = None) -> Tick:
    """Look at one batch of due clocks, in one transaction.

    ``now`` is the database's time unless given (UTC).
    """
    with transaction.atomic():
        at = now or instant()
        ids = _claim(at)
        if len(ids) < BATCH:
            ids += _claim_busy(at)
        return _look(ids, at)


def _claim(now: datetime) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {"now": now, "batch": BATCH})
        return [key for (key,) in cursor]


def _claim_busy(now: datetime) -> list[int]:
    """The clocks of the one case that was skipped for too long: this time, wait for it."""
    with connection.cursor() as cursor:
        cursor.execute(BUSY, [now - BUSY_TOO_LONG])
        if (found := cursor.fetchone()) is None:
            return []
        cursor.execute(WAIT, found)
        cursor.execute(DUE_IN, [found[0], now])
        return [key for (key,) in cursor]


def _look(ids: list[int], now: datetime) -> Tick:
    if not ids:
        return Tick(0, 0, 0, 0)
    with connection.cursor() as cursor:
        cursor.execute(READ_AGAIN, {"ids": ids, "now": now})
        due = [Due(*row) for row in cursor]
    looks = [_plan(each, now) for each in due]
    told = _tell(looks, now)
    _look_next(looks)
    return Tick(len(ids), len(looks), sum(look.told is not None for look in looks), told)


def _plan(due: Due, now: datetime) -> Look:
    ladder = _ladder(due.agreement_version_id)
    watch = Watch(due.started_at, due.target_at, due.step, due.repetition)
    return Look(due, ladder, plan(watch, ladder, now))


@cache
def _ladder(version_id: int) -> tuple[Rung, ...]:
    """A version's ladder. Versions in use never change, so that it may be kept."""
    return from_terms(AgreementVersion.objects.values_list("terms", flat=True).get(pk=version_id)["ladder"])


def _posts(look: Look) -> list[tuple[int, Role]]:
    """Whom the rung tells, as teams and tiers."""
    if look.told is None:
        return []
    named = [(look.due.team(party), role) for party, role in look.ladder[look.told.step].tell]
    return [(team, role) for team, role in named if team is not None]


def _tell(looks: Sequence[Look], now: datetime) -> int:
    """Write rungs, events and messages; how many messages."""
    fired = [look for look in looks if look.plan.fired]
    if not fired:
        return 0
    answers = duty.answering({post for look in fired for post in _posts(look)}, now)
    told = {look.due.id: [(post, answers[post]) for post in _posts(look)] for look in fired}
    rungs = _write_rungs(fired, told, now)
    append([event for look in fired for event in _events(look, told[look.due.id], now)])
    _raise_levels(fired)
    return notifications.enqueue(_messages(fired, told, rungs), at=now)


Told = list[tuple[tuple[int, Role], duty.Answer]]


def _write_rungs(fired: Sequence[Look], told: dict[int, Told], now: datetime) -> dict[int, int]:
    """Store every rung that was due; the id of the one that is told, by clock."""
    rows = [
        Escalation(
            case_id=look.due.case_id,
            referral_id=look.due.referral_id,
            clock_id=look.due.id,
            step=rung.step,
            repetition=rung.repetition,
            percent=rung.percent,
            due_at=rung.due_at,
            fired_at=now,
            superseded=rung.superseded,
            told=[] if rung.superseded else _names(told[look.due.id]),
            only_agency_id=look.due.only_agency_id,
        )
        for look in fired
        for rung in look.plan.fired
    ]
    Escalation.objects.bulk_create(rows)
    return {row.clock_id: row.pk for row in rows if not row.superseded}


def _names(told: Told) -> list[dict[str, Any]]:
    """Who is told: staff at their posts, never anything of the person."""
    return [
        {"team_id": team, "tier": role, "agency_id": who.agency_id, "role": who.role, "name": who.name}
        for (team, role), answer in told
        for who in answer.recipients
    ]


def _events(look: Look, told: Told, now: datetime) -> Iterable[NewEvent]:
    due, rung = look.due, look.plan.fired[-1]
    head = (due.case_id, due.opened_on, due.referral_id)
    data = {
        "clock": {"id": due.id, "kind": due.kind, "target_at": due.target_at.isoformat()},
        "step": rung.step,
        "percent": rung.percent,
        "repetition": rung.repetition,
        "breached": due.target_at <= now,
        "demand": look.ladder[rung.step].demand,
        "told": _names(told),
    }
    yield NewEvent(*head, "escalation.fired", now, ENGINE, data, due.only_agency_id)
    for (team, role), answer in told:
        if answer.gap:
            gap = {"team_id": team, "tier": role, "clock": due.id}
            yield NewEvent(*head, "duty.gap", now, ENGINE, gap, due.only_agency_id)


def _messages(
    fired: Sequence[Look], told: dict[int, Told], rungs: dict[int, int]
) -> Iterable[notifications.Owed]:
    for look in fired:
        due, rung = look.due, look.plan.fired[-1]
        about = f"referral:{due.referral_id}" if due.referral_id else f"case:{due.case_id}"
        data = {
            "reference": due.referral_reference or due.case_reference,
            "case": due.case_reference,
            "priority": due.priority,
            "clock": due.kind,
            "target_at": due.target_at.isoformat(),
            "percent": rung.percent,
            "demand": look.ladder[rung.step].demand,
        }
        people = {who for _, answer in told[due.id] for who in answer.recipients}
        for who in sorted(people, key=lambda r: (r.agency_id, r.membership_id or 0)):
            yield notifications.Owed(
                key=f"escalation:{rungs[due.id]}",
                case_id=due.case_id,
                opened_on=due.opened_on,
                about=about,
                kind="escalation.fired",
                recipient=notifications.Recipient(who.agency_id, who.membership_id, role=who.role),
                data=data,
                escalation_id=rungs[due.id],
            )


def _raise_levels(fired: Sequence[Look]) -> None:
    levels: dict[UUID, int] = {}
    for look in fired:
        if look.due.referral_id is not None:
            level = look.plan.fired[-1].step + 1
            levels[look.due.referral_id] = max(level, levels.get(look.due.referral_id, 0))
    with connection.cursor() as cursor:
        cursor.execute(RISEN, [list(levels), list(levels.values())])


def _look_next(looks: Sequence[Look]) -> None:
    columns: list[list[Any]] = [
        [look.due.id for look in looks],
        [look.plan.next_look_at for look in looks],
        [look.plan.step for look in looks],
        [look.plan.repetition for look in looks],
    ]
    with connection.cursor() as cursor:
        cursor.execute(LOOK_NEXT, columns)
