"""An NHS number is known in whatever way it was typed."""

import pytest

from referrals.domain.nhs_number import digits_of, looks_like_one


@pytest.mark.parametrize(
    "typed", ["9990000018", "999 000 0018", "999-000-0018", " 999\u00a0000\t0018 ", "999 000-0018"]
)
def test_spaces_and_hyphens_do_not_matter(typed):
    assert digits_of(typed) == "9990000018"
    assert looks_like_one(digits_of(typed))


@pytest.mark.parametrize("typed", ["", "999 000 001", "99900000188", "999 000 001X", "٩٩٩٠٠٠٠٠١٨"])
def test_what_has_not_ten_digits_is_none(typed):
    assert not looks_like_one(digits_of(typed))
