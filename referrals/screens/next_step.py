"""What happens next, and what happens if nobody acts: the clocks and their ladders, in sentences."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from agencies.models import Team
from agencies.roles import Role
from referrals.domain.clocks import HOLDER, ClockKind, Holder
from referrals.domain.escalation import Named, Party, Rung, Watch, ahead, ladder_of
from referrals.domain.must import MUST
from referrals.models import Case, Clock, Referral
from referrals.screens import words
from referrals.screens.why import why


@dataclass(frozen=True)
class Told:
    """One thing that will happen by itself: when, who is told, and what is asked of them."""

    at: datetime
    whom: str
    verb: str
    demand: str


@dataclass(frozen=True)
class Promise:
    """One clock as a person reads it: who must do what, by when, and what follows if they do not."""

    clock: Clock
    label: str
    who: str
    must: str
    phone: str
    ours: bool
    chase: list[Told]
    why: str

    @property
    def target_at(self) -> datetime:
        """The deadline."""
        return self.clock.target_at


def promises(
    clocks: Iterable[Clock], referral: Referral, case: Case | None, agency_id: int, now: datetime
) -> list[Promise]:
    """The running clocks, the first to end first."""
    running = [clock for clock in clocks if clock.stopped_at is None]
    return [
        _promise(clock, referral, case, agency_id, now)
        for clock in sorted(running, key=lambda c: c.target_at)
    ]


def _promise(clock: Clock, referral: Referral, case: Case | None, agency_id: int, now: datetime) -> Promise:
    kind = ClockKind(clock.kind)
    holder, other = teams_of(clock, referral, case)
    terms = clock.agreement_version.terms
    watch = Watch(clock.started_at, clock.target_at, clock.step, clock.repetition, clock.quiet_until)
    ends = {Party.HOLDER: holder, Party.OTHER: other}
    priority = clock.priority if clock.referral_id is None else referral.priority
    return Promise(
        clock=clock,
        label=words.CLOCKS[kind],
        who=holder.name if holder else "The accountable team",
        must=MUST[kind],
        phone=(holder.phone or holder.agency.phone) if holder else "",
        ours=holder is not None and holder.agency_id == agency_id,
        why=why(clock),
        chase=[
            _told(at, rung, Ends(ends, bool(terms.get("arbiter")), priority))
            for at, rung in ahead(watch, ladder_of(terms, kind), now)
        ],
    )


def teams_of(clock: Clock, referral: Referral, case: Case | None) -> tuple[Team | None, Team | None]:
    """The team that must act, and the one that waits; None where that is nobody's to know or nobody."""
    accountable = case.accountable_team if case else None
    opener = case.opened_by_team if case else None
    holder, other = {
        Holder.SENDER: (referral.from_team, referral.to_team),
        Holder.RECEIVER: (referral.to_team, referral.from_team),
        Holder.ACCOUNTABLE: (accountable, opener),
        Holder.NAMED_TEAM: (clock.team or accountable, clock.other_team),
    }[HOLDER[ClockKind(clock.kind)]]
    return holder, None if other == holder or clock.only_agency_id is not None else other


@dataclass(frozen=True)
class Ends:
    """Whom a ladder can tell, and at which priority: a team at either end, and perhaps an arbiter."""

    teams: Mapping[Party, Team | None]
    arbiter: bool
    priority: str


def _told(at: datetime, rung: Rung, ends: Ends) -> Told:
    posts = [f"{_post(role)} of {team.name}" for party, role in rung.tell if (team := ends.teams[party])]
    posts += ["the arbiter"] if rung.arbiter and ends.arbiter else []
    verb = "reminded" if rung.percent < 100 else "told that it is late"
    whom = " and ".join(posts) or "the duty contact"
    be = "are" if len(posts) > 1 or whom.startswith("the staff") else "is"
    return Told(at, whom, f"{be} {verb}", rung.asks(ends.priority))


def _post(post: Role | Named) -> str:
    return words.LEVELS.get(post) or f"the {post}"
