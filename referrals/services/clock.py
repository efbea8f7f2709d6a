"""Starting, meeting and stopping promises."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from agencies.models import Team
from referrals.domain.case import Priority
from referrals.domain.clocks import BESIDE, MET_BY, WATCH, ClockKind, target
from referrals.domain.escalation import first_look, ladder_of
from referrals.domain.referral import ASKED, HELD, State
from referrals.models import AgreementVersion, Clock, Referral
from referrals.services.writing import Act, only


class Terms(Protocol):
    """On what terms a promise runs: a referral's, or a team's own before there is one."""

    @property
    def agreement_version(self) -> AgreementVersion:
        """Whose targets and ladder hold."""

    @property
    def priority(self) -> str:
        """How soon."""

    @property
    def category(self) -> str:
        """What kind of help."""

    @property
    def to_team(self) -> Team:
        """Who is asked."""


def start_for(act: Act, referral: Referral, kind: ClockKind) -> Clock:
    """A promise of this referral, running from now."""
    return _start(act, kind, referral, belongs_to=referral)


def start_for_case(act: Act, terms_of: Terms, kind: ClockKind) -> Clock:
    """A promise of the case, on the terms at hand."""
    return _start(act, kind, terms_of, belongs_to=None)


def start_for_team(
    act: Act,
    terms_of: Terms,
    kind: ClockKind,
    team_id: int,
    other: int | None,
    ends: datetime | None = None,
) -> Clock:
    """A promise of one team in the case, for which another waits; one that runs already runs on.

    It ends when it was said to end, else as long as the terms have it.
    """
    if (held := _held(act, kind, team_id)) is not None:
        return held
    if ends is None:
        clock = _start(act, kind, terms_of, belongs_to=None)
    else:
        clock = _run(act, kind, terms_of, Until(None, ends, "promised"))
    return _of_team(clock, team_id, other)


def start_for_team_since(
    act: Act, terms_of: Terms, kind: ClockKind, team_id: int, other: int | None, since: datetime
) -> Clock:
    """As ``start_for_team``, as long as the terms have it from a time that was stated."""
    held = _held(act, kind, team_id)
    return held or _of_team(_start(act, kind, terms_of, None, since), team_id, other)


def _held(act: Act, kind: ClockKind, team_id: int) -> Clock | None:
    """The promise of this kind that the team has made in the case already."""
    begun = (
        each for each in act.started if (each.kind, each.team_id, each.stopped_at) == (kind, team_id, None)
    )
    running = act.case.clocks.running().filter(kind=kind, referral=None, team=team_id)
    return next(begun, None) or running.first()


def _of_team(clock: Clock, team_id: int, other: int | None) -> Clock:
    clock.team_id, clock.other_team_id = team_id, None if other == team_id else other
    return clock


def start_until(
    act: Act, referral: Referral, kind: ClockKind, ends: datetime, clause: str = "promised"
) -> Clock:
    """A promise of this referral that ends when somebody said it would, or when something else does."""
    return _run(act, kind, referral, Until(referral, ends, clause))


class Until(NamedTuple):
    """What a promise belongs to (None: its case), when it ends, what says so, and since when (else now)."""

    referral: Referral | None
    ends: datetime
    clause: str
    since: datetime | None = None


def start_stated(act: Act, terms_of: Terms, kind: ClockKind, until: Until) -> Clock:
    """A promise of the case that runs from a time that was stated to one that follows from it."""
    return _run(act, kind, terms_of, until)


def _start(
    act: Act, kind: ClockKind, terms_of: Terms, belongs_to: Referral | None, since: datetime | None = None
) -> Clock:
    version = terms_of.agreement_version
    minutes, clause = target(
        version.terms,
        kind,
        priority=terms_of.priority,
        category=terms_of.category,
        receiver=terms_of.to_team.agency.kind,
    )
    ends = (since or act.at) + timedelta(minutes=minutes)
    return _run(act, kind, terms_of, Until(belongs_to, ends, clause, since))


def _run(act: Act, kind: ClockKind, terms_of: Terms, until: Until) -> Clock:
    version = terms_of.agreement_version
    since = until.since or act.at
    clock = Clock(
        case=act.case,
        referral=until.referral,
        kind=kind,
        priority=terms_of.priority,
        started_at=since,
        target_at=until.ends,
        next_look_at=first_look(since, until.ends, ladder_of(version.terms, kind)),
        agreement_version=version,
        clause=until.clause,
        only_agency_id=only(until.referral),
    )
    act.started.append(clock)
    return clock


def stop(clocks: Iterable[Clock], at: datetime, *, met: bool) -> None:
    """Stop these clocks; met, if the promise was kept."""
    keys = [clock.pk for clock in clocks if clock.pk is not None]
    if keys:
        Clock.objects.filter(pk__in=keys, stopped_at=None).update(
            stopped_at=at, met_at=at if met else None, next_look_at=None
        )
    for clock in clocks:
        clock.stopped_at, clock.next_look_at, clock.met_at = at, None, at if met else None


def follow(act: Act, referral: Referral, action: str, running: list[Clock]) -> list[Clock]:
    """Make a referral's clocks follow its new state; those that run now. Sets its ``breach_at``."""
    state = State(referral.state)
    wanted, beside = WATCH.get(state, ()), BESIDE.get(state, frozenset())
    ended = [
        c for c in running if action in MET_BY.get(ClockKind(c.kind), ()) or c.kind not in {*wanted, *beside}
    ]
    stop([c for c in ended if action in MET_BY.get(ClockKind(c.kind), ())], act.at, met=True)
    stop([c for c in ended if c.stopped_at is None], act.at, met=False)
    kept = [c for c in running if c not in ended]
    kinds = {c.kind for c in kept}
    kept += [
        start_for(act, referral, kind)
        for kind in [*wanted, *_to_phone(referral, action)]
        if kind not in kinds
    ]
    if kept:
        referral.breach_at = min(clock.target_at for clock in kept)
    if state not in ASKED | HELD and not referral.to_team.always_open:
        stop(handover_of(referral), act.at, met=False)
        referral.answering_team = None
    return kept


