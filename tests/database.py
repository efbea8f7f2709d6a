"""A migrated database for each test process, copied from one template; its scenes, and its cleaning.

Tests really commit, as the role that the web has, so deferred triggers and row security work as
they will. After each test a superuser removes what it left, except rows that migrations shipped.
"""

import copy
import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import environ
import psycopg
from django.core.management import call_command
from django.db import connections
from psycopg import sql
from psycopg.pq import TransactionStatus

from config.embedded.services import prepare_database
from tests import kept
from tests.services import FOLDER

Made = TypeVar("Made")

TEMPLATE = "template_of_tests"
# What "discard all" does, but for the plans, which the next test would make again.
CALM = """
set session authorization default; close all; reset all; unlisten *; select pg_advisory_unlock_all();
discard temp; discard sequences
"""
WIPE = (Path(__file__).parent / "wipe.sql").read_text()
URLS = {
    "web": "DATABASE_URL",
    "worker": "WORKER_DATABASE_URL",
    "owner": "MIGRATE_DATABASE_URL",
    "superuser": "SUPERUSER_DATABASE_URL",
}


class TemplateError(Exception):
    """The migrations do not run on an empty database, so no test that needs one can run."""


def url(role: str, database: str) -> str:
    """One login's address of a database."""
    return urlsplit(os.environ[URLS[role]])._replace(path=f"/{database}").geturl()


def environment(database: str) -> dict[str, str]:
    """The environment that leads a child process to a database."""
    return {**os.environ, **{variable: url(role, database) for role, variable in URLS.items()}}


def superuser(database: str) -> psycopg.Connection:
    """A connection that no rule holds back."""
    return psycopg.connect(url("superuser", database), autocommit=True)


def known(server: psycopg.Connection, database: str) -> bool:
    """Whether the database exists."""
    return bool(server.execute("select from pg_database where datname = %s", [database]).rowcount)


def clone(server: psycopg.Connection, original: str, name: str) -> None:
    """Make a database as a copy of another, which nobody may be connected to."""
    words = "create database {} template {} owner rcrp_owner"
    server.execute(sql.SQL(words).format(sql.Identifier(name), sql.Identifier(original)))


def point_django_at(role: str, database: str) -> None:
    """From the next connection on, this process's Django is in that role on that database."""
    connections.close_all()
    default = connections.settings["default"]
    parsed = environ.Env.db_url_config(url(role, database))
    for key in ("NAME", "USER", "PASSWORD", "HOST", "PORT"):
        default[key] = parsed[key]
    default["OPTIONS"] = parsed.get("OPTIONS", {})


def calm_down() -> None:
    """Nothing of a test stays in this thread's connection, which the next test then need not make anew."""
    for connection in connections.all(initialized_only=True):
        raw = connection.connection
        idle = raw is not None and raw.info.transaction_status == TransactionStatus.IDLE
        if idle and not connection.in_atomic_block and connection.get_autocommit():
            raw.execute(CALM)
        else:
            connection.close()


@contextmanager
def in_role_of(role: str) -> Iterator[None]:
    """Django in that role, on the database it is on; afterwards the web again."""
    name = connections.settings["default"]["NAME"]
    point_django_at(role, name)
    try:
        yield
    finally:
        point_django_at("web", name)


def migrate(database: str) -> None:
    """Run every migration, as the owner does in a deployment."""
    point_django_at("owner", database)
    try:
        call_command("migrate", verbosity=0)
    except Exception as problem:
        raise TemplateError(f"manage.py migrate fails on an empty database: {problem!r}") from problem
    finally:
        connections.close_all()


def build_template(server: psycopg.Connection) -> None:
    """Migrate an empty database, once a run; it becomes the template only when it is whole."""
    draft = f"{TEMPLATE}_draft"
    prepare_database(url("superuser", "postgres"), draft)
    kept.fill(url("superuser", draft), by=lambda: migrate(draft))
    with superuser(draft) as database:
        database.execute(WIPE)
        database.execute("select shipped.keep()")
    words = sql.SQL("alter database {} rename to {}")
    server.execute(words.format(sql.Identifier(draft), sql.Identifier(TEMPLATE)))


class Database:
    """One migrated database, for one test process or one running system under test."""

    def __init__(self, name: str) -> None:
        self.name = name
        with (Path(os.environ[FOLDER]) / "template.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            with superuser("postgres") as server:
                if not known(server, TEMPLATE):
                    build_template(server)
                clone(server, TEMPLATE, name)
        self.cleaner = superuser(name)
        self.cleaner.execute("set session_replication_role = replica")
        # A test that left a lock behind shall fail by name, not hang.
        self.cleaner.execute("set lock_timeout = '10s'")
        self.scenes: dict[str, object] = {}

    def connect(self, role: str) -> psycopg.Connection:
        """A new connection in a role. Nothing is committed unless the test commits."""
        return psycopg.connect(url(role, self.name))

    def wipe(self) -> None:
        """Remove what a test left; put back what migrations shipped if the test changed it."""
        self.cleaner.execute("select shipped.wipe()")

    def scene(self, name: str, make: Callable[[], Made]) -> Made:
        """What ``make`` returned, with the rows that it committed: made once, then put back in a moment.

        The database must be empty. Instants in the rows are those of the first making.
        """
        if name in self.scenes:
            self.cleaner.execute("select shipped.recall(%s)", [name])
        else:
            self.scenes[name] = make()
            self.cleaner.execute("select shipped.remember(%s)", [name])
        return copy.deepcopy(self.scenes[name])
