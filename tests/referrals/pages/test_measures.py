"""Measures as they are drawn: whole words, lengths in per cent, and what is not shown told from nothing."""

import re
from datetime import timedelta

import pytest

from referrals.models.keys import instant
from referrals.reporting.detention import HOURS_OF_WEEK
from referrals.reporting.report import Line
from referrals.screens import charts, measure_words
from tests.factories.missing import report, step


@pytest.mark.parametrize(
    ("said", "by", "shown"),
    [
        ("2026-W48", "week", "Week of 23 Nov 2026"),
        ("2026-W53, 90th centile", "week", "Week of 28 Dec 2026, 90th centile"),
        ("all", "all", "Whole period"),
        ("high, median", "grade", "High, median"),
        ("Alder Suite, place of safety", "place", "Alder Suite, place of safety"),
    ],
)
def test_a_line_is_called_as_people_say_it(said, by, shown):
    assert measure_words.group(said, by) == shown


def test_bars_are_lengths_in_per_cent_and_what_is_hidden_has_none():
    lines = [(Line("a", 4, 8, 50.0), False), (Line("b", 1, 2, 50.0), True), (Line("c", 0, 0, None), False)]
    drawn = [(bar.label, bar.words, bar.width) for bar in charts.bars(lines, "%", 100.0)]
    assert drawn == [("a", "50%", 50.0), ("b", "too few to show", 0.0), ("c", "none", 0.0)]


def test_an_hour_of_too_few_people_does_not_look_like_none():
    lines = [(Line(HOURS_OF_WEEK[0], 9, 9, 9.0), False), (Line(HOURS_OF_WEEK[1], 2, 2, 2.0), True)]
    many, few, none, *_ = charts.week(lines, HOURS_OF_WEEK).cells
    assert (many.figure, few.figure, none.figure) == ("9", "–", "")
    assert len({many.shade, few.shade, none.shade}) == 3
    assert few.words.endswith(": too few to show")


def test_the_page_says_so_and_cuts_no_label(desk):
    shown = desk("police").get("/tracker/measures/").content.decode()
    assert "truncate" not in shown
    assert "/api/v1/reports/" not in shown
    assert "How it is counted" in shown


def test_those_of_missing_patients_and_of_decisions_are_shown_and_minutes_are_no_per_cent(world, desk):
    for _ in range(5):
        found = report(world, facts={"absence_confirmed_at": instant() - timedelta(minutes=10)})
        step(world.trust, found, "locate")
    shown = " ".join(
        re.sub(r"<[^>]+>", " ", desk("trust").get("/tracker/measures/").content.decode()).split()
    )
    drawn = shown.partition("absence being confirmed over the period, per cent")[2].partition("The table")[0]
    assert drawn.split() == ["Whole", "period", "100%"], "the median is of another unit: in the table alone"
    for title in (
        "Decisions overturned on review",
        "How long patients are missing by risk grade",
        "High risk, taken by the police in time",
        "Missing again within 72 hours",
    ):
        assert title in shown
    assert "Not graded, 90th" in shown
