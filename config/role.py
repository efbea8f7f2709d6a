"""Which database role a management command takes, unless DATABASE_ROLE says otherwise."""

import os

OWNER_COMMANDS = {
    "migrate",
    "makemigrations",
    "sqlmigrate",
    "showmigrations",
    "sqlflush",
    "flush",
    "place_kind",
    "merge_agency",
}
WORKER_COMMANDS = {"prove", "demo_data", "demo_stream", "simulate", "sweep_attachments"}


def role_for(arguments: list[str]) -> str:
    """The role for ``manage.py`` with these arguments: owner, worker, or web."""
    command = arguments[1] if len(arguments) > 1 else ""
    if command in OWNER_COMMANDS:
        return "owner"
    return "worker" if command in WORKER_COMMANDS else "web"


def choose(arguments: list[str]) -> None:
    """Set DATABASE_ROLE for this process before the settings are read."""
    os.environ.setdefault("DATABASE_ROLE", role_for(arguments))
