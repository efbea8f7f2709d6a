"""Running the standing proof: every query in a transaction of its own, so that none holds old rows long."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from agencies.locks import Lock, alone
from referrals.models.keys import instant
from referrals.reporting import anchor, proof
from referrals.reporting.anchor import Newest
from referrals.reporting.sweep import Budget, cases, rungs
from referrals.services import proof as kept
from referrals.services.proof import MOST_KEPT, Outcome, Row

AT_ONCE = 20_000  # cases or heads in one query
PATIENCE = "5min"  # a query that takes longer is trouble

Found = tuple[int, list[Row]]
"""How many rows, and the first of them."""


def prove(budget: Budget | None = None, *, write_anchor: bool = False, wait: bool = True) -> list[Outcome]:
    """Run every check, keep what was found, and say it.

    Writes an anchor once an hour, and whenever asked to. Without ``wait`` it answers nothing while
    another proof runs.
    """
    with alone(Lock.PROOF, wait=wait) as mine:
        if not mine:
            return []
        run = Run(budget or Budget(), kept.cursors())
        outcomes = [*run.each_time(), *run.bit_by_bit(), run.anchors(write=write_anchor)]
        kept.keep(outcomes, run.moved)
        return outcomes


@dataclass
class Run:
    """One proof: how far those before it came, and where this one has come to."""

    budget: Budget
    positions: Mapping[str, str]
    moved: dict[str, str] = field(default_factory=dict)

    def each_time(self) -> Iterator[Outcome]:
        """What costs little enough to be looked at in full."""
        for check in proof.AT_EACH_PROOF:
            yield outcome(check.name, partial(rows, check.sql))

    def bit_by_bit(self) -> Iterator[Outcome]:
        """New events' and rungs' cases, those found before, and some of all the others."""
        portion = cases(self.positions, self.budget)
        by_case = [
            outcome(name, partial(_of_cases, sql, name, portion.cases))
            for name, sql in (
                ("chains", proof.CHAINS_ARE_WHOLE),
                ("accountability_past", proof.THESE_CASES_ACCOUNTED_FOR),
            )
        ]
        if not any(done.trouble for done in by_case):
            self.moved |= portion.positions
        yield from by_case
        span, settled = rungs(self.positions, self.budget)
        done = outcome("rungs_told", partial(_of_rungs, span))
        if not done.trouble:
            self.moved["rungs"] = settled
        yield done

    def anchors(self, *, write: bool) -> Outcome:
        """Compare with the anchors there are, and write another if it is time."""
        last = anchor.newest(self.positions.get("anchor"))

        def check() -> Found:
            found = self._compared(last) if last else []
            if (write or anchor.due(last, instant())) and (position := anchor.write(last)):
                self.moved["anchor"] = position
            return len(found), found

        return outcome("anchors", check)

    def _compared(self, last: Newest) -> list[Row]:
        """The anchors that are not as they were written, and the heads that are no longer there."""
        heads, broken, place = anchor.portion(last, self.positions.get("heads", "1:0"), self.budget.heads)
        if said := anchor.altered(last):
            broken[last.number] = said
        found = [_of_file(number, said) for number, said in broken.items()]
        for place_before in (standing.row for standing in kept.standing("anchors") if ":" in standing.row):
            number, line = map(int, place_before.split(":"))
            heads += anchor.heads(last, number, line, 1)
        for piece in _pieces(list({head.place: head for head in heads}.values())):
            words = zip(
                ("cases", "seqs", "hashes", "places"), map(list, zip(*piece, strict=True)), strict=True
            )
            found += rows(proof.HEADS_ARE_ON_THEIR_CHAINS, dict(words))[1]
        self.moved["heads"] = place
        return found


def outcome(name: str, check: Callable[[], Found]) -> Outcome:
    """Run one check. One that fails is trouble of its own, and keeps no other from running."""
    began = time.monotonic()
    number, found, trouble = 0, list[Row](), ""
    try:
        number, found = check()
    except Exception as wrong:  # a check may fail in any way; its text might quote a row
        trouble = type(wrong).__name__
    return Outcome(name, number, found, round((time.monotonic() - began) * 1000), trouble)


def rows(sql: str, words: Mapping[str, Any] | None = None) -> Found:
    """How many rows a query finds, and the first of them."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select set_config('statement_timeout', %s, true)", [PATIENCE])
        cursor.execute(sql, {"most": MOST_KEPT, **(words or {})})
        found = cursor.fetchall()
    return (found[0][-1] if found else 0), [Row(*row[:-1]) for row in found]


def _of_cases(sql: str, name: str, wanted: Sequence[UUID]) -> Found:
    """A query by case: those wanted, and those it found the last time."""
    again = {UUID(found.row) for found in kept.standing(name)}
    number, found = 0, list[Row]()
    for piece in _pieces([*again.union(wanted)]):
        here, some = rows(sql, {"cases": piece})
        number, found = number + here, [*found, *some]
    return number, found


def _of_rungs(span: tuple[int, int]) -> Found:
    after, upto = span
    again = [int(found.row) for found in kept.standing("rungs_told")]
    return rows(proof.RUNGS_HAVE_THEIR_MESSAGES, {"after": after, "upto": upto, "again": again})


def _pieces(wanted: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (wanted[start : start + AT_ONCE] for start in range(0, len(wanted), AT_ONCE))


def _of_file(number: int, said: str) -> Row:
    return Row(f"anchor {number}", None, None, f"file {number}", said)
