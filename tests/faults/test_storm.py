"""The kill storm in its short form; ``make faults`` runs the full one on three seeds."""

import json
import subprocess
import sys

import pytest

from config.env import ROOT

SHORT = ["--seed", "1", "--referrals", "40", "--kills", "10", "--stops", "1", "--length", "6"]


@pytest.mark.xdist_group("storm")
def test_kills_lose_nothing_and_repeat_nothing():
    words = [sys.executable, "-W", "ignore", "-m", "tests.faults.storm", *SHORT]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=400, check=False)
    assert done.stdout, done.stderr[-3000:]
    report = json.loads(done.stdout.splitlines()[-1])
    assert done.returncode == 0, report
    assert report["struck_mid_step"] >= 1, "no kill met a step: the storm proved nothing"
    assert report["fired"] >= 4 * 32, "the acknowledgements that nobody gave climb four rungs each"
