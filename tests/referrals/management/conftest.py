"""The demonstration, made once for each process and put back for each test."""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone

ADDRESS = "http://127.0.0.1:8123"


@dataclass(frozen=True)
class Made:
    """What the command printed and wrote, and when. ``path`` is a file of this test's own."""

    said: str
    text: str
    mode: int
    path: Path
    at: datetime

    @property
    def words(self) -> dict:
        return json.loads(self.text)


def run(path: Path, **options) -> str:
    """The command, as the worker whose role it has; what it says."""
    said = io.StringIO()
    call_command("demo_data", json=path, base_url=ADDRESS, stdout=said, stderr=io.StringIO(), **options)
    return said.getvalue()


@pytest.fixture
def demo(db, in_role, tmp_path) -> Iterator[Made]:
    """The demonstration, just made, in the role that makes it."""
    path = tmp_path / "demo.json"

    def make() -> Made:
        with in_role("worker"):
            said = run(path)
        return Made(said, path.read_text(), path.stat().st_mode & 0o777, path, timezone.now())

    made = replace(db.scene("demo", make), path=path)
    path.write_text(made.text)
    with in_role("worker"):
        yield made
