"""Which promise applies: the version of the agreement in force between two agencies."""

from datetime import datetime
from functools import cache
from typing import Any

from django.db import connection

from agencies.models import Team
from referrals.domain.errors import Invalid
from referrals.models import AgreementVersion

# What an agreement leaves open holds for all. The pair's own goes before their kinds', and that before the
# default; a category's before all categories'.
IN_FORCE = """
select v.id
  from referrals_agreementversion v join referrals_agreement a on a.id = v.agreement_id
 where v.live_from <= %(at)s and a.category in ('', %(category)s)
   and (a.from_agency_id is null or a.from_agency_id = %(from)s)
   and (a.to_agency_id is null or a.to_agency_id = %(to)s)
   and a.from_kind in ('', %(from_kind)s) and a.to_kind in ('', %(to_kind)s)
 order by a.from_agency_id is null, a.to_agency_id is null, a.from_kind = '', a.to_kind = '', a.category = '',
          v.live_from desc
 limit 1
"""


def in_force(*, from_team: Team, to_team: Team, category: str, at: datetime) -> AgreementVersion:
    """The live version for this pair and category at that instant (UTC). Raises Invalid if there is none."""
    sender, receiver = from_team.agency, to_team.agency
    asked: dict[str, Any] = {
        "at": at,
        "category": category,
        "from": sender.pk,
        "to": receiver.pk,
        "from_kind": sender.kind,
        "to_kind": receiver.kind,
    }
    with connection.cursor() as cursor:
        cursor.execute(IN_FORCE, asked)
        found = cursor.fetchone()
    if found is None:
        raise Invalid(
            "no agreement is in force, not even the default", {"/to_team": "tell the administrators"}
        )
    return kept(found[0])


@cache
def kept(version_id: int) -> AgreementVersion:
    """A live version. It never changes, so each process reads it once."""
    return AgreementVersion.objects.get(pk=version_id)
