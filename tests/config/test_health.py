"""Alive is not ready: what each answers, and what it gives away."""

from datetime import UTC, datetime, timedelta
from functools import partial
from http import HTTPStatus

import pytest
import time_machine
from django.db import connection

from config import health
from tests.config.test_settings import settings_with
from tests.database import url
from tests.factories.agencies import AgencyFactory


def asked(client):
    answer = client.get("/health/ready/")
    return answer.status_code, answer.json()["checks"]


def test_live_needs_no_database(client):
    answer = client.get("/health/live/")
    assert (answer.status_code, answer.json()) == (HTTPStatus.OK, {"status": "alive"})


def test_ready_when_everything_is_there(client, db):
    expected = {"database": "ok", "clock": "ok", "migrations": "ok", "broker": "ok", "demo": "ok"}
    assert asked(client) == (HTTPStatus.OK, expected)


def test_it_serves_without_its_broker_and_says_that_it_is_degraded(client, db, settings):
    settings.CELERY_BROKER_URL = "redis://:a-password@127.0.0.1:1/0"
    answer = client.get("/health/ready/")
    assert answer.status_code == HTTPStatus.OK
    assert answer.json()["status"] == "degraded"
    assert answer.json()["checks"]["broker"] == "does not answer"


@pytest.mark.parametrize("hours", [-3, 3])
def test_a_clock_that_is_not_the_databases_is_said_and_serves_on(client, db, hours):
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=hours)):
        answer = client.get("/health/ready/")
    assert answer.status_code == HTTPStatus.OK
    assert answer.json()["status"] == "degraded"
    seconds, said = answer.json()["checks"]["clock"].split(" ", 1)
    assert said.startswith("s from the database's")
    assert abs(int(seconds) - 10_800) < 60, "a full machine takes a while to ask"


def test_not_ready_without_its_database(client, db):
    connection.close()
    there = connection.settings_dict["PORT"]
    connection.settings_dict["PORT"] = 1
    try:
        code, checks = asked(client)
    finally:
        connection.settings_dict["PORT"] = there
    assert code == HTTPStatus.SERVICE_UNAVAILABLE
    assert checks["database"] == "does not answer"
    assert checks["broker"] == "ok"


def test_not_ready_while_a_migration_is_missing(client, db, as_superuser):
    health.check_migrations.cache_clear()
    as_superuser.execute("update django_migrations set name = 'x' where app = 'sessions'")
    as_superuser.commit()
    code, checks = asked(client)
    as_superuser.execute("update django_migrations set name = '0001_initial' where app = 'sessions'")
    as_superuser.commit()
    assert code == HTTPStatus.SERVICE_UNAVAILABLE
    assert checks["migrations"] == "1 not applied: run manage.py migrate"


@pytest.mark.parametrize(("wanted", "code"), [(False, 503), (True, 200)])
def test_demo_agencies_are_welcome_only_where_asked_for(wanted, code, client, db, settings):
    settings.DEMO = wanted
    AgencyFactory(demo=True)
    answer = client.get("/health/ready/")
    assert answer.status_code == code
    assert ("demo agencies are in this database" in answer.json()["checks"]["demo"]) is not wanted


def test_production_serves_nobody_from_a_database_with_demo_agencies(db):
    start = partial(settings_with, "import config.wsgi; print('started')", DATABASE_URL=url("web", db.name))
    assert start(PYTHONWARNINGS="ignore")[0] == 0
    AgencyFactory(demo=True)
    code, said = start(PYTHONWARNINGS="ignore")
    assert code == 1
    assert said.startswith("django.core.exceptions.ImproperlyConfigured: demo agencies are in this database")
