"""The copies of one batch: for each its pattern, when it began, between whom, about whom, its numbers."""

from referrals.domain.case import Category
from referrals.management.demo.patients import FAMILY, GIVEN
from referrals.management.scale.numbers import nhs_number, reference

SALT = b"invented-persons"
PEOPLE = 600_000  # fewer than there are cases: some come back

_CHANCE = "(hashint8extended(i, {0}) & 9223372036854775807)"


def chance(sort: int) -> str:
    """The SQL of a large number that is always the same for a copy and a seed; ``sort`` says which."""
    return _CHANCE.format(f"%(seed)s * 100 + {sort}")


def _list(words: tuple[str, ...]) -> str:
    return "(array[" + ", ".join(f"'{word}'" for word in words) + "])"


def _doubled(words: str) -> str:
    """As it is written where parameters are filled in."""
    return words.replace("%", "%%")


_PAIRS = ((1, 2, 3), ("s", "r", "t"))
_ENDS = ", ".join(
    f"{letter}.agency_id as a{n}, {letter}.team_id as t{n}, {letter}.code as c{n}, "
    + ", ".join(f"{letter}.members[{tier}] as m{n}{tier}" for tier in (1, 2, 3, 4))
    for n, letter in zip(*_PAIRS, strict=True)
)
# A UUIDv7 but for its last two figures: milliseconds, and chance.
_STEM = """lpad(to_hex((extract(epoch from began) * 1000)::bigint), 12, '0')
           || overlay('7' || substr(md5(%(seed)s::text || ':' || i), 1, 17) placing '8' from 5)"""

CREATE = f"""
create unlogged table scale.batch as
with drawn as (
  select g.i, d.pattern, {chance(1)} %% 10000 as sender, {chance(2)} %% 10000 as receiver, {chance(3)} %% 10000 as third,
         {chance(4)} %% {PEOPLE} as person, {_list(tuple(Category))}[(1 + {chance(5)} %% {len(Category)})::int] as category,
         %(begins)s::timestamptz + (g.i - %(first)s) * %(step)s::interval
           + make_interval(secs => {chance(6)} %% 1000000 / 1e6) - p.earlier as began,
         p.referrals, p.clocks as its_clocks, p.rungs as its_rungs, p.events as its_events
    from generate_series(%(low)s::bigint, %(high)s::bigint) g(i)
    join scale.deck d on d.segment = %(segment)s and d.place = (g.i - %(first)s) %% %(deck)s
    join scale.pattern p on p.number = d.pattern
), between as (
  select d.*, case when r1.agency_id <> s.agency_id then r1.slot else r2.slot end as receives, s.agency_id as sends
    from drawn d join scale.slot s on s.slot = d.sender
    join scale.slot r1 on r1.slot = d.receiver join scale.slot r2 on r2.slot = (d.receiver + 3333) %% 10000
), counted as (
  select *, {_STEM} as stem,
         (began at time zone 'UTC')::date as opened_on,
         %(cases)s + i - %(low)s + 1 as case_number,
         (%(referrals)s + coalesce(sum(referrals) over w, 0))::bigint as referral_number,
         %(clocks)s + coalesce(sum(its_clocks) over w, 0) as clocks,
         %(rungs)s + coalesce(sum(its_rungs) over w, 0) as rungs,
         %(events)s + coalesce(sum(its_events) over w, 0) as events,
         %(positions)s + coalesce(sum(its_events) over w, 0) as positions
    from between window w as (order by i rows between unbounded preceding and 1 preceding)
)
select c.i, c.pattern, c.began, c.stem, c.opened_on, c.category, c.clocks::bigint, c.rungs::bigint,
       c.events::bigint, c.positions::bigint, (c.stem || '00')::uuid as key0, (c.stem || '01')::uuid as key1,
       (c.stem || '02')::uuid as key2, {_ENDS},
       {_doubled(reference("C", "c.case_number"))} as reference0,
       {_doubled(reference("R", "c.referral_number + 1"))} as reference1,
       {_doubled(reference("R", "c.referral_number + 2"))} as reference2,
       'INC-' || (1000000 + c.i) as incident, x.*,
       encode(sha256(%(salt)s::bytea || convert_to(format('{{"date_of_birth": "%%s", "family_name": "%%s", '
         '"given_name": "%%s", "nhs_number": "%%s", "sex": "female"}}', x.born, x.family, x.given, x.number), 'UTF8')),
         'hex') as digest
  from counted c
  join scale.slot s on s.slot = c.sender
  join scale.slot r on r.slot = c.receives
  join scale.slot t1 on t1.slot = c.third
  join scale.slot t2 on t2.slot = (c.third + 3333) %% 10000
  join scale.slot t3 on t3.slot = (c.third + 6666) %% 10000
  join scale.slot t on t.slot = case when t1.agency_id not in (s.agency_id, r.agency_id) then t1.slot
       when t2.agency_id not in (s.agency_id, r.agency_id) then t2.slot else t3.slot end
 cross join lateral (select
   {_list(GIVEN)}[(1 + c.person %% {len(GIVEN)})::int] as given,
   {_list(FAMILY)}[(1 + c.person / {len(GIVEN)} %% {len(FAMILY)})::int] || '-'
     || {_list(FAMILY)}[(1 + c.person / {len(GIVEN) * len(FAMILY)} %% {len(FAMILY)})::int] as family,
   date '1935-01-01' + (c.person * 7919 %% 27000)::int as born,
   {_doubled(nhs_number("c.person"))} as number) x
"""
