"""What was said of a case's person that differs from what the case has: shown beside, never merged."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from agencies.acting import Actor
from referrals.domain.disclosure import PERSON_FIELDS_READ_BY
from referrals.services.person import UNKNOWN

# By case: of each agency, what it said last of each detail; of that, what is not what the case has.
BESIDE = """
with said as (
  select distinct on (c.case_id, c.provided_by_id, b.key)
         c.case_id, c.id, c.provider, c.obtained_at, b.key, b.value
    from referrals_content c
   cross join lateral jsonb_each_text(case jsonb_typeof(c.body) when 'object' then c.body else '{}' end) b
   where c.case_id = any(%(cases)s) and c.kind = 'person' and %(audience)s = any(c.audience)
     and (c.only_agency_id is null or c.only_agency_id = %(agency)s)
     and b.key = any(%(fields)s)
   order by c.case_id, c.provided_by_id, b.key, c.recorded_at desc, c.id desc),
otherwise as (
  select s.case_id, s.id, s.provider, s.obtained_at, jsonb_object_agg(s.key, s.value) as said
    from said s join referrals_person p on p.case_id = s.case_id
   where s.value not in ('', %(unknown)s) and lower(s.value) is distinct from lower(to_jsonb(p) ->> s.key)
   group by s.case_id, s.id, s.provider, s.obtained_at)
select o.case_id, json_agg(json_build_object('said', o.said, 'by', o.provider, 'at', o.obtained_at)
                           order by o.id)::text
  from otherwise o group by o.case_id
"""


@dataclass(frozen=True)
class Statement:
    """One statement, as far as it differs: ``said`` by the names of ``Person``'s fields, as text.

    ``by`` is the actor as events keep them; ``at`` when they learned it (UTC).
    """

    said: dict[str, str]
    by: dict[str, Any]
    at: datetime


def beside(cases: Collection[UUID], actor: Actor) -> dict[UUID, list[Statement]]:
    """By case, the oldest first, as far as the actor's audience reads them. One query, however many.

    The cases are some to which the actor's agency is a party now: whoever has left reads none of it.
    """
    with connection.cursor() as cursor:
        cursor.execute(BESIDE, words(cases, actor))
        return {case: read(told) for case, told in cursor.fetchall()}


def words(cases: Collection[UUID], actor: Actor) -> dict[str, Any]:
    """What the statement asks for."""
    return {
        "cases": list(cases),
        "audience": actor.audience,
        "agency": actor.agency_id,
        "fields": sorted(PERSON_FIELDS_READ_BY[actor.audience]),
        "unknown": UNKNOWN["description"],
    }


def read(told: str) -> list[Statement]:
    """One case's, as the statement tells them."""
    found = json.loads(told)
    return [Statement(each["said"], each["by"], datetime.fromisoformat(each["at"])) for each in found]
