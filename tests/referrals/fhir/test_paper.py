"""Every example of docs/fhir.md is sent, in its order, and answered as the paper says."""

import json
import re
from uuid import uuid4

from config.env import ROOT
from referrals.fhir import outcome
from tests.referrals.fhir.conftest import body
from tests.referrals.fhir.test_reading import STANDS

PAPER = (ROOT / "docs" / "fhir.md").read_text()
EXAMPLE = re.compile(r"^```http\n(.*?)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def ask(sender, line, said, known):
    """What one example asks."""
    method, address = line.replace("{id}", known).split()
    head, _, sent = said.partition("\n\n")
    headers = dict(each.split(": ", 1) for each in head.strip().splitlines())
    media = headers.pop("Content-Type", "")
    headers |= {"X-Request-ID": str(uuid4()), "X-Correlation-ID": str(uuid4())}
    sent = sent.replace("{id}", known)
    return sender.http.generic(method, address, sent, content_type=media, headers=headers)


def holds(answer, said):
    """Whether the answer holds all that the paper shows of it."""
    if isinstance(said, dict):
        return all(name in answer and holds(answer[name], inner) for name, inner in said.items())
    if isinstance(said, list):
        return len(said) <= len(answer) and all(map(holds, answer, said))
    return answer == said


def test_every_example_is_answered_as_the_paper_says(sender):
    known, answer, asked, answered = "", None, 0, 0
    for line, said in EXAMPLE.findall(PAPER):
        if line.startswith("HTTP"):
            answered += 1
            assert answer.status_code == int(line.split()[1]), answer.content
            assert holds(body(answer), json.loads(said)), answer.content
        else:
            asked += 1
            answer = ask(sender, line, said, known)
            known = answer.headers.get("Location", known).rpartition("/")[2]
    assert asked == answered == 5


def test_the_paper_lists_every_state_as_it_is_told():
    told = re.findall(r"^\| `(\w+)` \| `([\w-]+)` \| `([\w-]+)` \|$", PAPER, re.MULTILINE)
    assert {ours: (request, task) for ours, task, request in told} == {
        state.value: words for state, words in STANDS.items() if state != "closed"
    }


def test_the_paper_lists_every_refusal():
    said = set(re.findall(r"^\| (\d{3}) \| `([\w-]+)`(?: or `expired`)? `(\w+)` \|", PAPER, re.MULTILINE))
    assert said == {(str(kind.status), kind.issue, kind.code) for kind in outcome.KINDS.values()}
