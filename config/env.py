"""The environment, read in one place. A missing variable stops the start, by name."""

from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

env = environ.Env()

ROOT = Path(__file__).resolve().parent.parent

# Each kind of process has its own login, and needs no other's (see config/sql/roles.sql).
URL_OF_ROLE = {"web": "DATABASE_URL", "worker": "WORKER_DATABASE_URL", "owner": "MIGRATE_DATABASE_URL"}


def required(name: str, meaning: str) -> str:
    """The variable's value; empty counts as missing."""
    value = env.str(name, "")
    if not value:
        raise ImproperlyConfigured(f"{name} is not set: it gives {meaning}")
    return value


def web_threads() -> int:
    """Requests that one web process answers at a time; the feed lets a quarter of them wait."""
    return env.int("WEB_THREADS", 8)


def run_dir() -> Path:
    """Where a running system on this machine keeps all its state."""
    return Path(env.str("RUN_DIR", "") or ROOT / ".run").resolve()


def database() -> dict[str, Any]:
    """Django's settings for the database, in the role that DATABASE_ROLE names.

    The owner's login acts as ``rcrp_owner`` throughout, so that whatever a migration
    makes belongs to that role and not to the login.
    """
    role = env.str("DATABASE_ROLE", "web")
    if role not in URL_OF_ROLE:
        raise ImproperlyConfigured(f"DATABASE_ROLE is {role!r}: it must be one of {', '.join(URL_OF_ROLE)}")
    name = URL_OF_ROLE[role]
    url = required(name, f"the database as the {role} sees it, postgres://user:password@host:port/name")
    options = {"options": "-c role=rcrp_owner"} if role == "owner" else {}
    parsed = environ.Env.db_url_config(url)
    return {
        **parsed,
        "OPTIONS": {**options, **parsed.get("OPTIONS", {})},
        "CONN_MAX_AGE": 60,  # seconds
        "CONN_HEALTH_CHECKS": True,
    }
