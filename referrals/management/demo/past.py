"""Lets the services act some time ago: while it lasts, they read the database's clock as set back.

On this connection alone. What the database dates by itself stays true: an event of last week says
that it was recorded now, as anything entered afterwards does.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import connection

from referrals.models.keys import instant

CLOCK = "clock_timestamp()"


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """The clock goes on from ``moment`` (UTC) until this ends."""
    seconds = (instant() - moment).total_seconds()
    earlier = f"({CLOCK} - make_interval(secs => {seconds}))"

    def set_back(execute: Callable[..., object], sql: str, *others: object) -> object:
        return execute(sql.replace(CLOCK, earlier), *others)

    with connection.execute_wrapper(set_back):
        yield
