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
    for check in (True, False):
        with pytest.raises(CommandError, match="is missing"):
            call_command("draw_openapi", check=check)
    call_command("draw_openapi", first=True)
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


def body_of(document):
    return document["paths"][WEBHOOKS]["post"]["requestBody"]["content"]


def answer_of(document):
    return document["paths"][WEBHOOKS]["post"]["responses"]["201"]["content"]


def limit_of(document):
    asked = parameters(document, "/api/v1/referrals/")
    return next(each for each in asked if each["name"] == "limit")["schema"]


def priorities(document):
    """The words that a filter takes."""
    asked = parameters(document, "/api/v1/referrals/")
    schema = next(each for each in asked if each["name"] == "priority")["schema"]
    return schema.get("items", schema)["enum"]


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
    "POST /api/v1/webhooks/ body is of another type":
        lambda d: body_of(d)["application/json"]["schema"].update({"$ref": "#/components/schemas/Ask"}),
    "POST /api/v1/webhooks/ 201 is of another type":
        lambda d: answer_of(d)["application/json"].update(schema={"type": "string"}),
    "POST /api/v1/webhooks/ takes no application/json any more": lambda d: body_of(d).pop("application/json"),
    "POST /api/v1/webhooks/ answers 201 in no application/json any more":
        lambda d: answer_of(d).pop("application/json"),
    "POST /api/v1/webhooks/ takes no body any more":
        lambda d: d["paths"][WEBHOOKS]["post"].pop("requestBody"),
    "GET /api/v1/referrals/ limit is of another type": lambda d: limit_of(d).update(type="string"),
    "GET /api/v1/referrals/ limit has a lower maximum": lambda d: limit_of(d).update(maximum=7),
    "GET /api/v1/referrals/ priority has no 'P4' any more": lambda d: priorities(d).remove("P4"),
    "Webhook.failures may be null now":
        lambda d: fields(d, "Webhook")["failures"].update(type=["integer", "null"]),
    "Webhook.url may be missing now": lambda d: schema(d, "Webhook")["required"].remove("url"),
    "WebhookRequest.url has a lower maxLength":
        lambda d: fields(d, "WebhookRequest")["url"].update(maxLength=9),
    "WebhookRequest.url has a higher minLength":
        lambda d: fields(d, "WebhookRequest")["url"].update(minLength=90),
    "WebhookRequest.url has another pattern":
        lambda d: fields(d, "WebhookRequest")["url"].update(pattern="^a"),
    "WebhookRequest takes no other fields any more":
        lambda d: schema(d, "WebhookRequest").update(additionalProperties=False),
    "AskRequest.summary may not be null any more":
        lambda d: fields(d, "AskRequest")["summary"].update(type="string"),
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
    "null in a body": lambda d: fields(d, "WebhookRequest")["url"].update(type=["string", "null"]),
    "a field that is promised": lambda d: schema(d, "Webhook").update(required=list(fields(d, "Webhook"))),
    "more that is taken": lambda d: fields(d, "WebhookRequest")["url"].update(maxLength=100_000),
    "fewer that is answered": lambda d: fields(d, "Webhook")["url"].update(maxLength=10),
    "another form of a body": lambda d: body_of(d).update({"application/cbor": {"schema": {}}}),
    "another text": lambda d: schema(d, "Webhook").update(description="other words"),
}  # fmt: skip


@pytest.mark.parametrize("change", ADDED.values(), ids=list(ADDED))
def test_what_is_only_added_breaks_nobody(served, change):
    changed = copy.deepcopy(served)
    change(changed)
    assert contract.breaks(served, changed) == []
