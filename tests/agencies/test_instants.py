"""One moment has one spelling, whoever writes the document."""

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agencies.instants import on_the_wall, spelt

MICROSECOND = timedelta(microseconds=1)
MOMENTS = st.integers(-(10**15), 10**15).map(lambda n: datetime(2026, 11, 21, tzinfo=UTC) + n * MICROSECOND)


@pytest.mark.parametrize(
    ("microsecond", "written"),
    [(0, "10:00:00"), (1, "10:00:00.000001"), (250_000, "10:00:00.25"), (100_200, "10:00:00.1002")],
)
def test_a_fraction_ends_where_its_noughts_begin(microsecond, written):
    at = datetime(2026, 11, 21, 10, microsecond=microsecond, tzinfo=UTC)
    assert spelt(at) == f"2026-11-21T{written}+00:00"


def test_an_offset_stays_as_it_is():
    at = datetime(2026, 7, 1, 9, 30, microsecond=500_000, tzinfo=timezone(timedelta(hours=1)))
    assert spelt(at) == "2026-07-01T09:30:00.5+01:00"


@given(at=MOMENTS)
def test_it_is_read_back_as_the_same_moment(at):
    assert datetime.fromisoformat(spelt(at)) == at


def test_the_database_writes_it_letter_for_letter(as_web):
    begun = datetime(2026, 11, 21, 23, 59, 59, tzinfo=UTC)
    moments = [begun + timedelta(microseconds=step) for step in (0, 1, 10, 900, 1_000, 250_000, 999_990)]
    as_web.execute("set time zone 'UTC'")
    written = as_web.execute(
        "select to_json(t)::text from unnest(%s) with ordinality u(t, n) order by n", [moments]
    )
    assert [json.loads(text) for (text,) in written] == [spelt(at) for at in moments]


def test_a_time_without_an_offset_is_no_instant():
    with pytest.raises(ValueError, match="has no offset"):
        spelt(datetime.fromisoformat("2026-11-21T10:00:00"))


def test_the_wall_shows_londons_time():
    assert on_the_wall(datetime(2026, 7, 1, 23, 30, tzinfo=UTC)) == "00:30 on 2 July 2026"
