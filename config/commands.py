"""Management commands as a starting system runs them: when needed, and with their words in a log."""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psycopg

from config.embedded.secrets import write_private
from config.env import ROOT
from config.progress import say, step
from config.trouble import ended

SHOWN_ROLES = ("worker", "supervisor")


def manage(*words: str, env: Mapping[str, str], log: Path) -> None:
    """Run ``manage.py`` to its end; its last line is the trouble if it fails."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as out:
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=dict(env),
            stdout=out,
            stderr=out,
            check=False,
        )
    if done.returncode:
        raise ended(f"manage.py {words[0]} failed", log.read_text(errors="replace"), log)


def known_migrations() -> str:
    """A fingerprint of every migration that the code could apply, ours and the libraries'."""
    ours = sorted(ROOT.glob("*/migrations/*.py"))
    whole = hashlib.sha256()
    for path in [ROOT / "requirements.txt", *ours]:
        whole.update(path.name.encode() + path.read_bytes())
    return whole.hexdigest()


def applied_migrations(address: str) -> list[str]:
    """What the database itself says has been applied."""
    with psycopg.connect(address) as database:
        if not database.execute("select to_regclass('django_migrations')").fetchone()[0]:
            return []
        rows = database.execute("select app || '.' || name from django_migrations order by 1")
        return [name for (name,) in rows]


def migrate(env: Mapping[str, str], run_dir: Path) -> None:
    """Bring the database up to the code. Skipped when neither has changed since the last time."""
    note, address = run_dir / "migrated.json", env["MIGRATE_DATABASE_URL"]
    before = {"known": known_migrations(), "applied": applied_migrations(address)}
    if _read(note) == before:
        return
    with step("Applying migrations"):
        manage("migrate", "--verbosity=0", "--noinput", env=env, log=run_dir / "logs" / "migrate.log")
    after = {**before, "applied": applied_migrations(address)}
    write_private(note, json.dumps(after))


def _read(path: Path) -> dict[str, Any]:
    """What a file says. One that is not there, or that a full disk cut short, says nothing."""
    try:
        return json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return {}


def demo_data(env: Mapping[str, str], run_dir: Path, base_url: str) -> None:
    """Demo agencies, people and cases, on the first start only; later the address is kept right."""
    path = run_dir / "demo.json"
    if known := _read(path):
        if known.get("base_url") != base_url:
            write_private(path, json.dumps({**known, "base_url": base_url}, indent=2) + "\n")
        return
    if not _demo_wanted(env):
        return
    path.unlink(missing_ok=True)  # cut short, it would be taken for whole
    with step("Making demo data"):
        told = {**env, "DEMO_JSON": str(path), "BASE_URL": base_url}
        manage("demo_data", "--first-start", env=told, log=run_dir / "logs" / "demo_data.log")


def _demo_wanted(env: Mapping[str, str]) -> bool:
    return env["DEMO"] not in {"0", "false", "no", ""}


def is_demo(env: Mapping[str, str], run_dir: Path) -> bool:
    """Whether what runs here is the demonstration, and not a database in real use."""
    return _demo_wanted(env) and (run_dir / "demo.json").exists()


def sign_ins(run_dir: Path) -> None:
    """Print who can sign in: of each agency, the first in each role that is shown."""
    path = run_dir / "demo.json"
    users = _read(path).get("users")
    if not users:
        return
    first = {(user["agency"], user["role"]): user for user in reversed(users) if user["role"] in SHOWN_ROLES}
    say("  Demo sign-ins (invented people, printed passwords)")
    for user in sorted(first.values(), key=users.index):
        say(f"    {user['username']:26}  {user['password']}  {user['role']:10}  {user['agency']}")
    say(f"  {len(users)} people and every API client with its secret: {os.path.relpath(path)}")
