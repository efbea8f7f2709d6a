"""What follows from a detention's milestones: its row, its clocks, and word to both sides.

The statutory clock runs from the arrival that was stated. Where that is corrected, disputed or extended, the
clock that ran is stopped and another runs to the new instant: told of in the history, and audited.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from agencies import audit
from agencies.instants import spelt
from agencies.models import Team
from referrals.domain.case import Priority
from referrals.domain.clocks import STATED, ClockKind, target
from referrals.domain.detention import HANDOVER, Facts, Power, facts
from referrals.domain.errors import MoveNotAllowed
from referrals.models import Clock, Detention, DetentionMilestone
from referrals.services import clock, terms
from referrals.services.writing import Act

KEPT = (
    "state",
    "starts_at",
    "extension_minutes",
    "expires_at",
    "place",
    "accepted_at",
    "released_at",
    "assessed_at",
    "decided_at",
    "ended_at",
    "outcome",
)


class Span(NamedTuple):
    """From when to when a promise of a detention runs, whose it is, who waits, and what says so."""

    since: datetime
    ends: datetime
    team_id: int
    other_id: int | None
    clause: str


def settle(act: Act, detention: Detention, entries: Sequence[DetentionMilestone], cause: str) -> None:
    """The row and its clocks, as the entries now have it."""
    found = facts(detention.power, entries)
    was, is_new = detention.expires_at, detention.expires_at is None
    _keep(act, detention, found)
    _follow(act, detention, found, cause)
    if found.expires_at != was and not is_new:
        moved = {
            "detention": str(detention.pk),
            "before": was and spelt(was),
            "expires_at": found.expires_at and spelt(found.expires_at),
            "cause": cause,
        }
        act.event("detention.expiry_moved", moved)
        audit.record(
            action="clock.retargeted",
            by=act.by,
            target_label="detention",
            target_id=detention.pk,
            data=moved,
        )
        tell(act, detention, "detention.expiry_moved")
    if cause in TOLD:
        tell(act, detention, cause)


TOLD = frozenset(
    {"detention.arrived", "detention.released", "detention.extended", "detention.decided", "detention.left"}
)


def _keep(act: Act, detention: Detention, found: Facts) -> None:
    others = Detention.objects.open().filter(case=act.case).exclude(pk=detention.pk)
    if found.ended_at is None and detention.ended_at is not None and others.exists():
        raise MoveNotAllowed("another detention is open in this case: this one stays ended")
    for name in KEPT:
        if name != "place":
            setattr(detention, name, getattr(found, name))
    if found.place_id != detention.place_id:
        detention.place = Team.objects.filter(pk=found.place_id).first() if found.place_id else None
    detention.version += 1
    detention.save(update_fields=[*KEPT, "version"])


def _follow(act: Act, detention: Detention, found: Facts, cause: str) -> None:
    """Each clock runs as it should: those that need not are stopped, and those that moved start anew."""
    wanted = _wanted(act, detention, found)
    running = {each.kind: each for each in act.case.clocks.running().filter(referral=None, kind__in=STATED)}
    on = terms.own(act, detention.team, HANDOVER[Power(detention.power)], Priority.P1)
    for kind in sorted(STATED):
        span, held = wanted.get(kind), running.get(kind)
        if held is not None and span is not None and _runs(held, span):
            continue
        if held is not None:
            clock.stop([held], act.at, met=span is None)
        if span is not None:
            _start(act, on, kind, span)
        if held is not None and span is not None:
            times = {"before": spelt(held.target_at), "target_at": spelt(span.ends)}
            told = {"detention": detention.pk, "clock": kind, **times, "cause": cause}
            act.event("detention.clock_moved", told)


def _runs(held: Clock, span: Span) -> bool:
    return (held.started_at, held.target_at, held.team_id, held.other_team_id) == (
        span.since, span.ends, span.team_id, span.other_id,
    )  # fmt: skip


def _start(act: Act, on: terms.OwnTerms, kind: ClockKind, span: Span) -> None:
    begun = clock.start_stated(act, on, kind, clock.Until(None, span.ends, span.clause, span.since))
    begun.team_id, begun.other_team_id = span.team_id, span.other_id


def _wanted(act: Act, detention: Detention, found: Facts) -> dict[ClockKind, Span]:
    """Which promises run while things stand so."""
    if found.ended_at is not None:
        return {}
    police, place = detention.team, detention.place or detention.team
    if found.starts_at is None:
        return {ClockKind.REACH_PLACE: _span(act, detention, ClockKind.REACH_PLACE, police, None)}
    wanted = {}
    if found.released_at is None:
        wanted[ClockKind.OFFICER_RELEASE] = _span(act, detention, ClockKind.OFFICER_RELEASE, place, police)
    if detention.power != Power.VOLUNTARY and found.assessed_at is None:
        wanted[ClockKind.AMHP_CONSIDERS] = _span(act, detention, ClockKind.AMHP_CONSIDERS, place, None)
    if found.expires_at is not None:
        other = None if place == police else police.pk
        clause = "Mental Health Act 1983, s.136B" if found.extension_minutes else "s.136(2A), s.135(3ZA)"
        wanted[ClockKind.DETENTION_LIMIT] = Span(found.starts_at, found.expires_at, place.pk, other, clause)
    return wanted


def _span(act: Act, detention: Detention, kind: ClockKind, team: Team, other: Team | None) -> Span:
    """As long as the agreement has it, from the stated time."""
    on = terms.own(act, detention.team, HANDOVER[Power(detention.power)], Priority.P1)
    minutes, clause = target(
        on.agreement_version.terms,
        kind,
        priority=on.priority,
        category=on.category,
        receiver=team.agency.kind,
    )
    since = detention.starts_at or detention.detained_at
    other_id = None if other is None or other == team else other.pk
    return Span(since, since + timedelta(minutes=minutes), team.pk, other_id, clause)


def tell(act: Act, detention: Detention, kind: str) -> None:
    """Both sides hear of it: the police desk and the place, less who did it."""
    for team in (detention.team, detention.place):
        if team is not None and team.agency_id != act.by.agency_id:
            act.tell(team.pk, team.agency_id, kind)
