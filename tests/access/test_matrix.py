"""Everybody asks at every address for everything: nobody gets, learns or changes what is not theirs.

Four agencies take their turns: one whose cases they are, one that has a part, one that has left, one that
has none. Each plays with both walls and without the application's filter, the last also without row-level
security.

In the whole matrix every role tries every method on every key, behind every wall: half a million questions,
five hours. ACCESS=3/40 asks the third of forty equal parts of it, in a few minutes; each part holds as much
as the next of every address, role, method and wall, and always the same. ACCESS=all asks all of it.
"""

from itertools import product

import pytest

from tests.access.asking import looks_at
from tests.access.parts import PART
from tests.access.playing import (
    from_outside,
    in_part,
    in_turns,
    is_strange,
    log_of,
    play,
    rows_as_they_are,
    shows_rows,
)
from tests.access.table import Told
from tests.access.walls import WALLS, guarded, without_row_security, without_the_filter

VIEWS = ["police", "trust", "other_trust", "stranger"]
SHOWN = 15
LOOKED = {"case.read", "attachment.read", "export"}  # what the log has of whoever only looks


def plays(story, agency, wall):
    if PART:
        return list(in_part(story, agency, wall, PART))
    return [each for each in in_turns(story, agency) if is_asked(agency, wall, each)]


def is_asked(agency, wall, asked):
    """Who may look at what is asked once: of the police behind both walls, of others without the filter."""
    if wall != "both walls":
        return shows_rows(asked)
    return agency == "police" or asked[2] != "GET" or not shows_rows(asked)


def told(problems):
    return f"{len(problems)} problems\n" + "\n".join(map(str, problems[:SHOWN]))


def is_tried(agency, wall):
    """All behind both walls; whoever has a part without the filter, too, and strangers behind either."""
    if PART or wall == "both walls":
        return True
    return agency == "stranger" or (agency == "trust" and wall == "rows alone")


@pytest.mark.parametrize(
    ("agency", "wall"), [each for each in product(VIEWS, WALLS) if is_tried(*each)], indirect=["wall"]
)
def test_nobody_gets_or_changes_what_is_not_theirs(agency, wall, story, as_superuser):
    asked = plays(story, agency, wall)
    before, log = rows_as_they_are(as_superuser), log_of(as_superuser)
    problems = play(story, filter(is_strange, asked))
    after, added = rows_as_they_are(as_superuser), log_of(as_superuser) - log
    assert not problems, told(problems)
    assert {name for name in before if before[name] != after[name]} == set()
    assert added.keys() <= LOOKED
    problems = play(story, [each for each in asked if not is_strange(each)])
    assert not problems, told(problems)


def test_without_either_wall_the_matrix_finds_the_leaks(story, as_superuser, monkeypatch):
    """It can fail: of what the council asks, every line about a case's rows is told too much."""
    without_the_filter(monkeypatch, guarded(as_superuser))
    looks = [each for each in in_turns(story, "stranger") if each[2] == "GET" and is_strange(each)]
    with without_row_security(as_superuser):
        problems = play(story, looks)
    lines = {
        question.route.name
        for question, asker, _ in looks
        if of_a_case(question.rule) and looks_at(question.rule, asker)
    }
    missed = lines - {problem.route for problem in problems}
    assert not missed, missed
    assert sum(bool(problem.leaked) for problem in problems) > len(lines) / 2


def of_a_case(rule):
    """Whether looking there shows a row of a case, or that there is one.

    A draft of a missing report is shown to whoever typed it, whatever the agency's walls let through.
    """
    if rule.of == "row:UnsentReport":
        return False
    keys = ("referral", "reference", "case", "part", "row:")
    shows = "GET" in rule.methods and rule.roles and Told.ABSENT in rule.stranger
    return shows and rule.of.startswith(keys)


def test_nobody_in_particular_gets_no_further_than_the_sign_in(story, as_superuser):
    before = rows_as_they_are(as_superuser)
    problems = play(story, from_outside(story))
    assert not problems, told(problems)
    assert rows_as_they_are(as_superuser) == before
