"""A typed time is of the wall: of an hour that comes twice the first; one that never was is refused."""

import ast
from datetime import UTC, datetime

import pytest
from django import forms

from agencies.models import Membership, Shift
from agencies.roles import Role
from referrals.pages.agreement_forms import DateForm
from referrals.screens.detaining import DetainForm
from referrals.screens.forms import MomentField
from tests.house.sources import files, parsed
from tests.referrals.services.detaining import detain, now


@pytest.mark.parametrize(
    ("typed", "means"),
    [
        ("2026-10-25T00:59", datetime(2026, 10, 24, 23, 59, tzinfo=UTC)),
        ("2026-10-25T01:30", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("25/10/2026 01:30", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("2026-10-25T02:00", datetime(2026, 10, 25, 2, 0, tzinfo=UTC)),
        ("2026-10-25T01:30:00Z", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
        ("2026-03-29T02:00", datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
    ],
)
def test_an_hour_that_comes_twice_is_the_first_of_the_two(typed, means):
    assert MomentField("When").clean(typed) == means


@pytest.mark.parametrize("typed", ["2026-03-29T01:00", "2026-03-29T01:59"])
def test_a_time_that_the_clocks_pass_over_is_refused(typed):
    with pytest.raises(
        forms.ValidationError, match=f"There was no {typed[-5:]} on that day: the clocks went"
    ):
        MomentField("When").clean(typed)


def test_what_is_no_time_or_none_is_said_as_before():
    with pytest.raises(forms.ValidationError, match="such as 21/11/2026 21:40"):
        MomentField("When").clean("half past one")
    assert MomentField("When").clean("") is None
    assert not DateForm({"live_from": "", "reason": "as agreed"}).is_valid()
    assert DetainForm({"detained_at": "2026-03-29T01:30"}).errors["detained_at"]


def test_a_shift_may_begin_in_that_hour(world, desk):
    held = Membership.objects.select_related("user").filter(team=world.teams["trust"], role=Role.SUPERVISOR)
    said = {"team": "trust-desk", "tier": "supervisor", "username": held.first().user.username}
    times = {"begins": "2099-10-25T01:30", "ends": "2099-10-25T08:00"}
    assert desk("trust").post("/tracker/rota/", {"do": "add", **said, **times}).status_code == 302
    assert Shift.objects.get().during.lower == datetime(2099, 10, 25, 0, 30, tzinfo=UTC)


def test_an_arrival_in_that_hour_is_entered(world, desk, as_superuser):
    held = detain(world.police)
    as_superuser.execute("update referrals_detention set detained_at = '2026-10-24T23:00Z'")
    as_superuser.commit()
    said = {"at": "2026-10-25T01:30", "place": world.teams["trust"].pk, "place_kind": "health_based"}
    assert desk("police").post(f"/tracker/detentions/{held.pk}/arrived/", said).status_code == 302
    assert now(world.police, held).row.starts_at == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_no_form_asks_for_a_time_in_any_other_way():
    asked = [
        path.name
        for path in files("referrals/screens", "referrals/pages")
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "forms.DateTimeField"
    ]
    assert asked == []
