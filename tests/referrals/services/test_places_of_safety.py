"""Kinds of place of safety are rows: a day on which one ends is entered, and holds in the database too."""

from datetime import date, timedelta

import psycopg
import pytest
from django.core.management import CommandError, call_command

from referrals.domain.detention import PLACE_KINDS
from referrals.domain.errors import Invalid
from referrals.models import PlaceKindRule
from referrals.models.keys import instant
from referrals.services.places_of_safety import change_kind_of_place, kind_of_place
from tests.referrals.services.detaining import arrive, detain

ORDER = "Mental Health Act 2025 (Commencement) Order"


@pytest.fixture
def ended(in_role, world):
    """Police stations ended yesterday."""
    with in_role("owner"):
        return change_kind_of_place(
            code="police_station", until=instant().date() - timedelta(days=1), source=ORDER
        )


def test_every_kind_is_shipped_with_its_law(db):
    assert set(PlaceKindRule.objects.values_list("code", flat=True)) == set(PLACE_KINDS)
    for code in PLACE_KINDS:
        assert kind_of_place(code).source.startswith("Mental Health Act 1983, s.13")
    assert [code for code in PLACE_KINDS if kind_of_place(code).adults_only] == ["police_station"]
    assert kind_of_place("tent") is None


def test_a_kind_that_has_ended_takes_nobody_any_more(world, ended):
    held = detain(world.police, 60)
    with pytest.raises(Invalid) as refused:
        arrive(world, held, 10, place_kind="police_station")
    assert refused.value.errors == {"/place_kind": f"another place of safety: {refused.value.message}"}
    assert ORDER in str(refused.value)
    arrive(world, held, 10, place_kind="health_based")


def test_what_was_before_may_still_be_entered(world, ended):
    held = detain(world.police, 4 * 24 * 60)
    assert arrive(world, held, 3 * 24 * 60, place_kind="police_station").place_kind == "police_station"


def test_what_held_before_stays_to_be_read(ended):
    rows = PlaceKindRule.objects.filter(code="police_station").order_by("id")
    assert [row.until for row in rows] == [None, ended.until]
    assert {row.since for row in rows} == {date(1983, 9, 30)}
    assert all(row.adults_only for row in rows)


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"code": "tent", "source": ORDER}, "/code"),
        ({"code": "care_home", "source": " "}, "/source"),
        ({"code": "police_station", "source": ORDER, "until": date(1983, 9, 30)}, "/until"),
    ],
)
def test_a_change_that_cannot_be_is_refused_by_name(in_role, world, said, field):
    with in_role("owner"), pytest.raises(Invalid) as refused:
        change_kind_of_place(**said)
    assert set(refused.value.errors) == {field}


def test_the_command_says_what_holds_now(in_role, world, capsys):
    with in_role("owner"):
        call_command("place_kind", "police_station", "--until", "2028-04-01", "--source", ORDER)
        assert "from 1983-09-30 until 2028-04-01" in capsys.readouterr().out
        with pytest.raises(CommandError, match="a day after 1983-09-30"):
            call_command("place_kind", "police_station", "--until", "1980-01-01", "--source", ORDER)


ADD = """insert into referrals_placekindrule (code, adults_only, source, made_at)
         values ('other', false, 'x', now())"""


@pytest.mark.parametrize("role", ["web", "worker"])
@pytest.mark.parametrize(
    "statement",
    [
        ADD,
        "update referrals_placekindrule set adults_only = false",
        "delete from referrals_placekindrule",
    ],
)
def test_only_the_owner_adds_one_and_nobody_changes_any(request, role, statement):
    connection = request.getfixturevalue(f"as_{role}")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement)


@pytest.mark.parametrize(
    "statement",
    ["update referrals_placekindrule set adults_only = false", "truncate referrals_placekindrule"],
)
def test_not_even_the_owner_changes_what_held(as_owner, statement):
    with pytest.raises(psycopg.errors.RestrictViolation):
        as_owner.execute(statement)
