"""A few generated calls of every operation by some callers. ``make fuzz`` makes 10,000 by each."""

from contextlib import nullcontext

import pytest
import requests
from hypothesis import HealthCheck, given, seed, settings
from schemathesis import GenerationMode, Response

from tests.generated.callers import CALLERS
from tests.generated.calls import Calls, WrongAnswerError, is_wrong, judge

A_FEW = 2
SOME = ["the police's system", "a supervisor of the trust"]
ASKED = requests.Request("GET", "http://testserver/").prepare()
PROBLEM = b'{"type": "x", "title": "x", "status": 404, "detail": "x"}'


@pytest.mark.parametrize("name", SOME)
def test_every_answer_is_one_that_the_api_describes(name, story):
    calls = Calls(story, CALLERS[name](story))
    operations = list(calls.operations())
    assert len(operations) > 20
    for operation in operations:
        calls.run(operation, A_FEW)
    assert calls.made > len(operations) * A_FEW / 2
    assert calls.served > 10, "who is refused everything learns what refusals look like"


@pytest.mark.parametrize(
    ("mode", "noticed"), [(GenerationMode.NEGATIVE, True), (GenerationMode.POSITIVE, False)]
)
def test_it_is_noticed_that_what_was_made_wrong_was_taken(mode, noticed, story):
    calls = Calls(story, CALLERS["the police's system"](story))
    listing = next(o for o in calls.operations() if (o.method, o.path) == ("get", "/api/v1/referrals/"))
    taken = b'{"next": null, "previous": null, "results": []}'
    answer = Response(200, {"Content-Type": ["application/json"]}, taken, ASKED, elapsed=0, verify=True)

    @seed(0)
    @settings(max_examples=3, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(listing.as_strategy(generation_mode=mode).filter(lambda case: noticed == is_wrong(case)))
    def ask(case):
        with pytest.raises(WrongAnswerError, match="was taken") if noticed else nullcontext():
            judge(case, answer)

    ask()


@pytest.mark.parametrize(
    ("status", "kind", "body"),
    [
        (500, "application/problem+json", PROBLEM),
        (404, "text/html", b"<h1>Not found</h1>"),
        (404, "application/problem+json", b'{"title": "x"}'),
        (200, "application/json", b'{"results": [{"state": 7}]}'),
        (299, "application/json", b"{}"),
    ],
)
def test_a_wrong_answer_is_noticed(status, kind, body, story):
    calls = Calls(story, CALLERS["the police's system"](story))
    listing = next(o for o in calls.operations() if (o.method, o.path) == ("get", "/api/v1/referrals/"))
    answer = Response(status, {"Content-Type": [kind]}, body, ASKED, elapsed=0, verify=True)
    with pytest.raises((WrongAnswerError, BaseExceptionGroup)):
        judge(listing.Case(), answer)
