"""One look at a clock: total, never silent, never the same rung twice, and quiet only as long as promised."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agencies.roles import TIERS, Role
from referrals.domain import escalation
from referrals.domain.case import Priority
from referrals.domain.escalation import (
    DEFAULT_LADDER,
    SHORTEST_REPEAT,
    Channel,
    Named,
    Party,
    Rung,
    Watch,
    ahead,
    as_terms,
    from_terms,
    ladder_of,
    plan,
    quiet_after,
)

START = datetime(2026, 11, 21, 22, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
POSTS = st.sampled_from([*TIERS, Role.LIAISON, Named.DUTY_CONTACT])


@st.composite
def ladders(draw):
    """Any ladder an agreement could hold: rising, with repetitions and channels."""
    percents = sorted(draw(st.sets(st.integers(1, 2000), min_size=1, max_size=7)))
    return tuple(
        Rung(
            percent,
            tuple(draw(st.lists(st.tuples(st.sampled_from(Party), POSTS), min_size=1, max_size=3))),
            draw(st.sampled_from(["", "phone_and_rerun_threshold"])),
            draw(st.integers(0, 4)),
            draw(st.booleans()),
            tuple(draw(st.lists(st.builds(Channel, st.sampled_from(["inbox", "email"]), st.integers(0, 9))))),
            tuple(draw(st.lists(st.sampled_from(Priority), unique=True))),
        )
        for percent in percents
    )


@st.composite
def looks(draw):
    """A ladder, a clock on it, and a rising row of instants at which somebody looks."""
    target = START + timedelta(minutes=draw(st.integers(1, 5000)))
    gaps = draw(st.lists(st.integers(0, 20_000), min_size=1, max_size=25))
    moments, now = [], START
    for gap in gaps:
        now += timedelta(minutes=gap)
        moments.append(now)
    return draw(ladders()), target, moments


def climb(ladder, target, moments):
    """What fires, look by look."""
    watch = Watch(START, target, 0, 0)
    for now in moments:
        made = plan(watch, ladder, now)
        yield now, watch, made
        watch = Watch(START, target, made.step, made.repetition)


@settings(max_examples=200, deadline=None)
@given(looks())
def test_an_open_clock_is_looked_at_again_and_no_rung_fires_twice(case):
    ladder, target, moments = case
    seen = set()
    for now, before, made in climb(ladder, target, moments):
        assert made.next_look_at > now
        assert before.step <= made.step <= len(ladder)
        assert [f.superseded for f in made.fired] == [True] * (len(made.fired) - 1) + [False] * bool(
            made.fired
        )
        for fired in made.fired:
            assert fired.due_at <= now
            assert (fired.step, fired.repetition) not in seen
            seen.add((fired.step, fired.repetition))


@settings(max_examples=120, deadline=None)
@given(looks())
def test_looking_when_it_said_it_would_always_brings_the_ladder_forward(case):
    ladder, target, _ = case
    watch, now = Watch(START, target, 0, 0), START
    silent = timedelta(0)
    longest = max(target - START, SHORTEST_REPEAT)
    for _ in range(40):
        made = plan(watch, ladder, now)
        silent = timedelta(0) if made.fired else silent
        watch, then = Watch(START, target, made.step, made.repetition), made.next_look_at
        silent, now = silent + (then - now), then
        gap = max((b.percent - a.percent for a, b in zip(ladder, ladder[1:], strict=False)), default=0)
        assert silent <= longest + (target - START) * max(gap, ladder[0].percent) / 100
    assert watch.step == len(ladder) or now < START + (target - START) * ladder[-1].percent / 100


@settings(max_examples=120, deadline=None)
@given(looks(), st.integers(1, 3000), st.integers(0, 3000))
def test_a_taken_clock_is_quiet_until_the_promise_and_told_when_it_slips(case, promised, late):
    ladder, target, moments = case
    *_, (now, _, made) = climb(ladder, target, moments)
    if made.step == 0:
        return
    until = now + timedelta(minutes=promised)
    taken = Watch(START, target, made.step, made.repetition, until)
    told_late = any(rung.percent >= 100 for rung in ladder[: made.step])
    quiet = plan(taken, ladder, until - timedelta(seconds=1))
    if told_late:
        assert (quiet.fired, quiet.next_look_at) == ((), until)
    else:
        assert [f.percent for f in quiet.fired if f.percent < 100 and not f.superseded] == []
    slipped = plan(taken, ladder, until + timedelta(minutes=late))
    assert slipped.fired[-1].superseded is False
    assert slipped.next_look_at > until + timedelta(minutes=late)


@given(ladders())
def test_a_ladder_survives_being_stored(ladder):
    assert from_terms(as_terms(ladder)) == ladder


def test_a_ladder_of_the_first_version_reads_as_it_did():
    old = [{"percent": 200, "tell": [["holder", "director"]], "demand": ""}]
    assert from_terms(old) == (Rung(200, ((Party.HOLDER, Role.DIRECTOR),)),)


def told(minutes, target=10):
    """Percent and minute of each rung told on the default ladder, if every look is made on time."""
    watch, now, said = Watch(START, START + target * MINUTE, 0, 0), START, []
    while now < START + minutes * MINUTE:
        made = plan(watch, DEFAULT_LADDER, now)
        said += [(f.percent, (now - START) / MINUTE) for f in made.fired if not f.superseded]
        watch, now = Watch(START, START + target * MINUTE, made.step, made.repetition), made.next_look_at
    return said


def test_directors_are_told_three_times_more_then_both_duty_contacts_again_and_again():
    expected = [(50, 5), (100, 10), (150, 15), (200, 20), (200, 30), (200, 40), (200, 50)]
    assert told(91) == [*expected, (600, 60), (600, 70), (600, 80), (600, 90)]
    assert DEFAULT_LADDER[-1].tell == tuple((party, Named.DUTY_CONTACT) for party in Party)
    assert DEFAULT_LADDER[-1].arbiter


def test_a_clock_shorter_than_five_minutes_repeats_every_five():
    assert [minute for percent, minute in told(31, target=2) if percent == 600] == [12, 17, 22, 27]


def test_taking_without_a_promise_gives_one_more_target():
    clock = Watch(START, START + 30 * MINUTE, 1, 0)
    assert quiet_after(clock, START + 40 * MINUTE) == START + 70 * MINUTE


def test_a_promise_that_slips_beyond_the_next_rung_tells_that_rung():
    clock = Watch(START, START + 10 * MINUTE, 2, 0, START + 16 * MINUTE)
    made = plan(clock, DEFAULT_LADDER, START + 16 * MINUTE)
    assert [(f.percent, f.repetition) for f in made.fired] == [(150, 0)]


def test_a_promise_that_slips_before_the_next_rung_tells_the_last_one_again():
    clock = Watch(START, START + 10 * MINUTE, 2, 0, START + 13 * MINUTE)
    made = plan(clock, DEFAULT_LADDER, START + 13 * MINUTE)
    assert [(f.percent, f.repetition, f.due_at) for f in made.fired] == [(100, 1, START + 13 * MINUTE)]
    assert made.next_look_at == START + 15 * MINUTE


def test_from_breach_on_email_follows_whoever_has_not_seen_the_inbox():
    for rung in escalation.DEFAULT_LADDER:
        names = [channel.name for channel in rung.channels]
        assert names == (["inbox"] if rung.percent < 100 else ["inbox", "email"])


def test_only_a_p1_or_p2_that_is_late_must_be_phoned():
    breach = DEFAULT_LADDER[1]
    asked = {priority: breach.asks(priority) for priority in Priority}
    assert asked == {"P1": breach.demand, "P2": breach.demand, "P3": "", "P4": ""}
    assert breach.demand == "phone_and_rerun_threshold"
    assert replace(breach, demand_at=()).asks("P4") == breach.demand


@settings(max_examples=120, deadline=None)
@given(looks(), st.integers(0, 3000))
def test_what_is_foretold_is_what_happens_if_nobody_acts(case, promised):
    ladder, target, moments = case
    *_, (now, _, made) = climb(ladder, target, moments)
    until = now + timedelta(minutes=promised) if promised and made.step else None
    clock = Watch(START, target, made.step, made.repetition, until)
    foretold = ahead(clock, ladder, now)
    at, happened = now, []
    while at <= foretold[-1][0]:
        made = plan(clock, ladder, at)
        happened += [(at, ladder[made.fired[-1].step])] if made.fired else []
        quiet = None if made.fired else clock.quiet_until
        clock = Watch(START, target, made.step, made.repetition, quiet)
        at = made.next_look_at
    assert [each for each in happened if each in foretold] == foretold
    assert happened[0] == foretold[0]
    assert len({rung.percent for _, rung in foretold[1:]}) == len(foretold) - 1
    assert clock.step == len(ladder)


def test_while_somebody_has_taken_it_nothing_is_foretold_before_their_time():
    clock = Watch(START, START + 10 * MINUTE, 2, 0, START + 40 * MINUTE)
    foretold = [(at, rung.percent) for at, rung in ahead(clock, DEFAULT_LADDER, START + 11 * MINUTE)]
    assert foretold == [(START + 40 * MINUTE, 200), (START + 60 * MINUTE, 600)]


WARNINGS = tuple(
    Rung(50, ((Party.HOLDER, Role.SUPERVISOR),), minutes=minutes) for minutes in (-12 * 60, -6 * 60, -2 * 60)
) + (Rung(100, ((Party.HOLDER, Role.DIRECTOR),), minutes=0),)


def test_a_rung_in_minutes_is_due_so_long_before_or_after_the_target():
    clock = Watch(START, START + timedelta(hours=24), 0, 0)
    told = [at - START for at, _ in ahead(clock, WARNINGS, START)]
    assert told == [timedelta(hours=hours) for hours in (12, 18, 22, 24)]
    assert from_terms(as_terms(WARNINGS)) == WARNINGS


@pytest.mark.parametrize("hours", [13, 19, 23, 36])
def test_whoever_takes_a_warning_silences_none_of_those_to_come(hours):
    """They go to others: taken at 12 hours until whenever, supervisors hear at 18 and managers at 22."""
    taken = Watch(START, START + timedelta(hours=24), 1, 0, START + timedelta(hours=hours))
    foretold = [at - START for at, rung in ahead(taken, WARNINGS, START + timedelta(hours=12))]
    to_come = [timedelta(hours=each) for each in (18, 22, 24)]
    assert [each for each in foretold if each in to_come] == to_come


def test_a_kind_of_clock_climbs_its_own_ladder_where_it_has_one(monkeypatch):
    terms = {"ladder": as_terms(DEFAULT_LADDER)}
    assert ladder_of(terms, "decide") == DEFAULT_LADDER
    monkeypatch.setitem(escalation.LADDERS, "decide", WARNINGS)
    assert ladder_of(terms, "decide") == WARNINGS
    own = {**terms, "ladders": {"decide": as_terms(DEFAULT_LADDER[:1])}}
    assert ladder_of(own, "decide") == DEFAULT_LADDER[:1]
