"""Some faults in their short forms, on one system; ``make faults`` plays all of them in full."""

import json
import subprocess
import sys

import pytest

from config.env import ROOT
from tests.faults.stage import bad

pytestmark = pytest.mark.xdist_group("systems")


PLAYED = ["storm", "broker"]
WELL = {
    "lost": 0,
    "struck": 3,
    "to_strike": 3,
    "acknowledged": 4,
    "to_acknowledge": 4,
    "latest": 60.0,
    "proof": {},
}


def test_a_report_says_what_must_not_be():
    assert bad(WELL) == []


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({"lost": 1}, "lost"),
        ({"proof": {"chains": "1, first C-…"}}, "proof"),
        ({"latest": 60.1}, "late"),
        ({"struck": 2}, "struck too little"),
        ({"acknowledged": 3}, "acknowledged too little"),
        ({"errors": 1}, "errors"),
        ({"missing": 1}, "missing"),
        ({"resent_twice": 1}, "resent_twice"),
        ({"deadlocks": 1}, "deadlocks"),
        ({"forgotten": 0}, "nothing was forgotten"),
    ],
)
def test_a_fault_that_did_harm_or_proved_nothing_is_bad(found, said):
    assert bad({**WELL, **found}) == [said]


@pytest.fixture(scope="module")
def reports() -> dict[str, dict]:
    """What each fault printed, by its name."""
    words = [sys.executable, "-W", "ignore", "-m", "tests.faults", *PLAYED, "--short"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=500, check=False)
    said = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    assert not done.returncode, done.stdout + done.stderr[-3000:]
    return {each["fault"]: each for each in said}


@pytest.mark.parametrize("fault", PLAYED)
def test_a_fault_strikes_and_nothing_is_lost_repeated_early_or_late(reports, fault):
    report = reports[fault]
    assert report["bad"] == [], report
    assert report["fired"] > 0


def test_the_api_accepts_while_the_broker_is_away(reports):
    assert reports["broker"]["accepted"] == 10
