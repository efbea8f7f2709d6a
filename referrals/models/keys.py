"""Keys and references: time-ordered UUIDs, and numbers drawn for what is said aloud."""

from datetime import datetime
from uuid import UUID

from django.db import connection
from uuid_utils.compat import uuid7

from referrals.domain import reference


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562): rises with time, so that new rows stand together in an index."""
    return uuid7()


def next_reference() -> str:
    """The next unused reference of a referral."""
    with connection.cursor() as cursor:
        cursor.execute("select nextval('referral_number')")
        return reference.make("R", cursor.fetchone()[0])


def next_missing() -> str:
    """The next unused reference of a missing report."""
    with connection.cursor() as cursor:
        cursor.execute("select nextval('missing_number')")
        return reference.make("M", cursor.fetchone()[0])


def next_case() -> tuple[str, datetime]:
    """The next unused reference of a case, and the instant (UTC) at which it opens."""
    with connection.cursor() as cursor:
        cursor.execute("select nextval('case_number'), clock_timestamp()")
        number, at = cursor.fetchone()
        return reference.make("C", number), at


def next_detention() -> str:
    """The next unused reference of a detention."""
    with connection.cursor() as cursor:
        cursor.execute("select nextval('detention_number')")
        return reference.make("D", cursor.fetchone()[0])


def instant() -> datetime:
    """The database's ``clock_timestamp()`` in UTC: read after the case lock, never Python's clock."""
    with connection.cursor() as cursor:
        cursor.execute("select clock_timestamp()")
        return cursor.fetchone()[0]
