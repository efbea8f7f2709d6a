"""Moments at which something is said to have happened: two clocks differ, and the future is not told."""

from datetime import datetime, timedelta

from referrals.domain.errors import NotYet

AHEAD = timedelta(minutes=2)  # ours: a clock that nobody sets, and times to the minute


def passed(told: datetime, now: datetime, where: str) -> datetime:
    """The moment that is told; up to two minutes ahead of ``now`` it is now. Both with an offset.

    ``where`` is the field's JSON Pointer. Raises NotYet.
    """
    if told > now + AHEAD:
        raise NotYet("this has not happened yet", {where: "a time that has passed, with its offset"})
    return min(told, now)
