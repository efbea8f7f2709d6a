"""Which promise applies: the version of the agreement in force between two agencies, and why that one."""

from datetime import datetime
from functools import cache
from typing import Any

from django.db import connection

from agencies.models import Agency, Team
from referrals.domain.agreement import Between, Resolved, Scope, Standing, resolve
from referrals.domain.errors import Invalid
from referrals.models import AgreementVersion

# Every version that says anything about this pair and category, dated; the domain chooses among them.
CANDIDATES = """
select v.id, a.from_agency_id, a.to_agency_id, a.from_kind, a.to_kind, a.category, v.live_from
  from referrals_agreement a join referrals_agreementversion v on v.agreement_id = a.id
 where ((a.from_agency_id = %(from)s and a.to_agency_id = %(to)s)
    or (a.from_agency_id = %(from)s and a.to_agency_id is null)
    or (a.from_agency_id is null and a.to_agency_id = %(to)s)
    or (a.from_agency_id is null and a.to_agency_id is null))
   and a.from_kind in ('', %(from_kind)s) and a.to_kind in ('', %(to_kind)s)
   and a.category in ('', %(category)s) and v.live_from is not null
"""


def in_force(*, from_team: Team, to_team: Team, category: str, at: datetime) -> AgreementVersion:
    """The live version for this pair and category at that instant (UTC). Raises Invalid if there is none."""
    return kept(resolved(between(from_team.agency, to_team.agency, category), at).version)


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
    found = resolve(versions, asked, at)
    if found is None:
        raise Invalid(
            "no agreement is in force, not even the default", {"/to_team": "tell the administrators"}
        )
    return found


@cache
def kept(version_id: int) -> AgreementVersion:
    """A live version. It never changes, so each process reads it once."""
    return AgreementVersion.objects.select_related("agreement").get(pk=version_id)
