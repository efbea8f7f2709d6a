"""Areas are read in one way, however they were typed."""

import pytest

from agencies.areas import as_kept, ways_to_write


@pytest.mark.parametrize(
    ("typed", "ways"),
    [
        ("SE5", ["se5"]),
        ("se5 9rs", ["se5 9rs", "se5"]),
        ("SE59RS", ["se59rs", "se5"]),
        ("EC1A 1BB", ["ec1a 1bb", "ec1a", "ec1"]),
        ("ec1a", ["ec1a", "ec1"]),
        (" Kingston  upon Thames ", ["kingston upon thames"]),
    ],
)
def test_a_whole_postcode_is_in_its_district(typed, ways):
    assert ways_to_write(typed) == ways


@pytest.mark.parametrize(
    ("typed", "kept"), [(" se15", "SE15"), ("ec1a", "EC1A"), ("isle  of Wight", "isle of Wight")]
)
def test_a_district_is_kept_in_capitals_and_a_borough_as_it_was_typed(typed, kept):
    assert as_kept(typed) == kept
