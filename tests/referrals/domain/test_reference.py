"""References survive a bad line: what is misheard or mistyped is caught, and none is given twice."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referrals.domain.reference import ALPHABET, BASE, LENGTH, SPACE, STEP, BadReference, clean, make

numbers = st.integers(0, SPACE * 2)
kinds = st.sampled_from(sorted(STEP))
typing = st.sampled_from([str.lower, str.upper, str.title])
NONE = [
    "", "R", "X-7KD4-HNWT", "R-7KD4-HNW", "R-7KD4-HNWTT", "R-7KD4-HNWO", "7KD4-HNWT", "R-\u017fKD4-HNWT",
]  # fmt: skip


def caught(text):
    with pytest.raises(BadReference):
        clean(text)
    return True


@given(kinds, numbers)
def test_every_single_wrong_character_is_caught(kind, number):
    good = make(kind, number)
    places = [place for place, letter in enumerate(good) if letter != "-"][1:]
    for place, wrong in product(places, ALPHABET):
        if wrong != good[place]:
            assert caught(good[:place] + wrong + good[place + 1 :])


@given(kinds, numbers)
def test_every_swap_of_two_neighbours_is_caught(kind, number):
    code = make(kind, number)[2:].replace("-", "")
    for place in range(LENGTH):
        swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
        assert swapped == code or caught(f"{kind}-{swapped[:4]}-{swapped[4:]}")


@given(numbers)
def test_a_case_is_not_taken_for_a_referral(number):
    assert caught("R" + make("C", number)[1:])
    assert caught("C" + make("R", number)[1:])


@given(kinds, numbers, typing, st.sampled_from(["", " ", "-", " - "]))
def test_however_it_is_typed_it_is_read(kind, number, case, gap):
    good = make(kind, number)
    assert clean(case(good.replace("-", gap))) == good


@pytest.mark.parametrize("text", NONE)
def test_what_is_no_reference_at_all_is_refused_with_a_pattern(text):
    with pytest.raises(BadReference):
        clean(text)


def test_nothing_is_mistaken_for_anything_else_over_a_radio():
    mistaken = ["0OQ", "1IL", "2Z", "5S", "8B"]
    assert all(sum(letter in ALPHABET for letter in group) == 0 for group in mistaken)
    assert len(set(ALPHABET)) == BASE == 23
    assert all(BASE % divisor for divisor in range(2, BASE))  # a prime: what the check rests on


@pytest.mark.parametrize("kind", sorted(STEP))
def test_none_is_given_twice(kind):
    assert SPACE % STEP[kind] != 0
    assert len({make(kind, number) for number in range(100_000)}) == 100_000


def test_neighbours_in_time_do_not_look_alike():
    pairs = [(make("R", number), make("R", number + 1)) for number in range(1_000)]
    alike = [sum(a == b for a, b in zip(one[2:], other[2:], strict=True)) - 1 for one, other in pairs]
    assert max(alike) <= 5
