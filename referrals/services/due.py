"""One look at a clock: what it needs to know, and the plan made for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from agencies import duty
from referrals.domain.clocks import HOLDER, ClockKind, Holder
from referrals.domain.escalation import Fired, Named, Party, Plan, Rung, Watch, ladder_of, plan
from referrals.models import AgreementVersion

# A second statement: locking refreshed the case rows only, and a clock may have been met meanwhile.
READ_AGAIN = """
select k.id, k.case_id, k.referral_id, k.kind, k.started_at, k.target_at, k.step, k.repetition,
       k.agreement_version_id, k.only_agency_id, c.opened_on, c.reference, r.reference,
       coalesce(r.priority, k.priority), r.from_team_id, coalesce(r.answering_team_id, r.to_team_id),
       c.accountable_team_id, c.opened_by_team_id, k.parked_at is not null, k.quiet_until,
       k.team_id, k.other_team_id
  from referrals_clock k join referrals_case c on c.id = k.case_id
  left join referrals_referral r on r.id = k.referral_id
 where k.id = any(%(ids)s) and k.next_look_at <= %(now)s and k.stopped_at is null
 order by k.case_id, k.target_at
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
    parked: bool
    quiet_until: datetime | None
    named_team: int | None = None
    other_team: int | None = None

    @property
    def watch(self) -> Watch:
        """What a plan needs to know of it."""
        return Watch(self.started_at, self.target_at, self.step, self.repetition, self.quiet_until)

    def team(self, party: Party) -> int | None:
        """The team of the one who must act, or of the one who waits; None where there is nobody else."""
        ends = {
            Holder.SENDER: (self.from_team, self.to_team),
            Holder.RECEIVER: (self.to_team, self.from_team),
            Holder.ACCOUNTABLE: (self.accountable_team, self.opened_by_team),
            Holder.NAMED_TEAM: (self.named_team or self.accountable_team, self.other_team),
        }
        holder, other = ends[HOLDER[ClockKind(self.kind)]]
        if party == Party.HOLDER:
            return holder
        return None if other == holder or self.only_agency_id is not None else other


@dataclass(frozen=True)
class Look:
    """One due clock, the plan made for it, and the posts (team and tier) that it tells.

    A post without a tier is the duty contact of the team's agency. ``arbiter`` is the code of the
    agency whose contact is told too.
    """

    due: Due
    ladder: Sequence[Rung]
    plan: Plan
    posts: tuple[duty.Post, ...]
    arbiter: str | None = None

    @property
    def told(self) -> Fired | None:
        """The one rung that is told, if any."""
        return self.plan.fired[-1] if self.plan.fired else None


def read_again(ids: Sequence[int], now: datetime) -> list[Due]:
    """Those of these clocks that still wait and are due, as they are under the lock."""
    with connection.cursor() as cursor:
        cursor.execute(READ_AGAIN, {"ids": list(ids), "now": now})
        return [Due(*row) for row in cursor]


def look(due: Due, now: datetime) -> Look:
    """The plan for one due clock."""
    ladder, arbiter = terms_of(due.agreement_version_id, due.kind)
    made = plan(due.watch, ladder, now)
    if not made.fired:
        return Look(due, ladder, made, ())
    rung = ladder[made.fired[-1].step]
    return Look(due, ladder, made, tuple(posts(due, rung)), arbiter if rung.arbiter else None)


def posts(due: Due, rung: Rung) -> list[duty.Post]:
    """Whom a rung names. Where that is nobody, as no other team waits for this: the same at the holder's.

    A rung that names no post at all tells the duty contact of the holder's agency.
    """
    named = [(due.team(party), None if isinstance(post, Named) else post) for party, post in rung.tell]
    found = [(team, tier) for team, tier in named if team is not None]
    if found or (holder := due.team(Party.HOLDER)) is None:
        return found
    return [(holder, tier) for _, tier in named] or [(holder, None)]


@cache
def terms_of(version_id: int, kind: str) -> tuple[tuple[Rung, ...], str | None]:
    """A version's ladder for a kind of clock, and its arbiter. Versions in use never change."""
    terms = AgreementVersion.objects.values_list("terms", flat=True).get(pk=version_id)
    return ladder_of(terms, kind), terms.get("arbiter")
