"""The measures of detentions, against the same counted another way, and examples counted by hand."""

from datetime import timedelta

import pytest

from agencies.acting import acting_for
from referrals.models.keys import instant
from referrals.reporting.detention import HOURS_OF_WEEK, MEASURES
from referrals.reporting.modelled import Estimate
from referrals.reporting.report import Asked, Line, Tally, Told
from tests.detentions import DAYS, SINCE, Simulated, counted, everything, officer_minutes
from tests.referrals.services.detaining import accept, ago, arrive, ask, detain, enter, waits

PERIOD = (SINCE, SINCE + timedelta(days=DAYS))
NOW = SINCE + timedelta(days=DAYS + 1)


def count(actor, measure, by="all", period=PERIOD, now=NOW):
    with acting_for(actor.agency_id):
        return MEASURES[measure].count(Asked(actor, *period, now=now, by=by))


@pytest.fixture
def many(world, as_superuser):
    """Some hundred detentions over five weeks, one of which has an hour more."""
    Simulated(world, 150).write(as_superuser)
    return as_superuser


def test_they_equal_the_same_counted_another_way(world, many):
    expected = counted(everything(many), NOW)
    for measure, (numerator, denominator) in expected.items():
        found = count(world.police, measure)
        line = found.lines[0]
        assert (line.numerator, line.denominator) == (numerator, denominator), measure
        assert found.counted + sum(found.left_out.values()) == 150, measure
        weeks = [x for x in count(world.police, measure, "week").lines if "," not in x.group]
        assert sum(x.numerator for x in weeks) == numerator, measure


def test_officer_hours_equal_a_count_of_every_minute(world, many):
    period = {"since": PERIOD[0], "until": PERIOD[1], "now": NOW}
    by_week = officer_minutes(many, "week", **period)
    found = count(world.police, "officer-hours", "week")
    assert {x.group: x.value for x in found.lines} == {
        week: round(minutes / 60, 1) for week, minutes in by_week.items()
    }
    hours = "to_char(at at time zone 'Europe/London', 'Dy HH24:00')"
    by_hour = officer_minutes(many, hours, **period)
    found = count(world.police, "officer-hours", "hour_of_week")
    told = {x.group: x.value for x in found.lines}
    assert {g: v for g, v in told.items() if v} == {
        group: round(minutes / 60, 1) for group, minutes in by_hour.items() if round(minutes / 60, 1)
    }
    assert set(told) <= set(HOURS_OF_WEEK)
    total = count(world.police, "officer-hours").lines[0].value
    assert total == pytest.approx(sum(by_week.values()) / 60, abs=0.1)


def test_outcomes_and_places_add_up(world, many):
    by_outcome = count(world.police, "detention-outcomes", "outcome")
    assert sum(x.numerator for x in by_outcome.lines) == by_outcome.counted
    places = {x.group for x in count(world.police, "handover-within-60", "place").lines}
    assert {"no place entered", world.teams["trust"].name} <= places


def test_nobody_elses_are_counted(world, many):
    for measure in MEASURES:
        assert count(world.stranger, measure).counted == 0


def test_a_place_counts_those_that_came_to_it(world):
    held = detain(world.police, 300)
    ask(world, held)
    arrive(world, held, 200)
    now = instant()
    found = count(world.trust, "arrival-to-assessment", period=(ago(600), now), now=now)
    assert found.left_out["no assessment entered"] == 1


def test_how_long_police_wait_at_the_median_and_at_the_worst(world):
    """Half an hour, an hour and a half, ten hours; and one who is said to be released before they arrived."""
    for waited in (30, 90, 600, -5):
        held = detain(world.police, 900)
        arrive(world, held, 700)
        enter(world.police, held, "last_officer_released", 700 - waited)
    now = instant()
    found = count(world.police, "arrival-to-release", period=(ago(1_000), now), now=now)
    said = {line.group: (line.numerator, line.denominator, line.value) for line in found.lines}
    assert said["all"] == (1, 3, 90.0)
    assert (said["all, mean"][2], said["all, longest"][2]) == (240.0, 600.0)
    assert found.left_out["released before they arrived: one of the times is wrong"] == 1
    quick = count(world.police, "handover-within-60", period=(ago(1_000), now), now=now)
    assert quick.lines[0][1:3] == (1, 3)


def test_what_is_few_is_not_shown(world):
    held = detain(world.police, 300)
    (asked,) = ask(world, held)
    waits(world.police, held, number=2, since=ago(300))
    arrive(world, held, 200)
    accept(world.trust, asked)
    enter(world.police, held, "last_officer_released", 150)
    now = instant()
    asked_for = Asked(world.police, ago(600), now, now=now)
    for name, definition in MEASURES.items():
        with acting_for(world.police.agency_id):
            told = Told(name, definition, asked_for, definition.count(asked_for))
        assert all(hidden or not line.denominator for line, hidden in told.shown), name
    hours = count(world.police, "officer-hours", period=(ago(600), now), now=now)
    assert (hours.lines[0].value, hours.counted) == (5.0, 1)


def test_of_few_who_were_assessed_soon_the_number_is_not_shown():
    """Of nine, two within three hours; and of nine, seven, so that the others are two."""
    for soon in (2, 7):
        tally = Tally([Line("all", soon, 9, 120.0)], 9, {})
        told = Told("arrival-to-assessment", MEASURES["arrival-to-assessment"], None, tally)
        assert [hidden for _, hidden in told.shown] == [True]
        assert told.counted is None


def test_an_estimate_says_from_what_it_was_reckoned():
    saved = Estimate(detentions=55, measured=600.0)
    assert saved.hours == 400.0
    assert "baseline" in saved.formula
    assert "18.2 hours each" in saved.baseline
