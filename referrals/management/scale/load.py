"""Copies pattern cases by the hundred thousand, in one transaction, and proves the rules at its end."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import connection, transaction
from psycopg import sql

from referrals.management.scale import batch, deck, directory, patterns, scratch, statements
from referrals.management.scale.aside import set_aside
from referrals.management.scale.checks import broken
from referrals.management.scale.deck import Segment
from referrals.management.scale.marks import tidy
from referrals.management.scale.patterns import Pattern, select
from referrals.management.scale.statements import Statement
from referrals.models.keys import instant

BATCH = 50_000  # cases
HASHED_AGAIN = 20_000  # chains
SEQUENCES = {
    "cases": "case_number",
    "referrals": "referral_number",
    "clocks": "referrals_clock_id_seq",
    "rungs": "referrals_escalation_id_seq",
    "events": "event_number",
    "positions": "feed_position",
}
COUNTED = ("referrals", "cases", "clocks", "rungs", "events")
COUNTS = """
select count(*) as cases, sum(p.referrals) as referrals, sum(p.clocks) as clocks, sum(p.rungs) as rungs,
       sum(p.events) as events, sum(p.events) as positions
  from scale.batch b join scale.pattern p on p.number = b.pattern
"""


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
    made: dict[str, int] = field(default_factory=dict)

    def run(self) -> None:
        """All of it, or nothing."""
        with transaction.atomic():
            directory.ensure()
        self.phase("Telling the patterns")
        told = [tidy(pattern) for pattern in patterns.record(deck.KINDS)]
        with transaction.atomic():
            _run(scratch.OPEN)
            self._copy(told)
            _run(scratch.CLOSE)

    def _copy(self, told: Sequence[Pattern]) -> None:
        scratch.deal_slots()
        scratch.describe(told)
        tables, copying = statements.tables_of(told), statements.prepare(told)
        with set_aside(tables, lambda table: self.phase(f"Indexes of {table}")):
            self.phase("Copying")
            self._copy_all(told, copying)
        self.phase("Counting for the planner")
        for table in tables:
            _run(sql.SQL("analyze {}").format(sql.Identifier(table)))
        self.phase("Proving the rules")
        if wrong := list(broken(connection.connection, chains=self.referrals // HASHED_AGAIN + 1)):
            raise BrokenError("; ".join(wrong))

    def _copy_all(self, told: Sequence[Pattern], copying: Sequence[Statement]) -> None:
        """Every run of copies, with the numbers that the sequences would have drawn.

        Others who would draw any meanwhile wait for the tables anyway.
        """
        for name, sequence in SEQUENCES.items():
            self.drawn[name] = select("select nextval(%s) as n", sequence)[0]["n"]
        before = dict(self.drawn)
        first = before["cases"]
        for segment in deck.segments(told, self.referrals, self.due, self.seed, instant()):
            scratch.lay_out(segment)
            for low in range(first, first + segment.cases, BATCH):
                high = min(low + BATCH, first + segment.cases) - 1
                self._copy_batch(segment, {"first": first, "low": low, "high": high}, copying)
            first += segment.cases
        for name, sequence in SEQUENCES.items():
            select("select setval(%s, %s)", sequence, self.drawn[name])
        self.made = {name: self.drawn[name] - before[name] for name in COUNTED}

    def _copy_batch(self, segment: Segment, span: Mapping[str, int], copying: Sequence[Statement]) -> None:
        dealt = {
            "seed": self.seed,
            "segment": segment.name,
            "deck": len(segment.patterns),
            "begins": segment.begins,
            "step": segment.step,
            "salt": batch.SALT,
        }
        _run("drop table if exists scale.batch")
        _run(batch.CREATE, {**self.drawn, **span, **dealt})
        _run("analyze scale.batch")
        for statement in copying:
            _run(statement)
        counts = select(COUNTS)[0]
        for name in SEQUENCES:
            self.drawn[name] += int(counts[name])
        self.advance(int(counts["referrals"]))


def _run(statement: str | Statement, parameters: Mapping[str, object] | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
