"""Whose turn it is to answer, in a chain of desks that stand in for each other, and when that changes.

Nothing is read here, so that any hours there could be can be tried.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from agencies.duty.hours import Opening

AHEAD = timedelta(days=23)
"""As far as hours are looked at: a desk of one day a week, and two of its days in a row are bank holidays."""


@dataclass(frozen=True)
class Turn:
    """A moment at which who answers changes. ``answers`` is a place in the chain; None: nobody."""

    at: datetime
    answers: int | None


def answers(chain: Sequence[Opening], at: datetime) -> int | None:
    """Who answers then: the first desk that is open, of the chain that begins at home."""
    return next((place for place, desk in enumerate(chain) if desk.covers(at)), None)


def next_turn(chain: Sequence[Opening], after: datetime) -> Turn | None:
    """The next moment at which somebody else answers, or nobody; None if that is always the same."""
    now = answers(chain, after)
    edges = {each for desk in chain for each in desk.edges(after, after + AHEAD)}
    turns = (Turn(at, answers(chain, at)) for at in sorted(edges))
    return next((turn for turn in turns if turn.answers != now), None)
