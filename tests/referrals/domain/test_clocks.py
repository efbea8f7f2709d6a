"""How long each promise is, whose it is, and where that is from."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agencies.roles import AgencyKind
from referrals.domain.case import Category, Priority
from referrals.domain.clocks import (
    BESIDE,
    HOLDER,
    LIMITS,
    MET_BY,
    OWN_PACE,
    WATCH,
    ClockKind,
    default_terms,
    target,
)
from referrals.domain.referral import FINAL, OPEN, TRANSITIONS, State

TERMS = default_terms()
EVERY = list(product(LIMITS, Priority, Category, AgencyKind))
NOT_BY_PRIORITY = {ClockKind.PHONE_CONFIRMATION, *OWN_PACE}


def length(kind, priority, category, receiver, terms=TERMS):
    return target(terms, kind, priority=priority, category=category, receiver=receiver)


def test_every_promise_has_a_length_for_every_priority_category_and_receiver():
    for kind, priority, category, receiver in EVERY:
        minutes, clause = length(kind, priority, category, receiver)
        assert minutes > 0
        assert clause.split(".")[-1] == kind


def test_a_category_or_a_receiver_shortens_and_never_lengthens():
    for kind, priority, category, receiver in EVERY:
        plain = TERMS["targets"][priority][kind]
        assert length(kind, priority, category, receiver)[0] <= plain


def test_the_clause_that_is_named_is_the_one_that_says_so():
    for kind, priority, category, receiver in EVERY:
        minutes, clause = length(kind, priority, category, receiver)
        found = TERMS
        for step in clause.split("."):
            found = found[step]
        assert found == minutes


@given(st.integers(1, 999), st.integers(1, 999), st.integers(1, 999))
def test_the_shortest_of_all_clauses_holds(plain, by_category, by_receiver):
    terms = {
        "targets": {"P2": {"decide": plain}},
        "categories": {"conveyance": {"decide": by_category}},
        "receivers": {"social_care": {"decide": by_receiver}},
    }
    shortest = min(plain, by_category, by_receiver)
    assert length("decide", "P2", "conveyance", "social_care", terms)[0] == shortest
    assert length("decide", "P2", "medical_need", None, terms) == (plain, "targets.P2.decide")


def test_a_promise_that_an_older_version_does_not_name_holds_by_default():
    terms = {"targets": {"P2": {"decide": 30}}}
    assert length("re_action", "P2", "medical_need", None, terms) == (15, "defaults.P2.re_action")


@pytest.mark.parametrize("kind", sorted(set(LIMITS) - NOT_BY_PRIORITY))
def test_the_more_urgent_the_shorter(kind):
    minutes = LIMITS[kind].minutes
    assert list(minutes) == sorted(set(minutes))


def test_every_kind_has_a_holder_and_every_length_a_source():
    assert set(HOLDER) == set(ClockKind)
    assert set(ClockKind) - set(LIMITS) == {
        ClockKind.PROMISED_ARRIVAL,  # as long as was promised
        ClockKind.HANDOVER,  # until the desk closes
        ClockKind.MISSING_POWER,  # as long as the law has it
    }
    assert all(limit.source and limit.runs_from for limit in LIMITS.values())


def test_every_open_state_is_watched_and_no_final_one():
    assert set(WATCH) == OPEN
    assert all(WATCH.values())
    assert not set(BESIDE) & FINAL


def test_what_keeps_a_promise_is_an_action_that_exists():
    assert {action for actions in MET_BY.values() for action in actions} <= set(TRANSITIONS)


@pytest.mark.parametrize("state", sorted(OPEN))
def test_every_state_can_be_left_by_something_that_keeps_its_promise(state):
    for kind in WATCH[state]:
        if state == State.INFO_REQUESTED and kind == ClockKind.DECIDE:
            continue  # decided by the same actions as from acknowledged
        assert any(state in TRANSITIONS[action].sources for action in MET_BY[kind]), kind


def test_every_kind_that_a_raised_priority_shortens_has_a_length():
    """Else raising the risk of a referral in which such a clock runs could not be recorded at all."""
    assert {kind for kind in ClockKind if kind not in LIMITS} <= OWN_PACE
