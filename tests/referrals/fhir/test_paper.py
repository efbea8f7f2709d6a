"""What docs/fhir.md lists is what there is. Its examples are run with those of the other papers."""

import re

from config.env import ROOT
from referrals.fhir import outcome
from tests.referrals.fhir.test_reading import STANDS

PAPER = (ROOT / "docs" / "fhir.md").read_text()


def test_the_paper_lists_every_state_as_it_is_told():
    told = re.findall(r"^\| `(\w+)` \| `([\w-]+)` \| `([\w-]+)` \|$", PAPER, re.MULTILINE)
    assert {ours: (request, task) for ours, task, request in told} == {
        state.value: words for state, words in STANDS.items() if state != "closed"
    }


def test_the_paper_lists_every_refusal():
    said = set(re.findall(r"^\| (\d{3}) \| `([\w-]+)`(?: or `expired`)? `(\w+)` \|", PAPER, re.MULTILINE))
    assert said == {(str(kind.status), kind.issue, kind.code) for kind in outcome.KINDS.values()}
