"""What import contracts cannot see: foreign keys, and queries that forget whose rows they are."""

import ast

import pytest
from django.apps import apps

from agencies.roles import AUDIENCE_OF, AgencyKind
from config.env import ROOT
from referrals.domain import referral
from tests.house.sources import FLOORS, parsed, ways_in

MODELS = [model for floor in FLOORS[:3] for model in apps.get_app_config(floor).get_models()]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_foreign_keys_point_down_the_floors(model):
    floor = FLOORS.index(model._meta.app_label)
    for field in model._meta.get_fields():
        if field.is_relation and not field.auto_created and field.related_model:
            target = field.related_model._meta.app_label
            assert target not in FLOORS[floor + 1 :], f"{field} points up, to {target}"


def unscoped(tree):
    """Each use of a manager that is not at once narrowed to what the actor may see."""
    narrowed = {
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and (node.attr.startswith("visible_") or node.attr == "none")
    }
    managers = {"objects", "_default_manager", "_base_manager"}
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr in managers and node not in narrowed
    ]


@pytest.mark.parametrize("path", ways_in(), ids=lambda path: str(path.relative_to(ROOT)))
def test_what_the_world_asks_for_starts_from_what_it_may_see(path):
    assert unscoped(parsed(path)) == [], "say .objects.visible_to(actor)"


def test_a_forgotten_scope_would_be_noticed():
    assert unscoped(ast.parse("Case.objects.filter(pk=1)")) == [1]
    assert unscoped(ast.parse("Case.objects.visible_to(actor).filter(pk=1)")) == []


def test_every_open_state_has_an_owner():
    assert set(referral.OWNER) == set(referral.OPEN)


def test_every_kind_of_agency_has_an_audience():
    assert set(AUDIENCE_OF) == set(AgencyKind)
