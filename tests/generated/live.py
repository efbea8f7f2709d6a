"""The full form: schemathesis in all its phases, over HTTP, against a web server on PostgreSQL.

Examples, coverage of every constraint at its edges and past them, fuzzing, and calls that follow from each
other's answers. No answer may be a server error, be undocumented, or accept what is invalid. A third of the
valid calls are of things that exist (``hooks``).
"""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from django.middleware.csrf import _get_new_csrf_string

from config import children
from config.children import Child
from config.embedded.postgres import free_port
from config.env import ROOT
from config.processes import wait_until
from tests.access.story import Story, make_story
from tests.database import Database, environment, point_django_at
from tests.generated.callers import CALLERS
from tests.generated.calls import NAMED, of_the_api
from tests.services import FOLDER

ROLES = ("the police's system", "the trust's system", "a supervisor of the trust")
PHASES = "examples,coverage,fuzzing,stateful"
CHECKS = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance",
    "response_headers_conformance", "response_schema_conformance", "negative_data_rejection",
    "refusal_is_a_problem",
)  # fmt: skip
PATIENCE = 90  # seconds for the web to be up
# What a refusal may be: whoever may not do it, or too late, is told that before what else is wrong.
REFUSES = [400, 401, 403, 404, 405, 406, 409, 412, 413, 415, 422, 428, 429]
CONFIG = f"""
[checks.negative_data_rejection]
expected-statuses = {REFUSES}
"""


@dataclass(frozen=True)
class Found:
    """What one caller's run came to."""

    made: int
    wrong: bool


class Live:
    """A web server on a database of its own, in which the access matrix's story has happened."""

    def __init__(self, name: str) -> None:
        self.database = Database(name)
        point_django_at("web", name)
        self.story = make_story()
        self.folder = Path(os.environ[FOLDER]) / name
        self.folder.mkdir()
        port = free_port()
        self.address = f"http://127.0.0.1:{port}"
        env = children.environment(environment(name), self.folder)
        self.web = Child("web", children.web(port), run_dir=self.folder, env=env, up=children.serving(port))

    def __enter__(self) -> "Live":
        self.web.start()
        if not wait_until(self.web.is_up, seconds=PATIENCE, every=0.1):
            self.web.stop()
            raise SystemExit(self.web.said()[-2000:])
        return self

    def __exit__(self, *_: object) -> None:
        self.web.stop()
        self.database.cleaner.close()

    def play(self, caller: str, calls: int, begin: int) -> Found:
        """So many generated cases by one caller, over all operations; what is wrong is printed."""
        described = self._written("openapi.json", json.dumps(description(self.story, caller)))
        counted = self.folder / "made"
        words = [
            sys.executable, "-m", "schemathesis.cli",
            "--config-file", str(self._written("schemathesis.toml", CONFIG)),
            "run", str(described), "--url", self.address, "--phases", PHASES, "--mode", "all",
            "--checks", ",".join(CHECKS), "--continue-on-failure", "--seed", str(begin),
            "--max-examples", str(-(-calls // operations_in(described))), "--request-timeout", "60",
            "--suppress-health-check", "all", "--warnings", "off", "--no-color",
            *(word for header in headers(self.story, caller) for word in ("--header", header)),
        ]  # fmt: skip
        env = {
            **os.environ,
            "SCHEMATHESIS_HOOKS": "tests.generated.hooks",
            "REAL_KEYS": str(self._written("keys.json", json.dumps(keys(self.story)))),
            "CASES_MADE": str(counted),
            "PYTHONPATH": str(ROOT),
        }
        done = subprocess.run(words, env=env, cwd=self.folder, check=False)
        made = counted.stat().st_size if counted.exists() else 0
        counted.unlink(missing_ok=True)
        return Found(made, done.returncode != 0)

    def _written(self, name: str, text: str) -> Path:
        place = self.folder / name
        place.write_text(text)
        return place


def description(story: Story, caller: str) -> dict:
    """The API's own description, as this caller is given it."""
    answer = CALLERS[caller](story).get("/api/v1/schema/", headers={"accept": "application/json"})
    return of_the_api(answer.json())


def operations_in(described: Path) -> int:
    """How many operations it names."""
    return sum(len(path) for path in json.loads(described.read_text())["paths"].values())


def headers(story: Story, caller: str) -> list[str]:
    """How this caller is known to a server: a token, or a session and what its browser proves with it."""
    client = CALLERS[caller](story)
    if "HTTP_AUTHORIZATION" in client.defaults:
        return [f"Authorization: {client.defaults['HTTP_AUTHORIZATION']}"]
    proof = _get_new_csrf_string()
    session = client.cookies["sessionid"].value
    return [f"Cookie: sessionid={session}; csrftoken={proof}", f"X-CSRFToken: {proof}"]


def keys(story: Story) -> dict[str, dict[str, list]]:
    """What exists: keys by the part of an address that they are for, and values by the field of a body."""
    targets = story.targets.values()

    def rows(label: str) -> list[str]:
        return [key for target in targets for key in target.rows.get(label, ())]

    cases = [target.case for target in targets]
    return {
        "addresses": {
            "/referrals/": [target.referral for target in targets],
            "/cases/": cases,
            "/missing-reports/": rows("MissingReport"),
            "/detentions/": rows("Detention"),
            "/threshold-decisions/": rows("ThresholdDecision"),
        },
        "fields": {
            "to_team": ["trust-desk", "ambulance-desk", "police-desk"],
            "case": cases,
            **dict.fromkeys(("by", "decided_by", "accepted_by", "reporter"), [NAMED]),
        },
    }
