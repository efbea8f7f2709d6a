"""A draft over what really happened: breaches, and whom it would have told how often, before and after.

Reads the agency's own referrals between the two sides, or kinds; writes nothing. A case's own promises (first
contact, face to face) are left out: they run on no one referral's agreement. So is what a closer agreement
set: this one would have changed nothing there.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, transaction

from agencies import duty
from referrals.domain.case import Priority
from referrals.domain.clocks import HOLDER, Holder
from referrals.domain.simulation import Past, Simulation, Tally, Whom
from referrals.models import Agreement, AgreementVersion
from referrals.models.keys import instant

BATCH = 5_000
PROMISES = """
select k.kind, k.priority, r.category, ta.kind, k.started_at, k.target_at,
       least(coalesce(k.stopped_at, %(until)s), %(until)s), k.clause, k.agreement_version_id,
       case when k.kind = any(%(of_sender)s) then r.from_team_id else coalesce(k.team_id, r.to_team_id) end,
       case when k.kind = any(%(of_sender)s) then r.to_team_id when k.team_id is null then r.from_team_id
            else k.other_team_id end
  from referrals_referral r join referrals_clock k on k.referral_id = r.id
  join agencies_agency fa on fa.id = r.from_agency_id
  join agencies_agency ta on ta.id = r.to_agency_id
  join referrals_agreementversion v on v.id = k.agreement_version_id
  join referrals_agreement g on g.id = v.agreement_id
 where :between and r.sent_at >= %(since)s
   and r.sent_at < %(until)s and (%(category)s = '' or r.category = %(category)s)
   and k.only_agency_id is null and k.started_at < %(until)s and k.kind <> 'handover'
   and array[g.from_agency_id is not null, g.to_agency_id is not null, g.from_kind <> '', g.to_kind <> '',
             g.category <> ''] <= %(rank)s::boolean[]
"""
OF_TWO = "r.from_agency_id = %(from)s and r.to_agency_id = %(to)s"
OF_KINDS = """fa.kind = %(from_kind)s and ta.kind = %(to_kind)s and not (fa.sandbox or ta.sandbox)
   and coalesce(%(of)s in (r.from_agency_id, r.to_agency_id), true)"""

Progress = Callable[[int], None]
"""Called with how many promises have been lived through so far."""


OF_SENDER = [kind.value for kind, holder in HOLDER.items() if holder == Holder.SENDER]


class PersonTold(NamedTuple):
    """How often somebody was told, and would have been; and of that, at night."""

    name: str
    told: int
    would: int
    nights: int
    would_nights: int


class Line(NamedTuple):
    """One priority, or all: what was, and what would have been."""

    priority: str
    before: Tally
    after: Tally


@dataclass(frozen=True)
class Simulated:
    """What a draft comes to over a period (UTC), which ends now at the latest."""

    version: AgreementVersion
    since: datetime
    until: datetime
    lines: list[Line]

    @property
    def whole(self) -> Line:
        """All priorities together."""
        return Line(
            "all", _sum([line.before for line in self.lines]), _sum([line.after for line in self.lines])
        )

    @property
    def posts(self) -> list[tuple[tuple[str, str], int, int]]:
        """How often each post was told, before and after, the most told first."""
        before, after = self.whole.before.posts, self.whole.after.posts
        found = [(post, before[post], after[post]) for post in {*before, *after}]
        return sorted(found, key=lambda each: (-max(each[1:]), each[0]))

    @property
    def people(self) -> list[PersonTold]:
        """How often each person of the agency whose rota was asked, the most told first."""
        before, after = self.whole.before, self.whole.after
        found = [
            PersonTold(name, before.people[name], after.people[name], before.nights[name], after.nights[name])
            for name in {*before.people, *after.people}
        ]
        return sorted(found, key=lambda each: (-max(each.told, each.would), each.name))


def whom_by(
    agency_id: int, since: datetime, until: datetime, shifts: Sequence[duty.Shift] | None = None
) -> tuple[Whom, Whom]:
    """Who of an agency answered, by its rota, and who would have with these shifts instead of all of it.

    Without any the rota stays as it was. Members and hours are today's, as nobody keeps older ones.
    """
    plan, _ = duty.plan(agency_id, since, until)
    other = plan if shifts is None else replace(plan, shifts=shifts, changes=())
    return _asking(plan, since, until), _asking(other, since, until)


def _asking(plan: duty.Plan, since: datetime, until: datetime) -> Whom:
    timeline = duty.Timeline(plan, since, until)
    return lambda team, tier, at: [each.name for each in timeline.recipients(team, tier, at)]


def asked_of(agreement: Agreement, of: int | None) -> tuple[str, dict[str, Any]]:
    """The statement that reads the promises to which such an agreement would have applied, and its words.

    ``of`` narrows what is between two kinds to what one agency asked or was asked.
    """
    scope = agreement.scope
    words: dict[str, Any] = {
        "from": scope.from_agency,
        "to": scope.to_agency,
        "from_kind": scope.from_kind,
        "to_kind": scope.to_kind,
        "category": scope.category,
        "rank": list(scope.rank),
        "of": of,
        "of_sender": OF_SENDER,
    }
    return PROMISES.replace(":between", OF_KINDS if scope.is_of_kinds else OF_TWO), words


@transaction.atomic
def simulate(  # noqa: PLR0913  # what is tried, when, whose, and who watches
    version: AgreementVersion,
    since: datetime,
    until: datetime,
    progress: Progress = lambda count: None,
    whom: tuple[Whom | None, Whom | None] = (None, None),
    now: datetime | None = None,
    of: int | None = None,
) -> Simulated:
    """Live every promise between the two sides through again, with this version's terms.

    Between kinds: as if every agency of them had signed it; with ``of``, what that agency asked or was asked.

    ``whom`` (see ``whom_by``) names those who were told, and who would have been. What has not happened by
    ``now``, the database's unless given, is not counted: nobody was told in the future.
    """
    until = min(until, now or instant())
    made = Simulation(version.terms, dict(AgreementVersion.objects.values_list("pk", "terms")), whom)
    statement, asked = asked_of(version.agreement, of)
    count = 0
    with connection.chunked_cursor() as cursor:
        cursor.execute(statement, {**asked, "since": since, "until": until})
        while rows := cursor.fetchmany(BATCH):
            for row in rows:
                made.put(Past(*row))
            progress(count := count + len(rows))
    lines = [
        Line(priority, made.before[priority], made.after[priority])
        for priority in Priority
        if priority in made.before
    ]
    return Simulated(version, since, until, lines)


def _sum(tallies: list[Tally]) -> Tally:
    return Tally(
        clocks=sum(each.clocks for each in tallies),
        breached=sum(each.breached for each in tallies),
        told=sum(each.told for each in tallies),
        woken=sum(each.woken for each in tallies),
        **{
            name: sum((getattr(each, name) for each in tallies), Counter())
            for name in ("posts", "people", "nights")
        },
    )
