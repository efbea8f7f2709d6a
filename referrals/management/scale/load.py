"""Copies pattern cases by the hundred thousand, in one transaction, and proves the rules before it commits."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from psycopg import sql

from referrals.management.scale import batch, deck, directory, patterns
from referrals.management.scale.aside import set_aside
from referrals.management.scale.checks import broken
from referrals.management.scale.columns import columns
from referrals.management.scale.deck import Segment
from referrals.management.scale.marks import marks_of, tidy
from referrals.management.scale.patterns import Pattern, select
from referrals.models.keys import instant

BATCH = 20_000  # cases
CHAINS_HASHED_AGAIN = 20_000
SEQUENCES = {
    "cases": "case_number",
    "referrals": "referral_number",
    "clocks": "referrals_clock_id_seq",
    "rungs": "referrals_escalation_id_seq",
    "events": "event_number",
    "positions": "feed_position",
}


class BrokenError(Exception):
    """A rule does not hold for what was loaded, so nothing was."""


@dataclass
class Load:
    """One load: how many referrals, how many of them due, by which seed; and whom to tell of its progress."""

    referrals: int
    due: int
    seed: int
    advance: Callable[[int], None]
    phase: Callable[[str], None]
    drawn: dict[str, int] = field(default_factory=dict)

    def run(self) -> None:
        """All of it, or nothing."""
        with transaction.atomic():
            directory.ensure()
        self.phase("Telling the patterns")
        told = [tidy(pattern) for pattern in patterns.record(deck.KINDS)]
        with transaction.atomic():
            self._copy(told)

    def _copy(self, told: Sequence[Pattern]) -> None:
        _run(SESSION)
        _prepare(told)
        first = self._draw()
        segments = list(deck.segments(told, self.referrals, self.due, self.seed, instant()))
        tables = _tables(told)
        statements = _write_patterns(told, tables)
        with set_aside(tables, lambda table: self.phase(f"Indexes of {table}")):
            self.phase("Copying")
            for segment in segments:
                first = self._copy_segment(segment, first, statements)
            self._give_back()
        self.phase("Counting for the planner")
        for table in tables:
            _run(sql.SQL("analyze {}").format(sql.Identifier(table)))
        self.phase("Proving the rules")
        if wrong := list(broken(connection.connection, chains=self.referrals // CHAINS_HASHED_AGAIN + 1)):
            raise BrokenError("; ".join(wrong))
        _run("drop schema scale cascade")

    def _draw(self) -> int:
        """Where every sequence stands. What is drawn by others meanwhile waits for the tables anyway."""
        for name, sequence in SEQUENCES.items():
            self.drawn[name] = select("select nextval(%s) as n", sequence)[0]["n"]
        return self.drawn["cases"]

    def _give_back(self) -> None:
        for name, sequence in SEQUENCES.items():
            select("select setval(%s, %s)", sequence, self.drawn[name])

    def _copy_segment(self, segment: Segment, first: int, statements: Sequence[sql.Composed]) -> int:
        for place, pattern in enumerate(segment.patterns):
            select(
                "insert into scale.deck values (%s, %s, %s) returning 1", segment.name, place, pattern.number
            )
        for low in range(first, first + segment.cases, BATCH):
            high = min(low + BATCH, first + segment.cases) - 1
            _run("drop table if exists scale.batch")
            self._make_batch(segment, first, low, high)
            for statement in statements:
                _run(statement)
            counts = select(COUNTS)[0]
            for name, count in counts.items():
                self.drawn[name] += int(count)
            self.advance(int(counts["referrals"]))
        return first + segment.cases

    def _make_batch(self, segment: Segment, first: int, low: int, high: int) -> None:
        _run(
            batch.CREATE,
            {
                **self.drawn,
                "seed": self.seed,
                "segment": segment.name,
                "deck": len(segment.patterns),
                "first": first,
                "low": low,
                "high": high,
                "begins": segment.begins,
                "step": segment.step,
                "salt": batch.SALT,
            },
        )


SESSION = """
set local jit = off;
set local work_mem = '256MB';
set local maintenance_work_mem = '512MB';
set local lock_timeout = '60s';
set local idle_in_transaction_session_timeout = 0;
drop schema if exists scale cascade;
create schema scale;
create aggregate scale.chain (uuid, int, uuid, text, timestamptz, timestamptz, jsonb, jsonb)
  (sfunc = event_digest, stype = bytea, initcond = '');
create unlogged table scale.slot (slot int primary key, agency_id int, team_id int, code text, members int[]);
create unlogged table scale.pattern (number int primary key, earlier interval, referrals int, clocks int,
  rungs int, events int);
