"""The least that could answer: a WSGI view that sends the recorded SQL and returns the recorded JSON.

``BENCH_RECORDING`` names the pickled ``Answer``, ``DATABASE_URL`` the database. Nothing is checked,
nobody is asked who they are: what the real view costs beyond this is what the system adds. With
``BENCH_UNDONE`` it takes back what it wrote, so that the same can be written again.
"""

import itertools
import json
import os
import pickle
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import django
import psycopg
from psycopg import ClientCursor

from tests.bench.replay import Answer, renewals

django.setup()  # recorded values may be of the models' own types; no request pays for it
wanted: Answer = pickle.loads(Path(os.environ["BENCH_RECORDING"]).read_bytes())
connection = psycopg.connect(os.environ["DATABASE_URL"], cursor_factory=ClientCursor, autocommit=True)
undone = "BENCH_UNDONE" in os.environ
numbers = itertools.count(os.getpid() << 8)


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Read the request's body as JSON, do the same SQL in one transaction, answer the same JSON."""
    if length := int(environ.get("CONTENT_LENGTH") or 0):
        json.loads(environ["wsgi.input"].read(length))
    renewed = renewals(wanted.made, next(numbers)) if wanted.made and not undone else None
    with connection.transaction(force_rollback=undone), connection.cursor() as cursor:
        wanted.recording.send(cursor, renewed)
    body = json.dumps(wanted.body).encode()
    start_response(wanted.status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
