"""A scope opens its own addresses and no others: with all the others, each address of the API is refused."""

import json

import pytest
from django.test import Client

from agencies.models import ApiClient
from agencies.roles import SCOPES
from tests.access.asking import questions
from tests.access.table import Door
from tests.factories.agencies import AccessTokenFactory


def own(view, method):
    """The scopes of which one is enough there."""
    made = getattr(view, "cls", None) or getattr(view, "view_class", None)
    return set(getattr(made, "scopes_to_read" if method == "GET" else "scopes_to_write", ()))


def asked(story):
    """Every address and method of the API that takes a token, once, with a key that the police see."""
    found = {}
    for each in questions(story):
        if each.rule.door == Door.API and (each.there_for is None or "police" in each.there_for):
            found.setdefault(each.route.name, each)
    return [(each, method) for each in found.values() for method in each.rule.methods.split()]


@pytest.fixture
def program(story):
    """``program(scopes)``: the police's, with these scopes and no others."""
    client = ApiClient.objects.get(client_id="client-of-police")

    def begin(scopes):
        token = AccessTokenFactory(application=client, scope=" ".join(sorted(scopes)))
        return Client(raise_request_exception=False, headers={"authorization": f"Bearer {token.token}"})

    return begin


def ask(browser, question, method):
    headers = {name: value for name, value in question.rule.headers.items()}
    return browser.generic(
        method, question.address, json.dumps(question.body()), "application/json", headers=headers
    )


def test_with_all_scopes_but_its_own_every_address_of_the_api_is_refused(story, program):
    tried, opened, unnamed = 0, [], []
    for question, method in asked(story):
        enough = own(question.route.view, method)
        if not enough:
            unnamed.append(question.route.name)
            continue
        answer = ask(program(set(SCOPES) - enough), question, method)
        tried += 1
        if answer.status_code != 403:
            opened.append((question.route.name, method, answer.status_code))
        elif not any(scope in answer.text for scope in enough):
            opened.append((question.route.name, method, "names no scope"))
    assert opened == []
    assert tried > 70
    assert unnamed == []