def _to_phone(referral: Referral, action: str) -> list[ClockKind]:
    """An emergency is told by phone first: until that is confirmed, its sender has a clock."""
    waits = action == "send" and referral.priority == Priority.P1 and not referral.phone_confirmation
    return [ClockKind.PHONE_CONFIRMATION] if waits else []


def recount(act: Act, referral: Referral) -> None:
    """Set ``breach_at`` and ``escalation_level`` anew after one of its clocks has stopped or started."""
    begun = [each for each in act.started if each.referral_id == referral.pk and each.stopped_at is None]
    _stand(referral, [*running_of(referral), *begun])


def _stand(referral: Referral, waiting: Sequence[Clock]) -> None:
    """By the promises that wait; with none, the last time to breach stays."""
    referral.breach_at = min((each.target_at for each in waiting), default=referral.breach_at)
    referral.escalation_level = max((each.step for each in waiting), default=0)


def running_of(referral: Referral) -> list[Clock]:
    """The referral's clocks that still wait for somebody: a desk's closing time is no promise."""
    return list(Clock.objects.running().filter(referral=referral).exclude(kind=ClockKind.HANDOVER))


def handover_of(referral: Referral) -> list[Clock]:
    """The clock by which the referral changes hands when a desk closes or opens, if one runs."""
    return list(Clock.objects.running().filter(referral=referral, kind=ClockKind.HANDOVER))


def arrive(act: Act, referral: Referral) -> bool:
    """Somebody is there: the promised arrival, if there was one, is kept. Counts anew, as ``recount``."""
    running = running_of(referral)
    promised = [c for c in running if c.kind == ClockKind.PROMISED_ARRIVAL]
    stop(promised, act.at, met=True)
    _stand(referral, [each for each in running if each not in promised])
    return bool(promised)


def stop_teams_clocks(act: Act, agency_id: int, *kinds: ClockKind, met: bool) -> None:
    """Stop the promises of these kinds that the agency's teams made in the case."""
    own = Clock.objects.running().filter(case=act.case, referral=None, kind__in=kinds)
    own.filter(team__agency=agency_id).update(
        stopped_at=act.at, met_at=act.at if met else None, next_look_at=None
    )


def stop_case_clocks(act: Act, *kinds: ClockKind, met: bool) -> None:
    """Stop the case's own clocks of these kinds; all of them if none is named."""
    clocks = Clock.objects.running().filter(case=act.case, referral=None)
    if kinds:
        clocks = clocks.filter(kind__in=kinds)
    clocks.update(stopped_at=act.at, met_at=act.at if met else None, next_look_at=None)
