"""PostgreSQL's advisory locks: each is named here, so that no two works wait for each other by mistake."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum, unique

from django.db import connection


@unique
class Lock(IntEnum):
    """One work of which only so many may go on at once."""

    NUMBERS = 43  # the feed's positions; the function ``number_events`` of the database takes it, too
    PROOF = 44
    STANDING_IN = 45  # who stands in for whom: two changes at once could make a ring
    WEBHOOKS = 46
    FIRST_DELIVERY = 47
    SECOND_DELIVERY = 48
    THIRD_DELIVERY = 49


WAIT, TRY = "select pg_advisory_lock(%s)", "select pg_try_advisory_lock(%s)"
DONE = "select pg_advisory_unlock(%s)"
WHILE_HELD, AFTERWARDS = "set idle_session_timeout = '90s'", "reset idle_session_timeout"


@contextmanager
def alone(*places: Lock, wait: bool = False) -> Iterator[bool]:
    """Whether one of these places was free, which is held meanwhile; with ``wait``, once the first is.

    A process that is stopped while it holds one would keep it for ever: PostgreSQL ends its session after 90
    seconds without a statement, and the place is free. Whatever may be silent for longer must hold none.
    """
    held = next((place for place in places if _taken(place, wait=wait)), None)
    try:
        yield held is not None
    finally:
        if held and not connection.needs_rollback:
            with connection.cursor() as cursor:
                cursor.execute(DONE, [held])
                cursor.execute(AFTERWARDS)


def _taken(place: Lock, *, wait: bool) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(WAIT if wait else TRY, [place])
        taken = cursor.fetchone()[0] is not False
        if taken:
            cursor.execute(WHILE_HELD)
    return taken
