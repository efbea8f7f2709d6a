"""Which promise applies: the version of the agreement in force between two agencies, and why that one."""

from datetime import datetime
from functools import cache
from typing import Any

from django.db import connection

from agencies.acting import Actor
from agencies.models import Agency, Team
from referrals.domain.agreement import Between, Resolved, Scope, Standing, resolve
from referrals.domain.errors import Invalid
from referrals.models import AgreementVersion

# Every version that says anything about this pair and category, dated; the domain chooses among them.
# One between kinds holds for whoever signed it, and between two not before both had.
CANDIDATES = """
select v.id, a.from_agency_id, a.to_agency_id, a.from_kind, a.to_kind, a.category,
       greatest(v.live_from, signed.at)
  from referrals_agreement a join referrals_agreementversion v on v.agreement_id = a.id
  cross join lateral (
    select max(mine.at) as at, count(mine.at) as ends
      from (values (%(from)s), (%(to)s)) side(agency) cross join lateral (
        select min(s.at) as at from referrals_agreementstep s
         where s.version_id = v.id and s.agency_id = side.agency and s.kind = 'signed'
           and s.id > (select max(e.id) from referrals_agreementstep e
                        where e.version_id = v.id and e.kind in ('drafted', 'edited'))) mine
     where a.from_kind <> '' or a.to_kind <> '') signed
 where ((a.from_agency_id = %(from)s and a.to_agency_id = %(to)s)
    or (a.from_agency_id = %(from)s and a.to_agency_id is null)
    or (a.from_agency_id is null and a.to_agency_id = %(to)s)
    or (a.from_agency_id is null and a.to_agency_id is null))
   and a.from_kind in ('', %(from_kind)s) and a.to_kind in ('', %(to_kind)s)
   and a.category in ('', %(category)s) and v.live_from is not null
   and (a.from_kind = '' and a.to_kind = '' or signed.ends = 2)
"""
# With whom somebody has agreed on this: one of their own that is live, or one between kinds that both signed.
PARTNERS = """
select a.to_agency_id
  from referrals_agreement a join referrals_agreementversion v on v.agreement_id = a.id
 where a.from_agency_id = %(from)s and a.to_agency_id is not null
   and a.category in ('', %(category)s) and v.live_from <= %(at)s
union
select t.id
  from referrals_agreement a join referrals_agreementversion v on v.agreement_id = a.id
  join referrals_agreementstep mine on mine.version_id = v.id and mine.agency_id = %(from)s
  join referrals_agreementstep theirs on theirs.version_id = v.id
  join agencies_agency t on t.id = theirs.agency_id
  cross join lateral (select max(e.id) as id from referrals_agreementstep e
                       where e.version_id = v.id and e.kind in ('drafted', 'edited')) text
 where a.from_agency_id is null and a.to_agency_id is null and a.from_kind = %(from_kind)s
   and a.to_kind = t.kind and a.category in ('', %(category)s) and v.live_from <= %(at)s
   and mine.kind = 'signed' and mine.id > text.id and theirs.kind = 'signed' and theirs.id > text.id
"""


def in_force(
    *, from_team: Team, to_team: Team, category: str, at: datetime, from_agency: int | None = None
) -> AgreementVersion:
    """The live version for this pair and category at that instant (UTC). Raises Invalid if there is none.

    ``from_agency`` is whose ask it is, where the sending team serves several; else its own.
    """
    sender = from_team.agency
    if from_agency not in (None, sender.pk):
        sender = Agency.objects.get(pk=from_agency)
    return kept(resolved(between(sender, to_team.agency, category), at).version)


def between(sender: Agency, receiver: Agency, category: str) -> Between:
    """Who asks whom for what kind of help."""
    return Between(sender.pk, sender.kind, receiver.pk, receiver.kind, category)


def resolved(asked: Between, at: datetime) -> Resolved:
    """The one version that holds then, why, and what will take its place. Raises Invalid; one query."""
    words: dict[str, Any] = {
        "from": asked.from_agency,
        "to": asked.to_agency,
        "from_kind": asked.from_kind,
        "to_kind": asked.to_kind,
        "category": asked.category,
    }
    with connection.cursor() as cursor:
        cursor.execute(CANDIDATES, words)
        versions = [Standing(row[0], Scope(*row[1:6]), row[6]) for row in cursor]
    return _there(resolve(versions, asked, at))


def _there(found: Resolved | None) -> Resolved:
    if found is None:
        raise Invalid(
            "no agreement is in force, not even the default", {"/to_team": "tell the administrators"}
        )
    return found


def partners(by: Actor, category: str, at: datetime) -> set[int]:
    """The agencies that the actor's asks by agreement for this kind of help, the default aside. One query."""
    words: dict[str, Any] = {
        "from": by.agency_id,
        "from_kind": by.agency_kind,
        "category": category,
        "at": at,
    }
    with connection.cursor() as cursor:
        cursor.execute(PARTNERS, words)
        return {key for (key,) in cursor}


def of_kinds(from_kind: str, to_kind: str, category: str, at: datetime) -> AgreementVersion:
    """The text that an agreement between two kinds begins with: theirs that is live, else what is for all."""
    found = AgreementVersion.objects.select_related("agreement").filter(
        agreement__from_agency=None,
        agreement__to_agency=None,
        agreement__from_kind__in=["", from_kind],
        agreement__to_kind__in=["", to_kind],
        agreement__category__in=["", category],
        live_from__isnull=False,
    )
    standing = [Standing(each.pk, each.agreement.scope, each.live_from) for each in found if each.live_from]
    return kept(_there(resolve(standing, Between(0, from_kind, 0, to_kind, category), at)).version)


@cache
def kept(version_id: int) -> AgreementVersion:
    """A live version. It never changes, so each process reads it once."""
    return AgreementVersion.objects.select_related("agreement").get(pk=version_id)
