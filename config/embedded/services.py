"""Both servers of one run directory, and the addresses that the other processes are given."""

from pathlib import Path

import psycopg
from psycopg import sql

from config.embedded import secrets
from config.embedded.broker import Broker
from config.embedded.postgres import Postgres
from config.env import ROOT

DATABASE = "rcrp"
OWNER_OPTIONS = "?options=-c%20role%3Drcrp_owner"


def apply(connection: psycopg.Connection, script: str) -> None:
    """Run one of the scripts in config/sql."""
    connection.execute((ROOT / "config" / "sql" / script).read_text().encode())


def prepare_database(address: str, name: str) -> None:
    """Make a database that is ready for its first migration. Repeated without harm."""
    with psycopg.connect(address, autocommit=True) as server:
        known = server.execute("select 1 from pg_database where datname = %s", [name]).fetchone()
        if not known:
            words = sql.SQL("create database {} owner rcrp_owner").format(sql.Identifier(name))
            server.execute(words)
    with psycopg.connect(address, dbname=name, autocommit=True) as database:
        apply(database, "database.sql")


class Database:
    """The embedded PostgreSQL with the roles, their passwords and the database in it."""

    name = "database"

    def __init__(self, run_dir: Path, *, settings: dict[str, str] | None = None) -> None:
        self.secrets = secrets.kept(run_dir)
        self.server = Postgres(run_dir / "postgres", password=self.secrets.superuser, settings=settings)

    def start(self) -> None:
        """Up, with all it needs."""
        self.server.start()
        superuser = self.superuser_url()
        with psycopg.connect(superuser, autocommit=True) as server:
            apply(server, "roles.sql")
            for login in ("migrate", "web", "worker"):
                words = sql.SQL("alter role {} password {}").format(
                    sql.Identifier(f"rcrp_{login}"), sql.Literal(getattr(self.secrets, login))
                )
                server.execute(words)
        prepare_database(superuser, DATABASE)

    def addresses(self) -> dict[str, str]:
        """The variables that lead to it."""
        return {
            "DATABASE_URL": self._url("web"),
            "WORKER_DATABASE_URL": self._url("worker"),
            "MIGRATE_DATABASE_URL": self._url("migrate") + OWNER_OPTIONS,
        }

    def superuser_url(self) -> str:
        """The address that no rule holds back; only the launcher and the tests use it."""
        return self.server.url("postgres", self.secrets.superuser, "postgres")

    @property
    def log(self) -> Path:
        """Where the server writes."""
        return self.server.log

    def alive(self) -> bool:
        """Whether the server runs."""
        return self.server.alive()

    def stop(self) -> int:
        """In order, with everything on disk."""
        return self.server.stop()

    def _url(self, login: str) -> str:
        return self.server.url(f"rcrp_{login}", getattr(self.secrets, login), DATABASE)


def broker_in(run_dir: Path) -> Broker:
    """The embedded broker of a run directory."""
    home = run_dir / "broker"
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Broker(home, password=secrets.kept(run_dir).broker)
