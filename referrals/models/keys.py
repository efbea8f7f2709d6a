"""Keys and references: time-ordered UUIDs, and numbers drawn for what is said aloud."""

from datetime import datetime
from uuid import UUID

from django.db import connection
from uuid_utils.compat import uuid7

from referrals.domain import reference


def new_id() -> UUID:
    """A UUIDv7 (RFC 9562): rises with time, so that new rows stand together in an index."""
    return uuid7()


def next_reference(kind: str) -> str:
    """The next unused reference of a case (``C``) or a referral (``R``)."""
    sequence = {"C": "case_number", "R": "referral_number"}[kind]
    with connection.cursor() as cursor:
        cursor.execute("select nextval(%s)", [sequence])
        return reference.make(kind, cursor.fetchone()[0])


def instant() -> datetime:
    """The database's ``clock_timestamp()`` in UTC: read after the case lock, never Python's clock."""
    with connection.cursor() as cursor:
        cursor.execute("select clock_timestamp()")
        return cursor.fetchone()[0]
