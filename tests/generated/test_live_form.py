"""What the live form hands to schemathesis: who calls, what exists, and what it looks at in an answer."""

import importlib
import json
from types import SimpleNamespace

import pytest
import requests
from schemathesis import GenerationMode, Response

from tests.generated import live

EXISTS = {"addresses": {"/referrals/": ["a-key"]}, "fields": {"to_team": ["a-desk"]}}
ASKED = requests.Request("GET", "http://testserver/").prepare()


@pytest.fixture
def hooks(tmp_path, monkeypatch):
    """The module as schemathesis loads it."""
    (tmp_path / "keys.json").write_text(json.dumps(EXISTS))
    monkeypatch.setenv("REAL_KEYS", str(tmp_path / "keys.json"))
    monkeypatch.setenv("CASES_MADE", str(tmp_path / "made"))
    return importlib.import_module("tests.generated.hooks")


def case(number, mode=GenerationMode.POSITIVE, **query):
    meta = SimpleNamespace(generation=SimpleNamespace(mode=mode))
    found = {
        "path": "/api/v1/referrals/{id}/",
        "path_parameters": {"id": str(number)},
        "body": {"to_team": "x", "from_team": "y", "summary": "z"},
    }
    return SimpleNamespace(meta=meta, query=query, method="GET", **found)


def test_a_caller_is_known_by_a_token_or_by_a_session_and_its_proof(story):
    (token,) = live.headers(story, "the police's system")
    assert token == f"Authorization: Bearer {story.tokens['police program']}"
    cookie, proof = live.headers(story, "a supervisor of the trust")
    assert cookie.startswith("Cookie: sessionid=")
    assert cookie.endswith(proof.removeprefix("X-CSRFToken: "))


def test_every_caller_of_the_full_form_can_call(story):
    assert len(live.ROLES) == 3
    assert all(live.headers(story, caller) for caller in live.ROLES)


def test_there_is_something_that_exists_for_each_part_of_an_address(story):
    found = live.keys(story)
    assert [name for part in found.values() for name, known in part.items() if not known] == []


def test_a_third_of_the_valid_calls_is_of_something_that_exists_and_no_invalid_one(hooks):
    valid = [case(number) for number in range(300)]
    invalid = [case(number, GenerationMode.NEGATIVE) for number in range(300)]
    for each in valid + invalid:
        hooks.before_call(None, each, {})
    real = [each for each in valid if each.path_parameters["id"] == "a-key"]
    assert 60 < len(real) < 140
    assert all(each.body == {"to_team": "a-desk", "summary": "z"} for each in real)
    assert not any(each.path_parameters["id"] == "a-key" for each in invalid)


def test_nobody_waits_for_events_and_every_case_is_counted(hooks, tmp_path):
    asked = case(1, wait=20)
    hooks.before_call(None, asked, {})
    assert asked.query == {"wait": 0}
    assert (tmp_path / "made").stat().st_size == 1


PROBLEM = b'{"type": "x", "title": "x", "status": 404, "detail": "x"}'


@pytest.mark.parametrize(
    ("status", "kind", "body", "wrong"),
    [
        (404, "application/problem+json", PROBLEM, False),
        (200, "text/html", b"<h1>Well</h1>", False),
        (404, "text/html", b"<h1>Not found</h1>", True),
        (404, "application/problem+json", b'{"title": "x"}', True),
    ],
)
def test_a_refusal_that_is_no_problem_document_is_wrong(hooks, status, kind, body, wrong):
    answer = Response(status, {"content-type": [kind]}, body, ASKED, elapsed=0, verify=True)
    if wrong:
        with pytest.raises(AssertionError):
            hooks.refusal_is_a_problem(None, answer, case(1))
    else:
        hooks.refusal_is_a_problem(None, answer, case(1))
