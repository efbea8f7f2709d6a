"""Makes this process's connection the owner's for a while: only the owner may set rules aside for a load."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import environ
from django.db import connection

OWNER = "rcrp_owner"
VARIABLE = "MIGRATE_DATABASE_URL"


class NotTheOwnerError(Exception):
    """There is no way in as the owner; the message says what to set."""


@contextmanager
def as_owner() -> Iterator[None]:
    """Everything in it is done as the role that owns the tables."""
    if _current_role() == OWNER:
        yield
        return
    before = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict.update(_way_in())
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict.update(before)


def _current_role() -> str:
    with connection.cursor() as cursor:
        cursor.execute("select current_user")
        return cursor.fetchone()[0]


def _way_in() -> dict[str, object]:
    address = os.environ.get(VARIABLE)
    if not address:
        raise NotTheOwnerError(f"{VARIABLE} is not set: --scale loads as the owner of the tables")
    parsed = environ.Env.db_url_config(address)
    return {**parsed, "OPTIONS": {**parsed.get("OPTIONS", {}), "options": f"-c role={OWNER}"}}
