"""Telling whom a rung names: the rungs, events and messages of one batch of looks, in bulk."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

import notifications.services as notifications
from agencies import duty
from agencies.roles import Role
from referrals.models import Escalation
from referrals.services.due import Look
from referrals.services.writing import ENGINE, NewEvent, append

RISEN = """
update referrals_referral r set escalation_level = x.l
  from unnest(%s::uuid[], %s::smallint[]) x(i, l) where r.id = x.i and r.escalation_level < x.l
"""

Told = list[tuple[tuple[int, Role], duty.Answer]]


def tell(looks: Sequence[Look], now: datetime) -> int:
    """Write rungs, events and messages; how many messages."""
    fired = [look for look in looks if look.plan.fired]
    if not fired:
        return 0
    answers = duty.answering({post for look in fired for post in look.posts}, now)
    told = {look.due.id: [(post, answers[post]) for post in look.posts] for look in fired}
    rungs = _write_rungs(fired, told, now)
    append([event for look in fired for event in _events(look, told[look.due.id], now)])
    _raise_levels(fired)
    return notifications.enqueue(_messages(fired, told, rungs), at=now)


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
