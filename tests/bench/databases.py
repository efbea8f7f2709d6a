"""Databases filled to a size, once a run."""

import os
import time
from dataclasses import dataclass

import psycopg
from django.core.management import call_command

from tests.database import URLS, Database, point_django_at, url


@dataclass(frozen=True)
class Scaled:
    """A migrated database with this many referrals, of which some clocks are due."""

    name: str
    rows: int


def filled(rows: int, *, due: int) -> Scaled:
    """Make and fill one."""
    database = Database(f"bench_{rows}")
    begun = time.monotonic()
    for role, variable in URLS.items():
        os.environ[variable] = url(role, database.name)
    point_django_at("owner", database.name)
    call_command("demo_data", scale=rows, due=due)
    with psycopg.connect(url("superuser", database.name), autocommit=True) as server:
        server.execute("vacuum analyze")
    print(f"{rows:,} referrals in {time.monotonic() - begun:.0f} s", flush=True)
    return Scaled(database.name, rows)


def use(database: Scaled, role: str) -> None:
    """Django in this process works on that database, in that role, from now on."""
    point_django_at(role, database.name)
