"""The forms say a mistyped year at the field in which it was typed."""

import pytest

from tests.factories.missing import report
from tests.referrals.services.detaining import detain

OLD = "2016-11-21T21:40"


@pytest.mark.parametrize(
    ("asked", "address", "typed"),
    [
        ("detained_at", "/tracker/detentions/new/", {"power": "s136", "description": "a man"}),
        ("at", "/tracker/detentions/{held}/amhp_notified/", {}),
        ("seen_at", "/tracker/missing/{missing}/sighting/", {"place": "station", "sure": "yes"}),
    ],
)
def test_it_stands_at_its_field(world, desk, asked, address, typed):
    held, missing = detain(world.police), report(world)
    where = address.format(held=held.pk, missing=missing.reference)
    answer = desk("police").post(where, {**typed, asked: OLD})
    assert answer.status_code == 400
    field = answer.content.decode().partition(f'id="group-{asked}"')[2].partition("</div>")[0]
    assert "A later time: look at its date" in field
