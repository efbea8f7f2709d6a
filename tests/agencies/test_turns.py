"""Closing time leaves nothing unanswered, in whatever weeks there could be."""

import os
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agencies.duty.hours import Opening
from agencies.duty.turns import Turn, answers, next_turn
from agencies.instants import LONDON

WEEKS = int(os.environ.get("WEEKS", "150"))  # 10,000 in the long form
NOTICE, WEEK = timedelta(minutes=30), timedelta(days=7)
OFFICE = Opening(spans=tuple((day, time(9), time(17)) for day in range(5)))
NIGHT = Opening(spans=tuple((day, time(17), time(9)) for day in range(7)))
ALWAYS = Opening(always=True)


def london(text):
    return datetime.fromisoformat(text).replace(tzinfo=LONDON).astimezone(UTC)


TIMES = st.integers(0, 95).map(lambda quarter: time(quarter // 4, quarter % 4 * 15))
SPANS = st.tuples(st.integers(0, 6), TIMES, TIMES)
HOURS = st.one_of(
    st.just(ALWAYS),
    st.just(OFFICE),
    st.builds(Opening, spans=st.lists(SPANS, max_size=5).map(tuple), closed_on_bank_holidays=st.booleans()),
)
CHAINS = st.lists(HOURS, min_size=1, max_size=3)
YEAR = datetime(2026, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 60 * 24 * 365).map(lambda minutes: YEAR + timedelta(minutes=minutes))


def stretches(chain, sent):
    """The week as the engine takes it: from when to when who answers, and when the sender was told if nobody.

    A clock to the next turn; notice half an hour before it; the turn itself, and the next clock.
    """
    at, answering = sent, answers(chain, sent)
    told = None if answering is not None else sent
    while at < sent + WEEK:
        turn = next_turn(chain, at)
        ends = min(turn.at, sent + WEEK) if turn else sent + WEEK
        yield at, ends, answering, told
        at, answering = ends, turn and turn.answers
        told = max(at - NOTICE, sent) if answering is None else None


@settings(max_examples=WEEKS, deadline=None)
@given(CHAINS, MOMENTS)
def test_at_every_moment_of_the_week_an_open_desk_answers_or_the_sender_was_told_before(chain, sent):
    for begins, ends, answering, told in stretches(chain, sent):
        assert begins < ends
        for look in (begins, begins + (ends - begins) / 2, ends - timedelta(seconds=1)):
            open_ = [place for place, desk in enumerate(chain) if desk.covers(look)]
            assert answering == (open_[0] if open_ else None), "whoever is open, the nearest to home first"
            assert answering is not None or told <= begins, "told before the doors closed"


@pytest.mark.parametrize(
    ("chain", "after", "turn"),
    [
        ([OFFICE, NIGHT], "2026-11-27T16:10", ("2026-11-27T17:00", 1)),
        ([OFFICE], "2026-11-27T16:10", ("2026-11-27T17:00", None)),
        ([OFFICE], "2026-11-27T18:00", ("2026-11-30T09:00", 0)),
        ([OFFICE, ALWAYS], "2026-11-28T12:00", ("2026-11-30T09:00", 0)),
        ([OFFICE, ALWAYS], "2026-10-24T12:00", ("2026-10-26T09:00", 0)),  # the clocks go back
        ([ALWAYS], "2026-11-27T16:10", None),
        ([Opening()], "2026-11-27T16:10", None),
    ],
)
def test_the_next_turn(chain, after, turn):
    wanted = turn and Turn(london(turn[0]), turn[1])
    assert next_turn(chain, london(after)) == wanted


def test_a_desk_of_one_day_a_week_opens_again_after_a_bank_holiday():
    mondays = Opening(spans=((0, time(9), time(17)),), closed_on_bank_holidays=True)
    assert next_turn([mondays], london("2026-12-21T18:00")) == Turn(london("2027-01-04T09:00"), 0)


def test_on_a_bank_holiday_whoever_stands_in_answers():
    office = Opening(spans=OFFICE.spans, closed_on_bank_holidays=True)
    assert answers([office, ALWAYS], london("2026-12-25T12:00")) == 1
    assert next_turn([office, ALWAYS], london("2026-12-24T12:00")) == Turn(london("2026-12-24T17:00"), 1)
    assert next_turn([office, ALWAYS], london("2026-12-24T18:00")) == Turn(london("2026-12-29T09:00"), 0)
