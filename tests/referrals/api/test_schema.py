"""The OpenAPI document: valid, without warnings, and true."""

import json
import re
from urllib.parse import urljoin

import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client
from jsonschema import Draft202012Validator

from agencies.roles import SCOPES
from referrals.api.guides import GUIDES
from referrals.domain.referral import State
from tests.factories.world import referral_at
from tests.referrals.api.conftest import AMY, BASE, PAT


def test_it_is_made_without_a_warning_and_valid(tmp_path):
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yaml"))


def test_it_is_openapi_3_1_and_yaml_for_those_who_ask(document, db):
    assert document["openapi"].startswith("3.1")
    answer = Client().get(f"{BASE}/schema/", headers={"accept": "application/vnd.oai.openapi"})
    assert answer.content.startswith(b"openapi: 3.1")


def test_every_operation_names_its_scope_and_its_problems(document):
    ours = [each for each in document["paths"].items() if each[0].startswith(BASE)]
    assert len(ours) == len(document["paths"]) - 1, "and the token's, which test_published holds"
    for path, operations in ours:
        for method, operation in operations.items():
            responses = operation["responses"]
            assert "application/problem+json" in responses["404"]["content"], path
            if "/problems/" in path:
                continue
            if "/clients/" in path:
                assert operation["security"] == [{"session": []}], path
                continue
            scopes = [scope for way in operation["security"] for scope in way.get("oauth2", ())]
            assert scopes, path
            assert set(scopes) <= set(SCOPES)
            if method == "post":
                assert {"400", "401", "403", "409", "413", "415", "422"} <= set(responses), path
                assert "Idempotency-Key" in {p["name"] for p in operation["parameters"]}, path


def checked(document, method, path, answer):
    """The answer conforms to what the document says of it, and has no field that it does not name."""
    said = document["paths"][f"{BASE}{path}"][method]["responses"][str(answer.status_code)]
    media = answer["Content-Type"].partition(";")[0]
    schema = {**said["content"][media]["schema"], "components": closed(document)}
    problems = [
        f"{'/'.join(map(str, e.absolute_path))}: {e.message}"
        for e in Draft202012Validator(schema).iter_errors(answer.json())
    ]
    assert problems == [], path


def closed(document):
    """The components, in which a field that is not named is an error."""
    components = json.loads(json.dumps(document["components"]))
    for schema in components["schemas"].values():
        if schema.get("properties"):
            schema["additionalProperties"] = False
    return components


def test_every_answer_is_as_the_document_says(document, world, police, trust, ask):
    lead = referral_at(State.ACCEPTED, world)
    made = police.post("/referrals/", ask(priority="P1", by=PAT, location={"uprn": "1", "text": "here"}))
    checked(document, "post", "/referrals/", made)
    one, case = f"/referrals/{lead.pk}/", f"/cases/{lead.case_reference}/"
    reads = {
        "/referrals/": "/referrals/",
        one: "/referrals/{id}/",
        one + "timeline/": "/referrals/{id}/timeline/",
        "/cases/": "/cases/",
        case: "/cases/{reference}/",
        case + "timeline/": "/cases/{reference}/timeline/",
        case + "accountability/": "/cases/{reference}/accountability/",
        "/events/": "/events/",
        "/agencies/": "/agencies/",
        "/teams/": "/teams/",
        "/agencies/police/": "/agencies/{id}/",
        "/teams/police-desk/": "/teams/{id}/",
        "/problems/stale/": "/problems/{slug}/",
    }
    for path, template in reads.items():
        for who in (police, trust):
            checked(document, "get", template, who.get(path))
    contact = {"channel": "phone", "with_whom": "person", "outcome": "reached", "by": AMY}
    writes = [
        (trust, one + "contacts/", "/referrals/{id}/contacts/", contact),
        (trust, one + "information/", "/referrals/{id}/information/", {"text": "x", "phone": "07700 900777"}),
        (trust, one + "risk/", "/referrals/{id}/risk/", {"direction": "raise", "reason": "x"}),
        (trust, one + "moves/", "/referrals/{id}/moves/", {"action": "start"}),
        (
            police,
            f"/referrals/{made.json()['id']}/claimed-acceptance/",
            "/referrals/{id}/claimed-acceptance/",
            {"accepted_by": AMY, "by": PAT},
        ),
        (trust, case + "moves/", "/cases/{reference}/moves/", {"action": "review", "by": AMY}),
        (
            police,
            "/threshold-decisions/",
            "/threshold-decisions/",
            {
                "category": "awol_detained",
                "answers": {},
                "rationale": "x",
                "caller_told": "y",
                "decided_by": PAT,
            },
        ),
    ]
    for who, path, template, body in writes:
        answer = who.post(path, body)
        assert answer.status_code < 300, answer.json()
        checked(document, "post", template, answer)
        checked(document, "post", template, who.post(path, {"colour": "red"}))


def test_the_documentation_comes_from_our_own_server(db):
    page = Client().get(f"{BASE}/docs/")
    assert page.status_code == 200
    said = page.content.decode()
    assert "<style" not in said
    assert " style=" not in said
    assert "http://" not in said.replace("http://testserver", "")
    assert "https://" not in said
    assert Client().get(f"{BASE}/docs/?script=").status_code == 200


@pytest.mark.parametrize("name", GUIDES)
def test_every_paper_for_integrators_is_a_page_and_what_it_leads_to_is_there(db, name):
    address = f"{BASE}/docs/{name}/"
    page = Client().get(address)
    assert page.status_code == 200
    said = page.content.decode()
    assert "<h1" in said
    for style in ("<style", " style="):
        assert style not in said
    for to in re.findall(r"<article.*", said, re.DOTALL)[0].split('href="')[1:]:
        to = urljoin(address, to.partition('"')[0].partition("#")[0])
        if to.startswith(BASE):
            assert Client().get(to).status_code == 200, to


def test_the_states_are_drawn_on_the_page_and_not_as_text(db):
    said = Client().get(f"{BASE}/docs/lifecycle/").content.decode()
    assert "stateDiagram" not in said
    for name in ("lifecycle", "missing-report"):
        assert finders.find(f"referrals/api/{name}.svg")
        assert f'<img src="/static/referrals/api/{name}.svg" alt="' in said


def test_a_paper_that_there_is_not_is_not_there(db):
    assert Client().get(f"{BASE}/docs/hazards/").status_code == 404
    assert Client().get(f"{BASE}/docs/..%2Fsecrets/").status_code == 404


def test_every_operation_has_a_summary(document):
    operations = [
        each for path in document["paths"].values() for each in path.values() if "responses" in each
    ]
    assert len(operations) > 80
    assert [each["operationId"] for each in operations if not each.get("summary")] == []


def test_every_list_has_the_contracts_shape(document):
    """The feed alone is read on by a position."""
    schemas, lists = document["components"]["schemas"], 0
    for path, operations in document["paths"].items():
        content = operations.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
        for schema in (media["schema"] for media in content.values()):
            assert schema.get("type") != "array", path
            shape = schemas.get(schema.get("$ref", "").rpartition("/")[2], schema)
            if "results" in shape.get("properties", {}) and path != "/api/v1/events/":
                assert set(shape["properties"]) == {"next", "previous", "results"}, path
                lists += 1
    assert lists > 15
