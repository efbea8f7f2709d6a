"""The database's time: no machine's own clock is asked."""

from datetime import datetime

from django.db import connection


def database_now() -> datetime:
    """The present instant, in UTC."""
    with connection.cursor() as cursor:
        cursor.execute("select clock_timestamp()")
        return cursor.fetchone()[0]
