"""What is so small that it would point at somebody is not shown, nor what would give it away."""

import pytest

from referrals.reporting.report import Definition, Line, Tally, Told, share


def told(*lines, of_people=True, **left_out):
    """A measure with these lines: group, part and whole."""
    tally = Tally([share(*line) for line in lines], sum(line[2] for line in lines), left_out)
    words = ("Title", 1, "part", "whole", "none", "per cent")
    definition = Definition(*words, count=lambda asked: tally, of_people=of_people)
    return Told("measure", definition, None, tally)


def hidden(measure):
    return [line.group for line, is_hidden in measure.shown if is_hidden]


@pytest.mark.parametrize(
    ("part", "whole", "shown"),
    [
        (0, 0, True),  # nobody is nobody
        (0, 9, True),
        (9, 9, True),
        (5, 10, True),
        (4, 10, False),
        (1, 100, False),
        (6, 10, False),  # the other four
        (0, 4, False),
        (4, 4, False),
    ],
)
def test_fewer_than_five_are_not_shown_nor_what_is_less_by_so_few(part, whole, shown):
    measure = told(("all", part, whole))
    assert hidden(measure) == ([] if shown else ["all"])
    assert measure.counted == (whole if shown else None)


def test_of_what_counts_no_people_only_a_small_whole_is_hidden():
    assert hidden(told(("all", 1, 9), of_people=False)) == []
    assert hidden(told(("all", 1, 4), of_people=False)) == ["all"]


def test_one_hidden_group_takes_the_smallest_other_with_it():
    measure = told(("a", 50, 100), ("b", 3, 10), ("c", 20, 40))
    assert hidden(measure) == ["b", "c"]
    assert hidden(told(("a", 50, 100), ("b", 3, 10), ("c", 1, 40))) == ["b", "c"]


def test_few_who_were_left_out_are_not_counted_either():
    measure = told(("all", 5, 10), young=4, undone=5, gone=0)
    assert measure.left_out == {"young": None, "undone": 5, "gone": 0}


def test_a_share_is_of_something():
    assert share("all", 1, 3) == Line("all", 1, 3, 33.3)
    assert share("all", 0, 0).value is None
