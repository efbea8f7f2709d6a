"""Telling whom a rung names: the rungs, events and messages of one batch of looks, in bulk."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

import notifications.services as notifications
from agencies import duty
from agencies.instants import spelt
from referrals.domain.clocks import ClockKind
from referrals.domain.escalation import Rung
from referrals.domain.missing import FLAGS
from referrals.models import Escalation
from referrals.services.due import Look
from referrals.services.writing import ENGINE, NewEvent, append

RISEN = """
update referrals_referral r set escalation_level = x.l
  from unnest(%s::uuid[], %s::smallint[]) x(i, l) where r.id = x.i and r.escalation_level < x.l
"""

DEMAND = """
insert into referrals_demand (case_id, referral_id, clock_id, code, made_at, only_agency_id)
select c, r, k, d, %s, o
  from unnest(%s::uuid[], %s::uuid[], %s::bigint[], %s::text[], %s::smallint[]) x(c, r, k, d, o)
    on conflict do nothing
"""
UNTICKED = """
select clock_id, array_agg(code order by id) from referrals_demand
 where clock_id = any(%s) and ticked_at is null group by clock_id
"""

Told = list[tuple[duty.Post, duty.Answer]]


def tell(looks: Sequence[Look], now: datetime) -> int:
    """Write rungs, events and messages; how many messages."""
    fired = [look for look in looks if look.plan.fired]
    if not fired:
        return 0
    answers = duty.answering({post for look in fired for post in look.posts}, now)
    arbiters = duty.contacts({look.arbiter for look in fired if look.arbiter})
    told = {
        look.due.id: [(post, answers[post]) for post in look.posts]
        + [((0, None), arbiters[code]) for code in [look.arbiter] if code in arbiters]
        for look in fired
    }
    rungs = _write_rungs(fired, told, now)
    append([event for look in fired for event in _events(look, told[look.due.id], now)])
    _raise_levels(fired)
    unticked = _demand(fired, now)
    owed = [each for look in fired for each in _messages(look, told[look.due.id], rungs, unticked)]
    return notifications.enqueue(owed, at=now)


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
            told=[] if rung.superseded else _people(told[look.due.id]),
            only_agency_id=look.due.only_agency_id,
        )
        for look in fired
        for rung in look.plan.fired
    ]
    Escalation.objects.bulk_create(rows)
    return {row.clock_id: row.pk for row in rows if not row.superseded}


def _people(told: Told) -> list[dict[str, Any]]:
    """The same with whose membership it is: the proof asks for each one's message. No partner reads it."""
    members = [who.membership_id for _, answer in told for who in answer.recipients]
    return [{**said, "membership_id": key} for said, key in zip(_names(told), members, strict=True)]


def _names(told: Told) -> list[dict[str, Any]]:
    """Who is told: staff at their posts, never anything of the person."""
    return [
        {
            "team_id": team or None,
            "tier": role or who.role,
            "agency_id": who.agency_id,
            "role": who.role,
            "name": who.name,
        }
        for (team, role), answer in told
        for who in answer.recipients
    ]


def _events(look: Look, told: Told, now: datetime) -> Iterable[NewEvent]:
    due, rung = look.due, look.plan.fired[-1]
    head = (due.case_id, due.opened_on, due.referral_id)
    data = {
        "clock": {"id": due.id, "kind": due.kind, "target_at": spelt(due.target_at)},
        "step": rung.step,
        "percent": rung.percent,
        "repetition": rung.repetition,
        "breached": due.target_at <= now,
        "demand": _rung(look).asks(due.priority),
        "slipped": due.quiet_until is not None and due.quiet_until <= now,
        "told": _names(told),
    }
    yield NewEvent(*head, "escalation.fired", now, ENGINE, data, due.only_agency_id)
    if due.step == 0 and (flag := FLAGS.get(ClockKind(due.kind))):
        raised = {"flag": flag, "clock": {"id": due.id, "kind": due.kind}}
        yield NewEvent(*head, "missing.flagged", now, ENGINE, raised, due.only_agency_id)
    for (team, role), answer in told:
        if answer.gap:
            gap = {"team_id": team, "tier": role, "clock": due.id}
            yield NewEvent(*head, "duty.gap", now, ENGINE, gap, due.only_agency_id)


def _demand(fired: Sequence[Look], now: datetime) -> dict[int, list[str]]:
    """Make what these rungs demand a row each; what nobody has ticked yet, by clock.

    A rung that was missed woke nobody, but what it demands is still to be done.
    """
    new = [
        (look.due, demand)
        for look in fired
        for rung in look.plan.fired
        if (demand := look.ladder[rung.step].asks(look.due.priority))
    ]
    columns: list[Any] = [
        now,
        [due.case_id for due, _ in new],
        [due.referral_id for due, _ in new],
        [due.id for due, _ in new],
        [demand for _, demand in new],
        [due.only_agency_id for due, _ in new],
    ]
    with connection.cursor() as cursor:
        if new:
            cursor.execute(DEMAND, columns)
        cursor.execute(UNTICKED, [[look.due.id for look in fired]])
        return dict(cursor.fetchall())


def _rung(look: Look) -> Rung:
    return look.ladder[look.plan.fired[-1].step]


def _messages(
    look: Look, told: Told, rungs: dict[int, int], unticked: dict[int, list[str]]
) -> Iterable[notifications.Owed]:
    due, rung = look.due, _rung(look)
    first, *then = rung.channels
    data = {
        "reference": due.referral_reference or due.case_reference,
        "case": due.case_reference,
        "priority": due.priority,
        "clock": due.kind,
        "target_at": spelt(due.target_at),
        "percent": rung.percent,
        "demand": rung.asks(due.priority),
        "unticked": unticked.get(due.id, []),
        **({"last": True} if look.plan.fired[-1].step == len(look.ladder) - 1 else {}),
    }
    people = {who for _, answer in told for who in answer.recipients}
    for who in sorted(people, key=lambda r: (r.agency_id, r.membership_id or 0)):
        yield notifications.Owed(
            key=f"escalation:{rungs[due.id]}",
            case_id=due.case_id,
            opened_on=due.opened_on,
            about=f"referral:{due.referral_id}" if due.referral_id else f"case:{due.case_id}",
            kind="escalation.fired",
            recipient=notifications.Recipient(who.agency_id, who.membership_id, role=who.role),
            data=data,
            escalation_id=rungs[due.id],
            channel=first.name,
            then=tuple((channel.name, channel.after) for channel in then),
        )


def _raise_levels(fired: Sequence[Look]) -> None:
    levels: dict[UUID, int] = {}
    for look in fired:
        if look.due.referral_id is not None and look.due.kind != ClockKind.HANDOVER:
            level = look.plan.fired[-1].step + 1
            levels[look.due.referral_id] = max(level, levels.get(look.due.referral_id, 0))
    with connection.cursor() as cursor:
        cursor.execute(RISEN, [list(levels), list(levels.values())])
