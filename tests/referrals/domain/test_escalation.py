"""A look tells the highest rung alone, loses no time, and is exact when the clocks on the wall change."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from referrals.domain.escalation import DEFAULT_LADDER, SHORTEST_REPEAT, Watch, first_look, plan

LONDON = ZoneInfo("Europe/London")
# Both Sundays of 2026 on which the clocks change, at one in the morning UTC, and a week either side.
CHANGES = [datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)]
WEEK = timedelta(days=7)
starts = st.sampled_from(CHANGES).flatmap(
    lambda change: st.timedeltas(-WEEK, WEEK).map(lambda away: change + away)
)
targets = st.integers(1, 4_320).map(lambda minutes: timedelta(minutes=minutes))


def begun(start, target):
    return Watch(start, start + target, 0, 0)


def after(watch, made):
    return Watch(watch.started_at, watch.target_at, made.step, made.repetition)


@given(starts, targets)
def test_each_rung_is_told_at_its_share_of_the_target_in_elapsed_time(start, target):
    watch = begun(start, target)
    assert first_look(start, watch.target_at, DEFAULT_LADDER) == start + target / 2
    now = start + target / 2
    for rung in DEFAULT_LADDER[:4]:
        assert plan(watch, DEFAULT_LADDER, now - timedelta(microseconds=1)).fired == ()
        made = plan(watch, DEFAULT_LADDER, now)
        assert [(fired.percent, fired.due_at, fired.superseded) for fired in made.fired] == [
            (rung.percent, start + target * rung.percent / 100, False)
        ]
        watch, now = after(watch, made), made.next_look_at


@pytest.mark.parametrize(("change", "hours"), [(CHANGES[0], 3), (CHANGES[1], 1)])
def test_two_hours_across_a_change_are_three_or_one_on_the_wall(change, hours):
    start = change - timedelta(hours=1)
    made = plan(begun(start, timedelta(hours=2)), DEFAULT_LADDER, start + timedelta(hours=2))
    due = made.fired[-1].due_at
    assert due - start == timedelta(hours=2)
    wall = due.astimezone(LONDON).replace(tzinfo=None) - start.astimezone(LONDON).replace(tzinfo=None)
    assert wall == timedelta(hours=hours)


@settings(max_examples=300)
@given(starts, targets, st.integers(0, 40_000))
def test_one_late_look_tells_the_highest_rung_alone(start, target, late):
    now = start + timedelta(minutes=late)
    made = plan(begun(start, target), DEFAULT_LADDER, now)
    due = [rung.percent for rung in DEFAULT_LADDER if start + target * rung.percent / 100 <= now]
    assert [fired.percent for fired in made.fired] == due
    assert [fired.superseded for fired in made.fired] == [True] * (len(due) - 1) + [False] * bool(due)
    assert made.step == len(due)
    assert made.next_look_at > now


@given(starts, targets, st.integers(0, 40_000))
def test_a_look_that_is_made_twice_comes_to_the_same(start, target, late):
    watch, now = begun(start, target), start + timedelta(minutes=late)
    assert plan(watch, DEFAULT_LADDER, now) == plan(watch, DEFAULT_LADDER, now)


@given(starts, targets)
def test_nothing_is_lost_by_looking_exactly_when_it_said(start, target):
    """From the first look on, one look after another: each tells one rung, and none is skipped."""
    watch, now, told = begun(start, target), start + target / 2, []
    for _ in range(15):
        made = plan(watch, DEFAULT_LADDER, now)
        assert len(made.fired) == 1
        told.append((made.fired[0].step, made.fired[0].repetition))
        assert made.fired[0].due_at <= now
        watch, now = after(watch, made), made.next_look_at
    assert told == sorted(set(told))
    assert {step for step, _ in told} == set(range(len(DEFAULT_LADDER)))


@given(starts, targets, st.lists(st.integers(1, 5_000), min_size=1, max_size=12))
def test_the_last_rung_repeats_for_ever_and_missed_ones_are_not_made_up(start, target, gaps):
    step = max(target, SHORTEST_REPEAT)
    watch, now = begun(start, target), start + target * 6
    watch = after(watch, plan(watch, DEFAULT_LADDER, now))
    moments = [now]
    for gap in gaps:
        now += step * gap
        made = plan(watch, DEFAULT_LADDER, now)
        assert [fired.step for fired in made.fired] == [len(DEFAULT_LADDER) - 1]
        assert now - step < made.fired[0].due_at <= now < made.next_look_at <= now + step
        watch = after(watch, made)
        moments.append(made.fired[0].due_at)
    assert watch.repetition == len(gaps)
    assert all(earlier < later for earlier, later in pairwise(moments))
