"""Numbering committed events for each agency that reads on from a position."""

from django.db import connection

BATCH = 1000


def number_events() -> int:
    """Number one batch of committed events; how many.

    One numberer at a time: a second finds nothing to do.
    """
    with connection.cursor() as cursor:
        cursor.execute("select number_events(%s)", [BATCH])
        return cursor.fetchone()[0]
