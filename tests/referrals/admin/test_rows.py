"""Another agency's rows are nowhere in the admin: no list, number, search, filter, history or suggestion."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import reverse

from agencies.acting import acting_for
from agencies.models import Team
from referrals.domain.referral import State
from tests.factories.world import referral_at

OF_A_CASE = [
    model for model in admin.site._registry if {"case", "reference"} & {f.name for f in model._meta.fields}
]
ASKERS = [
    (model, field)
    for model in apps.get_models()
    for field in model._meta.fields
    if field.is_relation and field.related_model in admin.site._registry
]


def page_of(model, name, *keys):
    return reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_{name}", args=keys)


@pytest.fixture
def declined(world):
    """A referral from the police to the trust, with most of what a case can have."""
    return referral_at(State.DECLINED, world)


def rows(model, actor, referral):
    """The keys of the model's rows of that case, as an agency of it sees them."""
    own = {"pk": referral.case_id} if model._meta.model_name == "case" else {"case_id": referral.case_id}
    with acting_for(actor.agency_id):
        return list(model._base_manager.filter(**own).values_list("pk", flat=True)[:3])


def found(browser, model, **asked):
    """What a list shows and counts."""
    shown = browser.get(page_of(model, "changelist"), asked)
    listed = shown.context["cl"]
    return shown.content.decode(), (listed.result_count, len(listed.result_list))


def told(shown, referral):
    """What a list, its filters' numbers included, tells of the only referral that there is."""
    return {word for word in (referral.reference, referral.case_reference, "(1)") if word in shown}


def test_a_stranger_finds_no_row_no_number_and_no_history(world, staff, declined):
    browser = staff("stranger")
    for model in OF_A_CASE:
        for text in (declined.reference, declined.case_reference, "EXAMPLE"):
            assert found(browser, model, q=text)[1] == (0, 0), model
        shown, numbers = found(browser, model, _facets="True")
        assert numbers == (0, 0), model
        assert told(shown, declined) == set(), model
        for key in rows(model, world.police, declined):
            answers = [browser.get(page_of(model, name, key)).status_code for name in ("change", "history")]
            assert answers == [302, 302], model


def test_the_lists_can_show_what_is_there(world, staff, declined):
    """It can fail: an agency of the case finds rows of most models, their numbers and their histories."""
    browser = staff("police")
    known = {model._meta.model_name for model in OF_A_CASE if found(browser, model)[1][0]}
    assert {"case", "referral", "clock", "event", "content"} <= known
    referrals, cases = (apps.get_model("referrals", name) for name in ("Referral", "Case"))
    assert found(browser, referrals, q=declined.reference)[1] == (1, 1)
    assert told(found(browser, referrals, _facets="True")[0], declined) == {declined.reference, "(1)"}
    assert told(found(browser, cases, _facets="True")[0], declined) == {declined.case_reference, "(1)"}


def test_a_suggestion_is_never_of_others(world, staff, declined):
    browser, seen = staff("stranger"), set()
    for model, field in ASKERS:
        asked = {
            "app_label": model._meta.app_label,
            "model_name": model._meta.model_name,
            "field_name": field.name,
        }
        answer = browser.get(reverse("admin:autocomplete"), {**asked, "term": ""})
        assert answer.status_code in (200, 403, 404), field
        if answer.status_code != 200:
            continue
        target, offered = field.related_model, {row["id"] for row in answer.json()["results"]}
        seen.add(target)
        if target in OF_A_CASE:
            assert offered == set(), field
        elif hasattr(target, "agency_id") and target is not Team:  # the directory is everybody's
            own = target._base_manager.filter(agency_id=world.stranger.agency_id)
            assert offered <= {str(key) for key in own.values_list("pk", flat=True)}, field
    assert seen & set(OF_A_CASE)
