"""Gaps of the rota ahead, in words, as the rota will answer when the time has come."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agencies.duty.gaps import Change, Gap, Plan, Shift, gaps, in_words
from agencies.duty.hours import Opening
from agencies.duty.rota import Recipient
from agencies.duty.timeline import Timeline
from agencies.instants import LONDON
from agencies.roles import Role

FRIDAY = datetime(2026, 11, 27, tzinfo=LONDON)
HOUR = timedelta(hours=1)
AMY, BEN = (Recipient(1, number, number, name, "supervisor") for number, name in ((1, "Amy"), (2, "Ben")))
POST = (7, Role.SUPERVISOR)
OFFICE = Opening(spans=tuple((day, time(8), time(16)) for day in range(5)))
CLOSED = Opening()


def at(hours):
    """So many hours after that Friday's midnight."""
    return (FRIDAY + hours * HOUR).astimezone(UTC)


def shift(begins, ends, who=AMY):
    return Shift(POST, who, at(begins), at(ends))


def found(plan, until=96):
    return [
        ((each.begins - at(0)) / HOUR, (each.ends - at(0)) / HOUR) for each in gaps(plan, at(0), at(until))
    ]


def test_friday_afternoon_to_monday_morning_in_words():
    plan = Plan({7: OFFICE}, members={POST: (AMY,)}, shifts=[shift(0, 8)])
    (gap,) = gaps(plan, at(0), at(81))
    assert in_words(gap, "Crisis hub") == (
        "Friday 27 November 16:00 to Monday 08:00: nobody at tier 2 (supervisor) of Crisis hub"
    )


@pytest.mark.parametrize(
    ("ends", "said"),
    [(20, "16:00 to 20:00:"), (48, "16:00 to Sunday 00:00:"), (400, "Sunday 13 December 16:00:")],
)
def test_the_end_is_said_as_far_as_it_is_needed(ends, said):
    assert said in in_words(Gap(7, Role.SUPERVISOR, at(16), at(ends)), "Crisis hub")


def test_a_gap_longer_than_what_was_looked_at_says_so():
    (gap,) = gaps(Plan({7: CLOSED}, shifts=[shift(-9, -1)]), at(0), at(80))
    said = in_words(gap, "Crisis hub")
    assert said.startswith("Since before Friday 27 November 00:00 to Monday 30 November and beyond: nobody")


@pytest.mark.parametrize(
    ("plan", "expected"),
    [
        (Plan({7: CLOSED}, shifts=[shift(0, 8), shift(10, 96)]), [(8, 10)]),
        (Plan({7: CLOSED}, shifts=[shift(0, 8), shift(8, 96, BEN)]), []),
        (Plan({7: CLOSED}, shifts=[shift(0, 60), shift(50, 96, BEN)]), []),
        (Plan({7: Opening(always=True)}, members={POST: (AMY,)}), []),
        (Plan({7: OFFICE}, members={POST: (AMY,)}), [(0, 8), (16, 80), (88, 96)]),
        (Plan({7: CLOSED}), []),
    ],
)
def test_what_is_a_gap(plan, expected):
    assert found(plan) == expected


def test_where_no_liaison_is_at_the_desk_is_no_gap():
    assert found(Plan({7: OFFICE}, members={(7, Role.LIAISON): (AMY,)})) == []


def test_who_is_taken_off_leaves_a_gap_and_who_stands_in_fills_it():
    plan = Plan({7: CLOSED}, shifts=[shift(0, 96)])
    off = Change(POST, AMY.membership_id, None, at(10), at(20))
    assert found(replace(plan, changes=[off])) == [(10, 20)]
    assert found(replace(plan, changes=[replace(off, by=BEN)])) == []


SHIFTS = st.lists(
    st.tuples(st.integers(0, 90), st.integers(1, 40), st.sampled_from([AMY, BEN])).map(
        lambda drawn: shift(drawn[0], drawn[0] + drawn[1], drawn[2])
    ),
    max_size=6,
)


@settings(max_examples=100, deadline=None)
@given(SHIFTS, st.sampled_from([OFFICE, CLOSED]), st.integers(0, 95))
def test_nobody_is_there_at_a_moment_if_and_only_if_it_lies_in_a_gap(shifts, opening, hour):
    plan = Plan({7: opening}, members={POST: (BEN,)}, shifts=shifts)
    inside = [gap for gap in gaps(plan, at(0), at(96)) if gap.begins <= at(hour) < gap.ends]
    assert bool(inside) == (not plan.rota(at(hour)).there(POST))


class TestTimeline:
    """Who answers at any moment of a stretch of time."""

    DESKS = {7: (8, AMY), 8: (None, BEN)}
    ALWAYS = Opening(always=True)

    def told(self, plan, hour, tier=Role.SUPERVISOR):
        timeline = Timeline(plan, at(0), at(96))
        return [who.name for who in timeline.recipients(7, tier, at(hour))]

    def test_it_changes_when_a_shift_does(self):
        plan = Plan({7: CLOSED}, shifts=[shift(0, 8), shift(8, 96, BEN)])
        assert [self.told(plan, hour) for hour in (0, 7.99, 8, 95)] == [["Amy"], ["Amy"], ["Ben"], ["Ben"]]

    def test_whoever_stands_in_answers_and_at_last_the_duty_contact(self):
        stands_in = Plan({7: CLOSED, 8: self.ALWAYS}, {(8, Role.SUPERVISOR): (BEN,)}, behind=self.DESKS)
        assert self.told(stands_in, 3) == ["Ben"]
        assert self.told(Plan({7: CLOSED, 8: CLOSED}, behind=self.DESKS), 3) == ["Amy"]
        assert self.told(stands_in, 3, tier=None) == ["Amy"]

    def test_a_liaison_answers_at_the_desk_and_a_supervisor_else(self):
        desk = Plan({7: OFFICE}, {(7, Role.LIAISON): (AMY,)}, shifts=[shift(0, 96, BEN)])
        assert [self.told(desk, hour, Role.LIAISON) for hour in (9, 17)] == [["Amy"], ["Ben"]]

    def test_of_another_agencys_team_nobody_is_named(self):
        assert Timeline(Plan({7: OFFICE}), at(0), at(96)).recipients(9, Role.SUPERVISOR, at(1)) == ()
