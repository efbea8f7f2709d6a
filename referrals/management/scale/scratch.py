"""The load's own schema, seen by nobody else and gone at its end: whom copies are dealt to, and of what."""

from collections.abc import Sequence

from django.db import connection

from referrals.management.scale import deck, directory
from referrals.management.scale.deck import Segment
from referrals.management.scale.marks import marks_of
from referrals.management.scale.patterns import Pattern

OPEN = """
set local jit = off;
set local enable_nestloop = off;  -- nothing here is few
set local work_mem = '256MB';
set local maintenance_work_mem = '512MB';
set local lock_timeout = '60s';
set local idle_in_transaction_session_timeout = 0;
set local parallel_setup_cost = 0;
set local parallel_tuple_cost = 0;
set local min_parallel_table_scan_size = 0;
drop schema if exists scale cascade;
create schema scale;
create unlogged table scale.slot (slot int primary key, agency_id int, team_id int, code text, members int[]);
create unlogged table scale.pattern (number int primary key, earlier interval, referrals int, clocks int,
  rungs int, events int);
create unlogged table scale.reach (pattern int, seq int, side int);
create unlogged table scale.deck (segment text, place int, pattern int, primary key (segment, place));
create unlogged table scale.said (number int, agency_id int, details jsonb, primary key (number, agency_id));
"""
CLOSE = "drop schema scale cascade"

SLOT = """
insert into scale.slot
select %s + g, a.id, t.id, a.code, array(select m.id from agencies_membership m
    join unnest(array['worker', 'supervisor', 'manager', 'director']) with ordinality r(role, n) using (role)
   where m.team_id = t.id order by r.n)
  from generate_series(0, %s - 1) g, agencies_agency a join agencies_team t on t.agency_id = a.id
 where a.code = %s
"""
PATTERN = "insert into scale.pattern values (%s, %s, %s, %s, %s, %s)"
REACH = "insert into scale.reach values (%s, %s, %s)"
CARD = "insert into scale.deck values (%s, %s, %s)"


def deal_slots() -> None:
    """Every agency its slots."""
    slot = 0
    with connection.cursor() as cursor:
        for size in directory.sizes():
            cursor.execute(SLOT, [slot, size.slots, size.code])
            slot += size.slots
        cursor.execute("analyze scale.slot")


def describe(told: Sequence[Pattern]) -> None:
    """What a batch must know of each pattern: its numbers of rows, and who reads its events."""
    with connection.cursor() as cursor:
        for pattern in told:
            rows = pattern.rows
            counts = [len(rows.get(f"referrals_{name}", ())) for name in ("clock", "escalation", "event")]
            cursor.execute(PATTERN, [pattern.number, deck.earlier(pattern), pattern.referrals, *counts])
            agencies = marks_of(pattern).ids["agency"]
            cursor.executemany(
                REACH, [[pattern.number, seq, int(agencies[agency][1:])] for seq, agency in pattern.reaches]
            )
        cursor.execute("analyze scale.pattern, scale.reach")


def lay_out(segment: Segment) -> None:
    """The deck that a run of copies is dealt from."""
    with connection.cursor() as cursor:
        cursor.executemany(CARD, [[segment.name, n, p.number] for n, p in enumerate(segment.patterns)])
