"""A child is whoever is under 18 on London's calendar."""

from datetime import UTC, date, datetime

import pytest

from agencies.instants import day_of
from referrals.domain.age import is_child, years


@pytest.mark.parametrize(
    ("known", "child"),
    [
        ({"born": date(2008, 11, 22), "age": 40, "stated": False}, True),
        ({"born": date(2008, 11, 21), "age": 3, "stated": True}, False),
        ({"born": None, "age": 17, "stated": False}, True),
        ({"born": None, "age": None, "stated": None}, None),
        ({"born": None, "age": None, "stated": True}, True),
    ],
)
def test_under_18_by_birth_then_by_age_then_as_it_was_thought(known, child):
    assert is_child(**known, on=date(2026, 11, 21)) is child


@pytest.mark.parametrize(("on", "old"), [(date(2027, 2, 28), 18), (date(2027, 3, 1), 19)])
def test_born_on_a_leap_day_a_year_is_full_on_the_first_of_march(on, old):
    assert years(age=None, born=date(2008, 2, 29), on=on) == old


@pytest.mark.parametrize(
    ("at", "child"),
    [
        (datetime(2026, 7, 1, 22, 59, tzinfo=UTC), True),
        (datetime(2026, 7, 1, 23, 0, tzinfo=UTC), False),
        (datetime(2026, 12, 1, 23, 59, tzinfo=UTC), True),
    ],
)
def test_in_summer_the_birthday_begins_at_london_s_midnight(at, child):
    born = date(2008, 7, 2) if at.month == 7 else date(2008, 12, 2)
    assert is_child(stated=None, age=None, born=born, on=day_of(at)) is child
