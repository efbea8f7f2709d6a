"""Which pattern each copy is of, and when it begins: what has ended first, what is open last."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from referrals.management.scale.patterns import BREACHED, DUE, ENDED, FILLER, OPEN, Kind, Pattern

KINDS = [*ENDED, *OPEN, DUE, FILLER]
YEARS, DAYS = timedelta(days=730), timedelta(days=10)
"""What has ended began in these years; what is open, in these days."""
SETTLED = timedelta(days=4)  # longer than any pattern takes to get where it stands
OPEN_SHARE = 10  # one in so many is open


@dataclass(frozen=True)
class Segment:
    """A run of copies, dealt from one deck of patterns, beginning at even distances from ``begins`` on."""

    name: str
    patterns: Sequence[Pattern]
    cases: int
    begins: datetime
    ends: datetime

    @property
    def step(self) -> timedelta:
        """How long after one copy the next begins."""
        return (self.ends - self.begins) / max(self.cases, 1)


def segments(
    told: Sequence[Pattern], referrals: int, due: int, seed: int, now: datetime
) -> Iterator[Segment]:
    """The runs that make exactly so many referrals, ``due`` of them with a clock that is due now."""
    late, filler = told[KINDS.index(DUE)], told[KINDS.index(FILLER)]
    open_from = now - SETTLED - DAYS
    ended, open_ = _dealt(told, ENDED, seed), _dealt(told, OPEN, seed)
    some = _within(ended, max(referrals - due, 0) * (OPEN_SHARE - 1) // OPEN_SHARE)
    left = referrals - due - _count(ended, some)
    others = _within(open_, left)
    yield Segment("ended", ended, some, open_from - YEARS, open_from)
    yield Segment("open", open_, others, open_from, now - SETTLED)
    yield Segment("filled", [filler], left - _count(open_, others), now - SETTLED, now - SETTLED / 2)
    yield Segment("due", [late], due, now, now)


def _dealt(told: Sequence[Pattern], kinds: Sequence[Kind], seed: int) -> list[Pattern]:
    """One deck: each pattern by its weight, shuffled in a way that a seed repeats."""
    cards = [(pattern, n) for pattern in told if pattern.kind in kinds for n in range(pattern.kind.weight)]
    cards.sort(key=lambda card: hashlib.sha256(f"{seed}/{card[0].number}/{card[1]}".encode()).digest())
    return [pattern for pattern, _ in cards]


def _count(dealt: Sequence[Pattern], cases: int) -> int:
    """How many referrals so many cases from this deck hold."""
    whole, rest = divmod(cases, len(dealt))
    return whole * sum(p.referrals for p in dealt) + sum(p.referrals for p in dealt[:rest])


def _within(dealt: Sequence[Pattern], referrals: int) -> int:
    """The most cases of this deck that hold no more referrals than that."""
    each = sum(p.referrals for p in dealt)
    cases = referrals // each * len(dealt)
    while _count(dealt, cases + 1) <= referrals:
        cases += 1
    return cases


def earlier(pattern: Pattern) -> timedelta:
    """How long before its place in the run a copy began: a year and more, if its clocks are late by now."""
    if pattern.kind == DUE:
        return pattern.next_look
    if pattern.kind.looks_for:
        return BREACHED
    return timedelta(0)
