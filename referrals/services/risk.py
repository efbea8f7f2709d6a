"""Risk is raised by anyone, and lowered only by somebody senior, with a reason."""

from datetime import datetime, timedelta
from typing import Required, TypedDict, Unpack
from uuid import UUID

from django.db import transaction

from agencies.acting import Actor
from agencies.roles import Role
from referrals import policies
from referrals.domain.clocks import OWN_PACE, ClockKind, target
from referrals.domain.errors import Invalid, ReasonNeeded
from referrals.domain.referral import OPEN
from referrals.models import Clock, Referral
from referrals.services import clock, threshold_review
from referrals.services.finding import find
from referrals.services.writing import Act


class Said(TypedDict, total=False):
    """``direction`` is ``raise`` or ``lower``; a ``priority`` is optional."""

    direction: Required[str]
    reason: str
    priority: str


@transaction.atomic
def change(
    *,
    referral_id: UUID,
    by: Actor,
    version: int | None = None,
    occurred_at: datetime | None = None,
    **said: Unpack[Said],
) -> Referral:
    """Raise or lower the risk, and with it, if given, the priority.

    Raising shortens clocks; nothing lengthens one.
    """
    direction, reason, priority = said["direction"], said.get("reason", ""), said.get("priority", "")
    referral, locked = find(referral_id, by, version)
    policies.check_case_open(locked)
    if direction == "lower":
        policies.check_level(by, Role.SUPERVISOR, "lower the risk")
    if not reason:
        raise ReasonNeeded(f"to {direction} the risk needs a reason", {"/reason": "say what changed"})
    _check_priority(referral, direction, priority)
    act = Act.on(locked, by, occurred_at)
    name = "risk.raised" if direction == "raise" else "risk.lowered"
    why = act.content("risk", reason, referral)
    referral.risk_raised_at = act.at if direction == "raise" else None
    referral.priority = priority or referral.priority
    if direction == "raise":
        shorten(act, referral)
    referral.version += 1
    referral.save(update_fields=["risk_raised_at", "priority", "version", "breach_at"])
    told = {"priority": referral.priority, "content": [why], "version": referral.version}
    act.event(name, told, referral)
    if direction == "raise":
        threshold_review.reopen_for_risk(act, why)
    for team_id, agency_id in _others(act, referral):
        act.tell(team_id, agency_id, name, referral, priority=referral.priority)
    act.write()
    return referral


def _check_priority(referral: Referral, direction: str, priority: str) -> None:
    wrong = priority and (
        priority > referral.priority if direction == "raise" else priority < referral.priority
    )
    if wrong:
        raise Invalid(
            f"to {direction} the risk cannot turn {referral.priority} into {priority}",
            {"/priority": "P1 is the most urgent, P4 the least; leave it out to keep it"},
        )


def shorten(act: Act, referral: Referral) -> None:
    """Replace each running promise by the raised priority's where that ends sooner."""
    running = Clock.objects.running().filter(case=act.case)
    running = running.exclude(kind__in=OWN_PACE)
    for old in [*running.filter(referral=referral), *running.filter(referral=None)]:
        minutes, _ = target(
            referral.agreement_version.terms,
            ClockKind(old.kind),
            priority=referral.priority,
            category=referral.category,
            receiver=referral.to_team.agency.kind,
        )
        if act.at + timedelta(minutes=minutes) >= old.target_at:
            continue
        clock.stop([old], act.at, met=False)
        begin = clock.start_for_case if old.referral_id is None else clock.start_for
        new = begin(act, referral, ClockKind(old.kind))
        new.team_id, new.other_team_id = old.team_id, old.other_team_id
        if old.referral_id is not None and referral.state in OPEN:
            referral.breach_at = min(referral.breach_at, new.target_at)


def _others(act: Act, referral: Referral) -> set[tuple[int, int]]:
    """The teams at both ends and the accountable one, less the actor's own agency."""
    ends = {
        (referral.from_team_id, referral.from_agency_id),
        (referral.to_team_id, referral.to_agency_id),
        (act.case.accountable_team_id, act.case.accountable_agency_id),
    }
    return {end for end in ends if end[1] != act.by.agency_id and referral.sent_at}
