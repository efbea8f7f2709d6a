"""The copies of one batch: for each its pattern, when it began, between whom, about whom, its numbers."""

from collections.abc import Iterable
from typing import LiteralString

from psycopg import sql

from referrals.domain.case import Category
from referrals.management.demo.patients import FAMILY, GIVEN
from referrals.management.scale.numbers import nhs_number, reference

SALT = b"invented-persons"
PEOPLE = 600_000  # fewer than there are cases: some come back

TEMPLATE = """
create unlogged table scale.batch as
with drawn as (
  select g.i, d.pattern, {chance_1} %% 10000 as sender, {chance_2} %% 10000 as receiver,
         {chance_3} %% 10000 as third, {chance_4} %% {people} as person,
         {categories}[(1 + {chance_5} %% {categories_n})::int] as category,
         %(begins)s::timestamptz + (g.i - %(first)s) * %(step)s::interval
           + make_interval(secs => {chance_6} %% 1000000 / 1e6) - p.earlier as began,
         p.referrals, p.clocks as its_clocks, p.rungs as its_rungs, p.events as its_events
    from generate_series(%(low)s::bigint, %(high)s::bigint) g(i)
    join scale.deck d on d.segment = %(segment)s and d.place = (g.i - %(first)s) %% %(deck)s
    join scale.pattern p on p.number = d.pattern
), between as (
  select d.*, case when r1.agency_id <> s.agency_id then r1.slot else r2.slot end as receives
    from drawn d join scale.slot s on s.slot = d.sender
    join scale.slot r1 on r1.slot = d.receiver join scale.slot r2 on r2.slot = (d.receiver + 3333) %% 10000
), counted as (
  select *, {stem} as stem, (began at time zone 'UTC')::date as opened_on,
         %(cases)s + i - %(low)s + 1 as case_number,
         (%(referrals)s + coalesce(sum(referrals) over w, 0))::bigint as referral_number,
         (%(clocks)s + coalesce(sum(its_clocks) over w, 0))::bigint as clocks,
         (%(rungs)s + coalesce(sum(its_rungs) over w, 0))::bigint as rungs,
         (%(events)s + coalesce(sum(its_events) over w, 0))::bigint as events,
         (%(positions)s + coalesce(sum(its_events) over w, 0))::bigint as positions
    from between window w as (order by i rows between unbounded preceding and 1 preceding)
)
select c.i, c.pattern, c.began, c.stem, c.opened_on, c.category, c.clocks, c.rungs, c.events, c.positions,
       (c.stem || '00')::uuid as key0, (c.stem || '01')::uuid as key1, (c.stem || '02')::uuid as key2,
       {ends}, {reference_0} as reference0, {reference_1} as reference1, {reference_2} as reference2,
       'INC-' || (1000000 + c.i) as incident, x.*,
       encode(sha256(%(salt)s::bytea || convert_to(format(
         '{{"date_of_birth": "%%s", "family_name": "%%s", "given_name": "%%s", "nhs_number": "%%s", '
         '"sex": "female"}}', x.born, x.family, x.given, x.number), 'UTF8')), 'hex') as digest
  from counted c
  join scale.slot s on s.slot = c.sender
  join scale.slot r on r.slot = c.receives
  join scale.slot t1 on t1.slot = c.third
  join scale.slot t2 on t2.slot = (c.third + 3333) %% 10000
  join scale.slot t3 on t3.slot = (c.third + 6666) %% 10000
  join scale.slot t on t.slot = case when t1.agency_id not in (s.agency_id, r.agency_id) then t1.slot
       when t2.agency_id not in (s.agency_id, r.agency_id) then t2.slot else t3.slot end
 cross join lateral (select
   {given}[(1 + c.person %% {given_n})::int] as given,
   {family}[(1 + c.person / {given_n} %% {family_n})::int] || '-'
     || {family}[(1 + c.person / {given_n} / {family_n} %% {family_n})::int] as family,
   date '1935-01-01' + (c.person * 7919 %% 27000)::int as born,
   {nhs_number} as number) x
"""
# A UUIDv7 but for its last two figures: milliseconds, then chance.
STEM = """lpad(to_hex((extract(epoch from began) * 1000)::bigint), 12, '0')
           || overlay('7' || substr(md5(%(seed)s::text || ':' || i), 1, 17) placing '8' from 5)"""
SIDES = ((1, "s"), (2, "r"), (3, "t"))


def chance(sort: int) -> LiteralString:
    """The SQL of a large number, always the same for one copy and one seed; ``sort`` tells them apart."""
    return f"(hashint8extended(i, %(seed)s * 100 + {sort:d}) & 9223372036854775807)"


def _list(words: Iterable[str]) -> sql.Composed:
    return sql.SQL("(array[{}])").format(sql.SQL(", ").join(map(sql.Literal, words)))


def _ends() -> LiteralString:
    """Of each of the three agencies its id, its team's, its code and its four people's memberships."""
    return ", ".join(
        f"{slot}.agency_id as a{n:d}, {slot}.team_id as t{n:d}, {slot}.code as c{n:d}, "
        + ", ".join(f"{slot}.members[{tier:d}] as m{n:d}{tier:d}" for tier in (1, 2, 3, 4))
        for n, slot in SIDES
    )


def _doubled(words: LiteralString) -> sql.SQL:
    """As it is written where parameters are filled in."""
    return sql.SQL(words.replace("%", "%%"))


CREATE = sql.SQL(TEMPLATE).format(
    **{f"chance_{sort}": sql.SQL(chance(sort)) for sort in range(1, 7)},
    people=sql.Literal(PEOPLE),
    categories=_list(map(str, Category)),
    categories_n=sql.Literal(len(Category)),
    stem=sql.SQL(STEM),
    ends=sql.SQL(_ends()),
    reference_0=_doubled(reference("C", "c.case_number")),
    reference_1=_doubled(reference("R", "c.referral_number + 1")),
    reference_2=_doubled(reference("R", "c.referral_number + 2")),
    given=_list(GIVEN),
    given_n=sql.Literal(len(GIVEN)),
    family=_list(FAMILY),
    family_n=sql.Literal(len(FAMILY)),
    nhs_number=_doubled(nhs_number("c.person")),
)
"""Takes the load's seed, the numbers that the sequences stand at, and the segment's beginning and step."""
