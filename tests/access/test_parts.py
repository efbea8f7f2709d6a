"""The parts of the matrix hold each question once, and as much of everything as each other."""

from collections import Counter
from itertools import product

import pytest

from tests.access.asking import METHODS
from tests.access.parts import Part, part

ROLES = ("worker", "supervisor", "manager", "director", "liaison", "auditor", "desk", "program", "no scope")
WALLS = ("both walls", "rows alone", "filter alone")
WAYS = list(product(ROLES, METHODS))
PARTS = [Part(number, 40) for number in range(1, 41)]
ABOUT = list(product(WALLS, (f"address-{number}" for number in range(200))))


def held(one):
    return [(about, *way) for about in ABOUT for place, way in enumerate(WAYS) if one.holds(place, *about)]


def test_forty_parts_hold_every_question_once():
    asked = Counter(question for one in PARTS for question in held(one))
    assert set(asked.values()) == {1}
    assert len(asked) == len(ABOUT) * len(WAYS)


def test_a_part_holds_as_much_as_the_next_of_every_address_wall_role_and_method():
    for one in PARTS:
        questions = held(one)
        assert {about for about, *_ in questions} == set(ABOUT)
        for what in (lambda each: each[0][0], lambda each: each[1], lambda each: each[2]):
            told = Counter(map(what, questions))
            assert min(told.values()) > max(told.values()) / 2


def test_a_part_is_named_by_its_number_and_their_number():
    assert part("3/40") == Part(3, 40)
    assert part("all") == Part(1, 1)
    assert part("") is None


@pytest.mark.parametrize("named", ["0/40", "41/40", "3", "3/0", "half", "3/40/2"])
def test_a_part_that_is_not_one_is_refused(named):
    with pytest.raises(ValueError, match="as in 3/40"):
        part(named)
