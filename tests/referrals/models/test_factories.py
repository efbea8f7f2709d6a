"""Every model of referrals and notifications has a factory, and each makes a row that can be read."""

import pytest
from django.apps import apps

from tests.factories import referrals as factories

OURS = [model for app in ("referrals", "notifications") for model in apps.get_app_config(app).get_models()]
MADE = {
    made._meta.model: made
    for made in vars(factories).values()
    if hasattr(made, "_meta") and hasattr(made, "build") and made._meta.model in OURS
}


def test_no_model_has_been_forgotten():
    assert set(OURS) - set(MADE) == set()


@pytest.mark.parametrize("made", MADE.values(), ids=lambda made: made.__name__)
def test_it_makes_a_row(db, made):
    row = made()
    assert isinstance(row, made._meta.model)
    assert row.pk
