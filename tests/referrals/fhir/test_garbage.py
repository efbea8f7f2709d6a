"""Whatever is sent, the answer is one that the standard finds well made, and never a failure of ours."""

import copy
import json
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from referrals.fhir import markup
from tests.referrals.fhir.conftest import JSON, XML, body, message, whole
from tests.referrals.fhir.standard import problems
from tests.referrals.fhir.test_nothing_is_lost import LEAVES, WHOLE, at

ODD = [
    None, True, 0, -1, 1e400, 10**30, "", " ", "\0", "\x1b", "\ufffe", "a" * 11_000, "#", "#person",
    "urn:uuid:", [], {}, [[]], {"": ""}, "9990000017", "2026-02-30", "2026-11-21T23:41:00", "0000",
    "unknown", "active",
    {"resourceType": "Bundle"}, {"resourceType": ["a"]}, {"reference": "#"}, [None], ["x", 7],
]  # fmt: skip
VALUES = st.one_of(
    st.sampled_from(ODD),
    st.text(max_size=30),
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
        max_leaves=8,
    ),
)
PARTS = sorted({path.rpartition(".")[0] for path in LEAVES if "[" in path.rpartition(".")[0]})
CHANGES = st.lists(st.tuples(st.sampled_from(LEAVES + PARTS), VALUES), min_size=1, max_size=4)


@pytest.fixture(scope="module")
def no_limit():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.API_REQUESTS_A_MINUTE", 10**9)
        yield


def judged(answer):
    """No failure of ours, and told in the standard's words."""
    assert answer.status_code < 500, answer.content
    assert problems(body(answer)) == [], answer.content


def broken(changes):
    """A good message with some places overwritten."""
    sent = copy.deepcopy(WHOLE)
    sent["entry"][0]["resource"]["id"] = str(uuid4())
    for path, value in changes:
        try:
            place, key = at(sent, path)
            place[key] = value
        except (KeyError, IndexError, TypeError, ValueError):
            continue  # an earlier change has taken the place away
    return sent


ONCE = {"max_examples": 60, "deadline": None, "suppress_health_check": list(HealthCheck)}


@settings(**ONCE)
@given(changes=CHANGES, reason=st.sampled_from(["new", "update", "delete"]))
def test_a_broken_message_is_never_a_failure_of_ours(sender, no_limit, changes, reason):
    sent = broken(changes)
    judged(sender.send(json.dumps(sent).encode()))
    try:
        coded = sent["entry"][0]["resource"]["reason"]["coding"][0]
        coded["code"] = reason
    except (KeyError, IndexError, TypeError):
        return
    judged(sender.send(json.dumps(sent).encode()))


@settings(**ONCE)
@given(changes=st.lists(st.tuples(st.integers(0, 4_000), st.binary(max_size=6)), min_size=1, max_size=4))
def test_broken_xml_is_never_a_failure_of_ours(sender, no_limit, changes):
    sent = bytearray(markup.write(message(whole())))
    for at_, put in changes:
        sent[at_ : at_ + len(put)] = put
    judged(sender.send(bytes(sent), XML))


@settings(**ONCE)
@given(sent=VALUES)
def test_what_is_no_message_is_never_a_failure_of_ours(sender, no_limit, sent):
    judged(sender.send(json.dumps(sent).encode()))


@settings(**ONCE)
@given(
    path=st.text(st.characters(codec="utf-8", exclude_characters="/?#\\"), max_size=20),
    query=st.text(max_size=20),
)
def test_whatever_address_is_typed_is_never_a_failure_of_ours(sender, no_limit, path, query):
    for kind in ("ServiceRequest", "Task"):
        judged(sender.http.get(f"/fhir/{kind}", {"identifier": query}))
        answer = sender.http.get(f"/fhir/{kind}/{path}", {"_format": JSON})
        assert answer.status_code < 500
