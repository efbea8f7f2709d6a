"""Every role sends the API the name of every column there is: what it does not list is refused by name."""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from config.env import ROOT
from tests.access.asking import Asker, Question, askers, looks_at, questions
from tests.access.forging import WORD, every_field, kept
from tests.access.parts import PART
from tests.access.playing import ask
from tests.access.story import Story
from tests.access.table import Door

NO_SUCH = "there is no such field here"
TAKES_NOTHING = {"webhook-test"}


@cache
def document() -> dict[str, Any]:
    return json.loads((ROOT / "docs" / "openapi.json").read_text())


def listed(address: str, method: str) -> set[str]:
    """The fields that the API's document has for what is sent there."""
    for path, ways in document()["paths"].items():
        is_it = re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", path), address.partition("?")[0])
        if is_it and method.lower() in ways:
            body = ways[method.lower()].get("requestBody", {}).get("content", {}).get("application/json", {})
            return set(_fields(body.get("schema", {})))
    return set()


def _fields(schema: dict[str, Any]) -> Iterator[str]:
    if named := schema.get("$ref"):
        schema = document()["components"]["schemas"][named.rpartition("/")[2]]
    yield from schema.get("properties", {})
    for part in (*schema.get("oneOf", ()), *schema.get("anyOf", ()), *schema.get("allOf", ())):
        yield from _fields(part)


def writes(story: Story, agency: str) -> Iterator[tuple[Question, Asker, str]]:
    """Each address of the API at which something is sent, with one key, by each of the agency's askers."""
    people, asked = askers(story, agency), set()
    for question in questions(story):
        name, rule = question.route.name, question.rule
        there = question.there_for is None or agency in question.there_for
        if rule.door in (Door.API, Door.PEOPLE) and there and not rule.ends_session and name not in asked:
            asked.add(name)
            for method in {"POST", "PUT", "PATCH"} & set(rule.methods.split()):
                yield from ((question, each, method) for each in people if looks_at(rule, each))


@pytest.mark.parametrize("agency", ["police", "trust"] if PART else ["police"])
def test_the_api_refuses_each_field_that_its_document_does_not_list(agency, story, as_superuser):
    taken, named = {}, set()
    for question, asker, method in writes(story, agency):
        way = (question.route.name, method)
        answer = ask(question, asker, method, {**every_field(), **question.body()})
        if answer.status_code < 400 and question.route.name not in TAKES_NOTHING:
            taken[way] = answer.status_code
        if answer.status_code == 400 and NO_SUCH in answer.text:
            named.add(question.route.name)
            at = {pointer.strip("/") for pointer in answer.json()["errors"]}
            if missed := every_field().keys() - listed(question.address, method) - at:
                taken[way] = missed
    assert not taken
    assert len(named) >= 40
    assert kept(as_superuser) == {}


def test_what_is_listed_is_kept_and_would_be_found(story, as_superuser):
    question, asker, method = next(
        each for each in writes(story, "police") if each[0].route.name == "referral-contacts"
    )
    assert ask(question, asker, method, {**question.body(), "note": WORD}).status_code == 201
    assert any(WORD in rows for rows in kept(as_superuser).values())