create unlogged table scale.reach (pattern int, seq int, side int);
create unlogged table scale.deck (segment text, place int, pattern int, primary key (segment, place));
"""
SLOT = """
insert into scale.slot select %s + g, a.id, t.id, a.code, array(
    select m.id from agencies_membership m join unnest(array['worker', 'supervisor', 'manager', 'director'])
      with ordinality r(role, n) using (role) where m.team_id = t.id order by r.n)
  from generate_series(0, %s - 1) g, agencies_agency a join agencies_team t on t.agency_id = a.id where a.code = %s
"""
COUNTS = """
select count(*) as cases, sum(p.referrals) as referrals, sum(p.clocks) as clocks, sum(p.rungs) as rungs,
       sum(p.events) as events, sum(p.events) as positions
  from scale.batch b join scale.pattern p on p.number = b.pattern
"""
FEED = """
insert into referrals_feed (agency_id, position, event_id, case_id)
select case r.side when 1 then b.a1 when 2 then b.a2 when 3 then b.a3 end, b.positions + r.seq, b.events + r.seq, b.key0
  from scale.batch b join scale.reach r on r.pattern = b.pattern
"""


def _prepare(told: Sequence[Pattern]) -> None:
    """Whom copies are dealt to, and what is known of each pattern."""
    slot = 0
    with connection.cursor() as cursor:
        for size in directory.sizes():
            cursor.execute(SLOT, [slot, size.slots, size.code])
            slot += size.slots
        for pattern in told:
            rows = pattern.rows
            counts = [len(rows.get(f"referrals_{name}", ())) for name in ("clock", "escalation", "event")]
            cursor.execute(
                "insert into scale.pattern values (%s, %s, %s, %s, %s, %s)",
                [pattern.number, deck.earlier(pattern), pattern.referrals, *counts],
            )
            marks = marks_of(pattern)
            for seq, agency in pattern.reaches:
                side = int(marks.ids["agency"][agency][1:])
                cursor.execute("insert into scale.reach values (%s, %s, %s)", [pattern.number, seq, side])
        cursor.execute("analyze scale.slot, scale.pattern, scale.reach")


def _tables(told: Sequence[Pattern]) -> list[str]:
    """Every table that a pattern has rows in, and the feed; events before cases, which take their last hash."""
    found = {table for pattern in told for table in pattern.rows} - {"referrals_case"}
    return [*sorted(found), "referrals_case", "referrals_feed"]


def _write_patterns(told: Sequence[Pattern], tables: Sequence[str]) -> list[sql.Composed]:
    """The patterns' rows as tables of their own, and the statements that copy them for a batch."""
    known = [(pattern, marks_of(pattern)) for pattern in told]
    statements = []
    for table in tables[:-1]:
        rows = [(marks, {**row, "pattern": p.number}) for p, marks in known for row in p.rows.get(table, ())]
        statements.append(_write_table(table, rows))
    return [*statements, sql.SQL(FEED).format()]


def _write_table(table: str, rows: Sequence[tuple[Any, dict[str, Any]]]) -> sql.Composed:
    made = columns(table, rows)
    kept = [sql.SQL("pattern int")]
    kept += [
        sql.SQL("{} " + kind).format(sql.Identifier(name)) for column in made for name, kind in column.kept
    ]
    place = sql.Identifier("scale", f"of_{table}")
    _run(sql.SQL("create unlogged table {} ({})").format(place, sql.SQL(", ").join(kept)))
    holes = sql.SQL(", ").join([sql.Placeholder()] * len(kept))
    with connection.cursor() as cursor:
        for n, (_, row) in enumerate(rows):
            values = [row["pattern"], *(value for column in made for value in column.values[n])]
            cursor.execute(sql.SQL("insert into {} values ({})").format(place, holes), values)
    _run(sql.SQL("analyze {}").format(place))
    names = sql.SQL(", ").join(sql.Identifier(column.name) for column in made)
    words = CHAINED if table == "referrals_event" else COPIED
    values = sql.SQL(", ").join(
        sql.SQL("{} as {}").format(sql.SQL(column.made), sql.Identifier(column.name)) for column in made
    )
    others = sql.SQL(", ").join(sql.Identifier(c.name) for c in made if c.name != "hash")
    return sql.SQL(words).format(
        table=sql.Identifier(table), names=names, values=values, place=place, others=others
    )


COPIED = (
    "insert into {table} ({names}) select {values} from scale.batch b join {place} t on t.pattern = b.pattern"
)
CHAINED = """
insert into {table} ({others}, hash)
select {others}, scale.chain(case_id, seq, referral_id, type, occurred_at, recorded_at, actor, data)
         over (partition by case_id order by seq)
  from (select {values} from scale.batch b join {place} t on t.pattern = b.pattern) e
"""


def _run(statement: str | sql.Composed, parameters: dict[str, Any] | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
