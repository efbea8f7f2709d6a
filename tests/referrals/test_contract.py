"""The kept OpenAPI document is the one that is served; what would break programs is not written over it."""

import copy
import json

import pytest
from django.core.management import CommandError, call_command

from referrals.management import contract
from referrals.management.commands import draw_openapi


@pytest.fixture(scope="module")
def served():
    """Drawn once: it takes a while."""
    return draw_openapi.drawn()


@pytest.fixture
def page(tmp_path, monkeypatch, served):
    """A page of its own, and a document that is drawn at once."""
    path = tmp_path / "openapi.json"
    monkeypatch.setattr(draw_openapi, "PAGE", path)
    monkeypatch.setattr(draw_openapi, "drawn", lambda: served)
    return path


def test_what_is_kept_is_what_is_served(served):
    kept = json.loads(draw_openapi.PAGE.read_text())
    assert kept == served, "run python manage.py draw_openapi"


def test_a_stale_or_missing_page_fails_the_check(page, served):
    with pytest.raises(CommandError, match="stale"):
        call_command("draw_openapi", check=True)
    call_command("draw_openapi")
    call_command("draw_openapi", check=True)
    older = copy.deepcopy(served)
    del older["paths"]["/api/v1/webhooks/"]["post"]
    page.write_text(draw_openapi.text(older))
    with pytest.raises(CommandError, match="stale"):
        call_command("draw_openapi", check=True)
    call_command("draw_openapi")


WEBHOOKS = "/api/v1/webhooks/"


def schema(document, name):
    return document["components"]["schemas"][name]


def fields(document, name):
    return schema(document, name)["properties"]


def parameters(document, path):
    return document["paths"][path]["get"].setdefault("parameters", [])


def forget_wait(document):
    waits = parameters(document, "/api/v1/events/")
    waits[:] = [each for each in waits if each["name"] != "wait"]


COLOUR = {"in": "query", "name": "colour"}
CHANGES = {
    "GET /api/v1/webhooks/ is gone": lambda d: d["paths"][WEBHOOKS].pop("get"),
    "POST /api/v1/webhooks/ answers no 201 any more":
        lambda d: d["paths"][WEBHOOKS]["post"]["responses"].pop("201"),
    "Webhook.url is gone": lambda d: fields(d, "Webhook").pop("url"),
    "Webhook.failures is of another type": lambda d: fields(d, "Webhook")["failures"].update(type="string"),
    "WebhookRequest.types is demanded": lambda d: schema(d, "WebhookRequest")["required"].append("types"),
    "Priority has no 'P4' any more": lambda d: schema(d, "Priority")["enum"].remove("P4"),
    "GET /api/v1/events/ takes no wait any more": forget_wait,
    "GET /api/v1/webhooks/ demands colour":
        lambda d: parameters(d, WEBHOOKS).append({**COLOUR, "required": True}),
    "DeliveryAttempt is gone": lambda d: d["components"]["schemas"].pop("DeliveryAttempt"),
}  # fmt: skip


@pytest.mark.parametrize("said", CHANGES)
def test_what_would_break_a_program_is_named_and_not_written_unless_the_version_is_raised(
    page, served, said, monkeypatch
):
    changed = copy.deepcopy(served)
    CHANGES[said](changed)
    assert said in contract.breaks(served, changed)
    page.write_text(draw_openapi.text(served))
    monkeypatch.setattr(draw_openapi, "drawn", lambda: changed)
    for check in (True, False):
        with pytest.raises(CommandError, match="breaks programs"):
            call_command("draw_openapi", check=check)
    changed["info"]["version"] = "2.0.0"
    call_command("draw_openapi")
    assert json.loads(page.read_text()) == changed


ADDED = {
    "an operation": lambda d: d["paths"].update({"/api/v1/new/": {"get": {"responses": {}}}}),
    "a field of an answer": lambda d: schema(d, "Webhook")["properties"].update(new={"type": "string"}),
    "a word": lambda d: schema(d, "Priority")["enum"].append("P5"),
    "an optional parameter": lambda d: parameters(d, WEBHOOKS).append(COLOUR),
    "null besides": lambda d: schema(d, "Webhook")["properties"]["failures"].update(type=["integer", "null"]),
    "another text": lambda d: schema(d, "Webhook").update(description="other words"),
}  # fmt: skip


@pytest.mark.parametrize("change", ADDED.values(), ids=list(ADDED))
def test_what_is_only_added_breaks_nobody(served, change):
    changed = copy.deepcopy(served)
    change(changed)
    assert contract.breaks(served, changed) == []
