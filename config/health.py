"""Is it alive, and can it serve? Asked by load balancers, by `make run` and by people."""

import contextlib
from collections.abc import Callable
from functools import cache

import structlog
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from kombu import Connection
from kombu.exceptions import OperationalError

from referrals.reporting import alive

BROKER_PATIENCE = 2  # seconds
CLOCK_TOLERANCE = 5  # seconds: ours. A page counts in minutes.

log = structlog.get_logger("health")


class NotReadyError(Exception):
    """One thing that must hold before this process may serve does not hold."""


def check_database() -> None:
    """The database answers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
    except DatabaseError as problem:
        log.warning("database does not answer", problem=str(problem))
        raise NotReadyError("does not answer") from problem


def check_clock() -> None:
    """This machine's clock is the database's: deadlines are the database's, but what a page counts down
    from is the web's."""
    asked_at = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("select clock_timestamp()")
        there = cursor.fetchone()[0]
    off = max((there - timezone.now()).total_seconds(), (asked_at - there).total_seconds())
    if off > CLOCK_TOLERANCE:
        raise NotReadyError(f"{off:.0f} s from the database's: countdowns are wrong by so much; set it right")


@cache
def check_migrations() -> None:
    """The database has every migration this code knows. Once true for a process, it stays true."""
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        raise NotReadyError(f"{len(missing)} not applied: run manage.py migrate")


def check_broker() -> None:
    """The broker answers."""
    try:
        with Connection(settings.CELERY_BROKER_URL, connect_timeout=BROKER_PATIENCE) as broker:
            broker.ensure_connection(max_retries=1, timeout=BROKER_PATIENCE)
    except OperationalError as problem:
        log.warning("broker does not answer", problem=str(problem))
        raise NotReadyError("does not answer") from problem


def check_no_demo() -> None:
    """No demo agency is in the database, unless demonstration was asked for."""
    if settings.DEMO:
        return
    if apps.get_model("agencies.Agency").objects.filter(demo=True).exists():
        raise NotReadyError("demo agencies are in this database: their passwords are printed")


def refuse_demo() -> None:
    """Stop the start of a process that must meet no demo agency: whoever has read their passwords gets in.

    A database that does not answer yet is not waited for; readiness asks again. No connection stays.

    Raises: ImproperlyConfigured, where there is one.
    """
    if not settings.REFUSES_DEMO:
        return
    try:
        with contextlib.suppress(DatabaseError):
            check_no_demo()
    except NotReadyError as problem:
        raise ImproperlyConfigured(f"{problem}. Point DATABASE_URL at another database.") from problem
    finally:
        connections.close_all()


# Without these nothing can be served. Without a broker it can: what is due stands in the database, and
# worker nodes tick by themselves.
NEEDED = ("database", "migrations", "demo")
CHECKS: dict[str, Callable[[], None]] = {
    "database": check_database,
    "clock": check_clock,
    "migrations": check_migrations,
    "broker": check_broker,
    "demo": check_no_demo,
}


def outcome(check: Callable[[], None]) -> str:
    """``ok``, or what is wrong in a few words. A check that the database cut short says so."""
    try:
        check()
    except NotReadyError as problem:
        return str(problem)
    except DatabaseError:
        return "the database does not answer"
    return "ok"


@never_cache
@require_safe
def live(request: HttpRequest) -> JsonResponse:
    """This process runs. Touches nothing else, so that a lost database kills no process."""
    return JsonResponse({"status": "alive"})


def engine_signs() -> dict[str, str]:
    """Every sign of life of the clock engine, and ``ok`` or what is wrong with it."""
    try:
        return alive.signs()
    except DatabaseError:
        return {"engine": "nothing is known of it"}


@never_cache
@require_safe
def ready(request: HttpRequest) -> JsonResponse:
    """Whether this process can serve now, and what is not as it should be.

    503 only where nothing can be served: an engine that is late or a broker that is away must not take
    the web from those who need it most then. Both are said loudly: ``degraded``, here and in the log.
    """
    outcomes = {name: outcome(check) for name, check in CHECKS.items()}
    body: dict[str, object] = {"status": "not ready", "checks": outcomes}
    if any(outcomes[name] != "ok" for name in NEEDED):
        return JsonResponse(body, status=503)
    body["engine"] = signs = engine_signs()
    wrong = {name: said for name, said in {**outcomes, **signs}.items() if said != "ok"}
    body["status"] = "degraded" if wrong else "ready"
    if wrong:
        log.error("degraded", **wrong)
    return JsonResponse(body)
