"""Who is missing now: the most urgent first, then who is missing longest. Read from an index of its own.

A unit's agency sees its own patients, a police force those for whom it was asked to look. Whoever else has a
part in a case finds its report there. Two queries, however many there are; the conditions say again what
``visible_to`` says.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from agencies.acting import Actor
from referrals.domain.clocks import ClockKind
from referrals.domain.missing import AWAY, FLAGS, LASTING

SIZE = 50

# Equalities and a scalar sub-select by key keep the planner on the index of each part.
BOARD = """
with own as (
  select id from referrals_missingreport where unit_agency_id = %(agency)s and state = any(%(away)s)
   order by urgency, missing_since, id limit %(most)s
), asked as (
  select m.id from referrals_missingreport m where m.asked_agency_id = %(agency)s and m.state = any(%(away)s)
     and coalesce((select true from referrals_party p where p.case_id = m.case_id
           and p.agency_id = %(agency)s and p.until is null limit 1), false)
   order by m.urgency, m.missing_since, m.id limit %(most)s
)
select m.id, m.case_id, m.reference, c.reference, m.state, m.grade, m.urgency, m.missing_since, m.located_at,
       m.under_18, m.under_18 or p.date_of_birth is not null or p.age is not null,
       m.category, m.last_sighting_at, m.last_sighting_place, m.version,
       u.name, coalesce(nullif(u.phone, ''), ua.phone), a.name, c.accountable_agency_id,
       p.family_name, p.given_name, p.description
  from referrals_missingreport m
  join referrals_case c on c.id = m.case_id
  join agencies_team u on u.id = m.unit_id
  join agencies_agency ua on ua.id = m.unit_agency_id
  join agencies_agency a on a.id = c.accountable_agency_id
  join referrals_person p on p.case_id = m.case_id
 where m.id in (select id from own union select id from asked)
 order by m.urgency, m.missing_since, m.id limit %(most)s
"""
CLOCKS = """
select case_id, kind, target_at, stopped_at is null, step > 0 from referrals_clock
 where case_id = any(%(cases)s) and kind = any(%(kinds)s) and (stopped_at is null or kind = any(%(lasting)s))
   and (step > 0 or kind = 'missing_review') order by started_at, id
"""
DRAFTS = """
select m.id, m.reference, m.created_at, m.typed_by_id, u.name, m.absence_confirmed_at,
       (select k.target_at from referrals_clock k where k.case_id = m.case_id
           and k.kind = 'missing_unreported' and k.stopped_at is null order by k.target_at limit 1),
       array(select k.kind from referrals_clock k where k.case_id = m.case_id and k.step > 0
               and k.kind in ('missing_draft', 'missing_unreported') and k.stopped_at is null order by k.kind)
  from referrals_missingreport m join agencies_team u on u.id = m.unit_id
 where m.unit_agency_id = %(agency)s and m.state = 'draft' order by m.id limit %(most)s
"""
_LASTING = [kind.value for kind, flag in FLAGS.items() if flag in LASTING]


class Line(NamedTuple):
    """One patient who is missing, in the order of BOARD."""

    id: UUID
    case_id: UUID
    reference: str
    case: str
    state: str
    grade: str
    urgency: int
    missing_since: datetime
    located_at: datetime | None
    under_18: bool
    age_known: bool
    category: str
    last_sighting_at: datetime | None
    last_sighting_place: str
    version: int
    unit: str
    unit_phone: str
    owner: str
    owner_id: int
    family_name: str
    given_name: str
    description: str


class Shown(NamedTuple):
    """A line of the board with the flags that stand, and when it is to be reviewed."""

    line: Line
    flags: tuple[str, ...]
    review_at: datetime | None


class Draft(NamedTuple):
    """A draft that the agency has not sent yet: where and since when, never of whom."""

    id: UUID
    reference: str
    created_at: datetime
    typed_by: int | None
    unit: str
    absence_confirmed_at: datetime | None
    send_by: datetime | None
    """By when a confirmed absence is to be reported."""
    raised: tuple[str, ...]
    """The flags that its clocks have raised."""


def board(actor: Actor, most: int = SIZE) -> list[Shown]:
    """The board of the actor's agency."""
    asked = _ask(BOARD, agency=actor.agency_id, away=sorted(AWAY), most=most)
    lines = [Line(*row) for row in asked]
    flags: dict[UUID, list[str]] = {}
    reviews: dict[UUID, datetime] = {}
    cases = [line.case_id for line in lines]
    running = _ask(CLOCKS, cases=cases, kinds=list(FLAGS), lasting=_LASTING) if cases else []
    for case_id, kind, target_at, is_open, fired in running:
        if kind == ClockKind.MISSING_REVIEW and is_open:
            reviews[case_id] = target_at
        if fired:
            flags.setdefault(case_id, []).append(FLAGS[ClockKind(kind)])
    return [Shown(line, tuple(flags.get(line.case_id, ())), reviews.get(line.case_id)) for line in lines]


def drafts(actor: Actor, most: int) -> list[Draft]:
    """What the agency's people have begun and not sent, the oldest first, ``most`` of it."""
    found = _ask(DRAFTS, agency=actor.agency_id, most=most)
    return [Draft._make((*row[:-1], _flags(row[-1]))) for row in found]


def _flags(kinds: Sequence[str]) -> tuple[str, ...]:
    return tuple(FLAGS[ClockKind(kind)] for kind in kinds)


def _ask(sql: str, **words: object) -> Sequence[tuple[Any, ...]]:
    told: dict[str, Any] = {**words}
    with connection.cursor() as cursor:
        cursor.execute(sql, told)
        return cursor.fetchall()
