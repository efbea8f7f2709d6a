"""The clock of a detention, for any arrival, any zone and any order of entry; and the rules of places."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agencies.roles import Audience
from referrals.domain.detention import (
    ENDS_AT_ONCE,
    HANDOVER,
    LONGEST_EXTENSION,
    RULES,
    UNASSESSED,
    WARN_AFTER,
    Milestone,
    Outcome,
    PlaceKind,
    Power,
    advice,
    expiry,
    facts,
    standing,
)
from referrals.domain.escalation import LADDERS, Watch, plan

LONDON = ZoneInfo("Europe/London")
# The nights on which clocks change in London, an hour on and an hour back.
CHANGES = [datetime(2026, 3, 29, 0, 30), datetime(2026, 10, 25, 0, 30)]  # noqa: DTZ001


@dataclass(frozen=True)
class Entry:
    """One milestone as it was entered."""

    pk: int
    kind: str
    at: datetime
    disputed_at: datetime | None = None
    supersedes_id: int | None = None
    withdrawn: bool = False
    place_id: int | None = None
    outcome: str = ""
    extension_minutes: int | None = None


moments = st.one_of(
    st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1)),  # noqa: DTZ001
    st.builds(lambda night, minutes: night + timedelta(minutes=minutes), st.sampled_from(CHANGES),
              st.integers(-1_500, 1_500)),
)  # fmt: skip
zones = st.one_of(
    st.just(UTC),
    st.just(LONDON),
    st.just(ZoneInfo("America/New_York")),
    st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)
arrivals = st.builds(lambda at, zone, fold: at.replace(tzinfo=zone, fold=fold), moments, zones,
                     st.integers(0, 1))  # fmt: skip


def epoch(at: datetime) -> timedelta:
    """Since 1970: what no zone and no night has a say in."""
    return at - datetime(1970, 1, 1, tzinfo=UTC)


DAY = timedelta(seconds=86_400)


@given(arrivals, st.integers(0, LONGEST_EXTENSION))
def test_it_expires_86400_seconds_and_the_extension_after_arrival(at, minutes):
    assert epoch(expiry(at, minutes)) == epoch(at) + DAY + timedelta(minutes=minutes)


@given(arrivals, arrivals, st.integers(1, LONGEST_EXTENSION), st.randoms())
def test_in_whatever_order_it_is_entered(at, disputed, minutes, chance):
    extended = min(at, disputed, key=epoch).astimezone(UTC) + timedelta(hours=23)
    entries = [
        Entry(1, Milestone.DETAINED, at),
        Entry(2, Milestone.ARRIVED, at + timedelta(hours=9)),
        Entry(3, Milestone.ARRIVED, at, disputed, supersedes_id=2),
        Entry(4, Milestone.EXTENDED, extended, extension_minutes=9),
        Entry(5, Milestone.EXTENDED, extended, extension_minutes=minutes, supersedes_id=4),
        Entry(6, Milestone.LEFT, at),
        Entry(7, Milestone.LEFT, at, supersedes_id=6, withdrawn=True),
    ]
    chance.shuffle(entries)
    found = facts(Power.S136, entries)
    starts = min(epoch(at), epoch(disputed))
    assert epoch(found.starts_at) == starts
    assert epoch(found.expires_at) == starts + DAY + timedelta(minutes=minutes)
    assert found.ended_at is None


@pytest.mark.parametrize("night", CHANGES)
def test_the_night_on_which_clocks_change_has_no_other_length(night):
    arrived = night.replace(tzinfo=LONDON)
    assert epoch(expiry(arrived)) - epoch(arrived) == DAY
    assert expiry(arrived).astimezone(LONDON).hour != arrived.hour, "the wall clock says another hour"


@given(arrivals, st.integers(0, LONGEST_EXTENSION))
def test_it_warns_at_hours_from_arrival_however_it_was_extended(at, extended):
    at = at.astimezone(UTC)
    clock = Watch(at, expiry(at, extended), 0, 0)
    ladder = LADDERS["detention_limit"]
    for step, hours in enumerate(WARN_AFTER):
        due = at + timedelta(hours=hours)
        assert not plan(clock, ladder, due - timedelta(seconds=1)).fired
        made = plan(clock, ladder, due)
        assert (made.fired[-1].step, made.fired[-1].due_at) == (step, due)
        clock = replace(clock, step=made.step, repetition=made.repetition)
    lapse = plan(clock, ladder, clock.target_at)
    assert (lapse.fired[-1].percent, lapse.fired[-1].due_at) == (100, clock.target_at)


AT = datetime(2026, 11, 21, 16, 0, tzinfo=UTC)
ARRIVED = Entry(1, Milestone.ARRIVED, AT)


def said(*entries, power=Power.S136, now=AT):
    return " ".join(each.text for each in advice(power, entries, now))


def test_a_lapse_is_told_apart_from_an_assessment_that_took_long():
    late = AT + timedelta(hours=25)
    assert "nobody has assessed" in said(ARRIVED, now=late)
    assessed = Entry(2, Milestone.ASSESSMENT_STARTED, AT + timedelta(hours=3))
    assert "decide what the person is held by" in said(ARRIVED, assessed, now=late)
    assert said(ARRIVED, assessed, Entry(3, Milestone.LEFT, AT + timedelta(hours=5)), now=late) == ""
    assert said(ARRIVED, power=Power.VOLUNTARY, now=late) == ""


def test_an_extension_after_the_day_is_questioned():
    given_late = Entry(2, Milestone.EXTENDED, AT + timedelta(hours=25), extension_minutes=60)
    assert "lengthens nothing" in said(ARRIVED, given_late)
    found = facts(Power.S136, [ARRIVED, given_late])
    assert (found.extension_minutes, found.expires_at) == (0, expiry(AT)), "a power that ended is not revived"


@pytest.mark.parametrize("outcome", Outcome)
def test_some_outcomes_end_it_at_once(outcome):
    decided = Entry(2, Milestone.DECIDED, AT, outcome=outcome)
    found = facts(Power.S136, [ARRIVED, decided])
    assert (found.ended_at is not None) == (outcome in ENDS_AT_ONCE)
    assert found.outcome == outcome


@pytest.mark.parametrize("outcome", Outcome)
def test_some_outcomes_say_nothing_of_an_assessment(outcome):
    decided = Entry(2, Milestone.DECIDED, AT + timedelta(minutes=20), outcome=outcome)
    found = facts(Power.S136, [ARRIVED, decided])
    assert (found.assessed_at is None) == (outcome in UNASSESSED)
    begun = Entry(3, Milestone.ASSESSMENT_STARTED, AT + timedelta(minutes=10))
    assert facts(Power.S136, [ARRIVED, decided, begun]).assessed_at == begun.at


def test_every_milestone_has_its_rule_and_some_kinds_no_reader():
    assert set(RULES) == set(Milestone)
    assert all(Audience.VOLUNTARY not in rule.by for rule in RULES.values())
    assert set(HANDOVER) == set(Power)


def test_a_police_station_is_never_for_a_child_and_may_end_for_all():
    station = PlaceKind("police_station", "Police station", "s.136A", adults_only=True)
    assert "under 18" in station.refuses(under_18=True, on=date(2026, 11, 21))
    for unknown in (False, None):
        assert station.refuses(under_18=unknown, on=date(2026, 11, 21)) == ""
    ended = replace(station, until=date(2027, 1, 1))
    assert "no place of safety on that day" in ended.refuses(under_18=False, on=date(2027, 1, 1))


def test_what_is_corrected_stands_no_more():
    entries = [Entry(1, "left", AT), Entry(2, "left", AT, supersedes_id=1), Entry(3, "decided", AT)]
    assert [each.pk for each in standing(entries)] == [2, 3]
