"""What schemathesis is told of this API: keys that exist, no waiting for events, what a refusal looks like.

It is loaded by schemathesis itself, in a process of its own that knows nothing of Django.
"""

import json
import os
import zlib
from pathlib import Path
from typing import Any

import schemathesis

PROBLEM = "application/problem+json"
PROMISED = {"type", "title", "status", "detail"}
EVERY = 3
"""One valid call in so many is of something that exists; the others are of nothing, or of what was made."""
KEYS: dict[str, dict[str, list]] = json.loads(Path(os.environ["REAL_KEYS"]).read_text())
OWN = ("from_team", "area", "asking")
"""What is left out of a body with real values: the caller's own team asks, and the team that is named."""


@schemathesis.hook
def before_call(context: schemathesis.HookContext, case: schemathesis.Case, kwargs: dict[str, Any]) -> None:
    """Put in what exists. By the call's own content, so that the same call is the same again."""
    with Path(os.environ["CASES_MADE"]).open("a") as made:
        made.write(".")
    if not case.meta or not case.meta.generation.mode.is_positive:
        return
    if case.query and "wait" in case.query:
        case.query["wait"] = 0
    number = zlib.crc32(repr((case.path, case.path_parameters, case.body)).encode())
    if number % EVERY:
        return
    known = next((found for part, found in KEYS["addresses"].items() if part in case.path), [])
    names = [name for name in case.path_parameters or {} if name in ("id", "reference")]
    if known and names:
        case.path_parameters[names[0]] = known[number // EVERY % len(known)]
    if isinstance(case.body, dict):
        case.body = _real(case.body, number // EVERY)


def _real(body: dict[str, Any], number: int) -> dict[str, Any]:
    """The body with teams, cases and people that there are."""
    fields = KEYS["fields"]
    return {
        name: fields[name][number % len(fields[name])] if name in fields else said
        for name, said in body.items()
        if name not in OWN
    }


@schemathesis.check
def refusal_is_a_problem(
    ctx: schemathesis.CheckContext, response: schemathesis.Response, case: schemathesis.Case
) -> None:
    """Whatever is refused is told as a problem document (RFC 9457)."""
    if response.status_code < 400 or case.method == "HEAD":
        return
    kind = response.headers.get("content-type", [""])[0]
    if not kind.startswith(PROBLEM) or not set(response.json()) >= PROMISED:
        raise AssertionError(f"{response.status_code} is no problem document: {response.text[:300]}")
