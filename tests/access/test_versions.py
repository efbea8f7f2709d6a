"""``If-Match`` wherever the API takes it: an act on what somebody else has changed meanwhile is refused."""

import json

from django.test import Client

from tests.access.asking import questions
from tests.access.table import Door

OLD = '"999999"'
FILES = {"case-attachments", "missing-attachments"}  # forms: their own test


def acts_of_the_police(story):
    """Each address of the API at which the police act on something of theirs, with what they send."""
    for question in questions(story):
        rule, name = question.rule, question.route.name
        ours = question.there_for is not None and "police" in question.there_for and question.certain
        if rule.door == Door.API and name not in FILES and ours:
            for method in {"POST", "PATCH", "DELETE"} & set(rule.methods.split()):
                yield name, method, question


def test_an_old_version_is_refused_at_every_address_at_which_one_acts(story):
    program = Client(headers={"authorization": f"Bearer {story.tokens['police program']}"})
    passed_over, asked = {}, set()
    for name, method, question in acts_of_the_police(story):
        sent = json.dumps(question.body())
        answer = program.generic(
            method, question.address, sent, "application/json", headers={"If-Match": OLD}
        )
        asked.add(name)
        if answer.status_code != 412:
            passed_over[method, name] = answer.status_code, answer.content[:200]
    assert not passed_over
    assert asked >= {"referral-moves", "clock-take", "demand-tick", "call-backs", "missing-sightings",
                     "missing-unlink", "threshold-review", "webhook", "webhook-secret"}  # fmt: skip
