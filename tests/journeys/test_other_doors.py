"""The papers beside docs/api.md, word for word: every example is run, and answered as it says."""

import json
import re
import subprocess

import pytest
from defusedxml.ElementTree import fromstring

from config.env import ROOT

pytestmark = pytest.mark.xdist_group("live")

BLOCK = re.compile(r"^```(sh|http)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
FIRST_STEPS = 2
"""So many blocks of docs/api.md come before: who calls, and whom one asks."""
KEPT = "@@"


def blocks(name):
    return BLOCK.findall((ROOT / "docs" / f"{name}.md").read_text())


def played(name, answer, here, tmp_path):
    """Each answer that the paper tells, as it tells it, with the status and the body that there were."""
    script = ["set -e -o pipefail", *(text for _, text in blocks("api")[:FIRST_STEPS])]
    told, turn = [], 0
    for kind, text in blocks(name):
        if kind == "sh":
            turn += 1
            script += [text, f"echo {KEPT}; cp /tmp/{answer} /tmp/{turn} 2> /dev/null || true"]
        else:
            told.append((turn, text))
    words = ["bash", "-c", here("\n".join(script))]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    printed = done.stdout.split(KEPT)
    return [(text, printed[turn - 1].split()[-1], (tmp_path / str(turn)).read_text()) for turn, text in told]


def test_every_example_for_fhir_is_answered_as_the_paper_says(here, tmp_path):
    told = played("fhir", "fhir.json", here, tmp_path)
    for text, status, answer in told:
        line, _, said = text.partition("\n")
        assert status == line.split()[1], answer
        assert holds(json.loads(answer), json.loads(said)), answer
    assert len(told) == 5


def test_every_example_for_mait_is_answered_as_the_paper_says(here, tmp_path):
    told = played("mait", "mait.xml", here, tmp_path)
    for text, status, answer in told:
        line, _, said = text.partition("\n")
        assert status == line, answer
        assert texts(said).items() <= texts(answer).items()
    assert len(told) == 4


def test_a_webhook_is_registered_as_the_paper_says(here):
    [register] = [text for kind, text in blocks("webhooks") if kind == "sh"]
    made = json.loads(said_by(here, [text for _, text in blocks("api")[:FIRST_STEPS]] + [register]))
    assert made["url"] == "https://hooks.example.nhs.uk/rcrp"
    assert made["secret"].startswith("whsec_")


def test_the_first_call_of_the_readme_lists_what_is_late(here):
    _, call = BLOCK.findall((ROOT / "README.md").read_text())
    assert set(json.loads(said_by(here, [call[1]]))) == {"next", "previous", "results"}


def said_by(here, lines):
    """What the last of these lines prints."""
    words = ["bash", "-c", here("\n".join(["set -e -o pipefail", *lines]))]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip().rpartition("\n")[2]


def holds(answer, said):
    """Whether the answer holds all that the paper shows of it."""
    if isinstance(said, dict):
        return all(name in answer and holds(answer[name], inner) for name, inner in said.items())
    if isinstance(said, list):
        return len(said) <= len(answer) and all(map(holds, answer, said))
    return answer == said


def texts(message):
    """What a message's elements say."""
    return {each.tag: (each.text or "").strip() for each in fromstring(message)}
