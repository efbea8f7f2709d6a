"""10,000 escalations beside django-helpdesk's ``escalate_tickets``, from PyPI, on the same PostgreSQL."""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

from psycopg import sql

from referrals.services import engine
from tests.bench.databases import Scaled, use
from tests.database import superuser, url

HELPDESK = "django-helpdesk==2.6.1"
SITE = Path(__file__).with_name("helpdesk_site.py")
DATABASE = "bench_helpdesk"


def beside(database: Scaled, number: int) -> dict[str, float]:
    """Seconds of both over the same number due, one process each, and how many times faster ours is."""
    theirs = _theirs(number)
    use(database, "worker")
    begun, fired = time.perf_counter(), 0
    while (tick := engine.tick()).claimed:
        fired += tick.fired
    ours = time.perf_counter() - begun
    if fired != number:
        raise SystemExit(f"{fired} rungs fired, not {number}: the measure would mean nothing")
    return {"django-helpdesk, s": theirs, "ours, s": ours, "times faster": theirs / ours}


def _theirs(number: int) -> float:
    with tempfile.TemporaryDirectory(prefix="rcrp-helpdesk-") as folder:
        python = _environment(Path(folder))
        with superuser("postgres") as server:
            server.execute(sql.SQL("drop database if exists {}").format(sql.Identifier(DATABASE)))
            server.execute(sql.SQL("create database {}").format(sql.Identifier(DATABASE)))
        words = [str(python), "-P", "-W", "ignore", str(SITE), str(number)]  # not what lies beside it
        env = {"PATH": os.environ["PATH"], "HELPDESK_DATABASE": json.dumps(_address())}
        done = subprocess.run(words, env=env, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"django-helpdesk does not run here: {done.stderr[-2000:]}")
    return float(done.stdout.split()[-1])


def _environment(folder: Path) -> Path:
    """An environment of its own, that has nothing of ours: its Python."""
    uv = Path(sys.executable).with_name("uv")
    python = folder / "bin" / "python"
    subprocess.run([uv, "venv", "--quiet", "--clear", folder], check=True)
    wanted = [HELPDESK, "psycopg[binary]", "setuptools"]
    subprocess.run([uv, "pip", "install", "--quiet", "--python", python, *wanted], check=True)
    return python


def _address() -> dict[str, str]:
    parts = urlsplit(url("superuser", DATABASE))
    return {
        "NAME": DATABASE,
        "USER": parts.username or "",
        "PASSWORD": parts.password or "",
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
    }
