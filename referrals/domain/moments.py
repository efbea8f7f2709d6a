"""Moments at which something is said to have happened: two clocks differ, and the future is not told."""

from datetime import datetime, timedelta

from referrals.domain.errors import Invalid, NotYet

ON_PAPER = timedelta(days=31)  # ours: what was kept on paper is entered within a month
AHEAD = timedelta(minutes=2)  # ours: a clock that nobody sets, and times to the minute


def passed(told: datetime, now: datetime, where: str) -> datetime:
    """The moment that is told; up to two minutes ahead of ``now`` it is now. Both with an offset.

    ``where`` is the field's JSON Pointer. Raises NotYet.
    """
    if told > now + AHEAD:
        raise NotYet("this has not happened yet", {where: "a time that has passed, with its offset"})
    return min(told, now)


def not_before(told: datetime, earliest: datetime, where: str, why: str) -> None:
    """Nothing is told of long before it can have been: a year or a month was mistyped.

    ``where`` is the field's JSON Pointer, ``why`` what it cannot be before. Raises Invalid.
    """
    if told < earliest:
        raise Invalid(f"this is long before {why}", {where: "a later time: look at its date"})
