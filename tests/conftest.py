"""Fixtures for every test: a real database, in each of its roles."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connections
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from tests import services
from tests.database import URLS, Database, calm_down, in_role_of, point_django_at, url
from tests.race import Outcome, race

# Neither a slow machine nor a full one is a fault of what is tested. A change is judged by the same examples
# each time; the long form goes hunting for new ones.
hypothesis_settings.register_profile(
    "patient",
    hypothesis_settings.default,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize="HUNT" not in os.environ,
)
hypothesis_settings.load_profile("patient")


def pytest_configure(config: pytest.Config) -> None:
    """Before any worker starts, so that all of them inherit the addresses."""
    if not config.option.collectonly:
        services.start()
        settings.CELERY_BROKER_URL = os.environ["CELERY_BROKER_URL"]
        kept = Path(os.environ[services.FOLDER]) / "attachments"
        settings.STORAGES["attachments"]["OPTIONS"]["location"] = kept


def pytest_unconfigure() -> None:
    """The end of the run; a worker, which started nothing, stops nothing."""
    services.stop()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """pytest-django's marker would make a database of its own, without our roles."""
    for item in items:
        if item.get_closest_marker("django_db"):
            raise pytest.UsageError(f"{item.nodeid}: use the fixture db, not the marker django_db")


@pytest.fixture(scope="session")
def test_database(django_db_blocker) -> Iterator[Database]:
    """This process's own migrated database. A test asks for ``db``, which also cleans it."""
    with django_db_blocker.unblock():
        database = Database(f"test_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}")
    for role, variable in URLS.items():
        os.environ[variable] = url(role, database.name)
    point_django_at("web", database.name)
    yield database
    connections.close_all()
    database.cleaner.close()


@pytest.fixture
def db(test_database, django_db_blocker) -> Iterator[Database]:
    """The database, as the role ``rcrp_web``; commits are real. Emptied afterwards.

    Overrides pytest-django's fixture: no transaction is wrapped round a test.
    """
    with django_db_blocker.unblock():
        yield test_database
        calm_down()
    test_database.wipe()


@pytest.fixture
def transactional_db(db) -> Database:
    """The same: every test is transactional here."""
    return db


def fresh(database: Database, role: str) -> Iterator[psycopg.Connection]:
    """One connection, closed after the test; what it did not commit is undone."""
    connection = database.connect(role)
    yield connection
    connection.close()


@pytest.fixture
def as_web(db) -> Iterator[psycopg.Connection]:
    """Raw SQL as the application's own role."""
    yield from fresh(db, "web")


@pytest.fixture
def as_worker(db) -> Iterator[psycopg.Connection]:
    """Raw SQL as the role of the clock engine."""
    yield from fresh(db, "worker")


@pytest.fixture
def as_owner(db) -> Iterator[psycopg.Connection]:
    """Raw SQL as the owner of every table."""
    yield from fresh(db, "owner")


@pytest.fixture
def as_superuser(db) -> Iterator[psycopg.Connection]:
    """Raw SQL that no rule holds back."""
    yield from fresh(db, "superuser")


@pytest.fixture
def in_role(db) -> Callable[[str], AbstractContextManager[None]]:
    """``with in_role("worker"):`` runs Django code as a Celery worker or the owner would."""
    return in_role_of


@pytest.fixture(name="race")
def race_fixture(db) -> Callable[..., list[Outcome]]:
    """Runs callables at the same moment, each in its own thread and connection: see tests/race.py."""
    return race
