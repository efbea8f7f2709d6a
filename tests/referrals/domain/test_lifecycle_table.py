"""The lifecycle as a table makes sense by itself."""

import pytest

from agencies.roles import TIERS
from referrals.domain.referral import (
    ASKED,
    CONSEQUENCES,
    DECLINE_REASONS,
    FAIL_REASONS,
    FINAL,
    GIVEN_BACK,
    HELD,
    OPEN,
    OWNER,
    REASONS,
    RETURNED,
    TRANSITIONS,
    Need,
    Side,
    State,
    actions_from,
    pairs,
)

TAKES_AWAY = ["decline", "fail", "cancel", "redirect", "enter_in_error", "reopen", "no_further_action"]


def reachable(start):
    """Every state that some row of moves leads to."""
    found, new = {start}, {start}
    while new:
        new = {after for before, after in pairs() if before in new} - found
        found |= new
    return found


def actions(of):
    """The actions of which this holds."""
    return {action for action, step in TRANSITIONS.items() if of(step)}


def test_every_state_is_reached_from_a_draft():
    assert reachable(State.DRAFT) == set(State)


@pytest.mark.parametrize("state", sorted(OPEN))
def test_every_open_state_comes_to_an_end(state):
    assert reachable(state) & FINAL


def test_nothing_final_goes_on_but_what_is_reopened():
    assert {(old, new) for old, new in pairs() if old in FINAL} == {(State.CLOSED, State.IN_PROGRESS)}


def test_every_open_state_has_an_owner_and_a_receivers_is_what_it_took_on():
    assert set(OWNER) >= OPEN
    assert {state for state, side in OWNER.items() if side == Side.RECEIVER} == HELD | {State.COMPLETED}


def test_groups_of_states_say_what_they_mean():
    assert set(State) == OPEN | FINAL
    assert not OPEN & FINAL
    assert ASKED | HELD | RETURNED < OPEN
    assert {TRANSITIONS[action].to for action in ("fail", "agree_cancel", "enter_in_error")} == GIVEN_BACK


@pytest.mark.parametrize("action", TRANSITIONS)
def test_every_action_is_somebodys_and_leads_somewhere(action):
    step = TRANSITIONS[action]
    assert step.sources
    assert step.by
    assert step.by <= set(Side)
    assert step.to not in step.sources
    assert step.level in TIERS


def test_nobody_but_its_sender_touches_a_draft():
    assert actions(lambda step: State.DRAFT in step.sources) == {"send", "discard", "enter_in_error"}
    assert TRANSITIONS["send"].by == TRANSITIONS["discard"].by == {Side.SENDER}


@pytest.mark.parametrize("action", TAKES_AWAY)
def test_whoever_takes_something_away_says_why(action):
    assert Need.TEXT in TRANSITIONS[action].needs


@pytest.mark.parametrize(("action", "codes"), [("decline", DECLINE_REASONS), ("fail", FAIL_REASONS)])
def test_coded_reasons_belong_to_the_actions_that_need_a_code(action, codes):
    assert Need.CODE in TRANSITIONS[action].needs
    assert REASONS[action] is codes
    assert actions(lambda step: Need.CODE in step.needs) == set(REASONS)


def test_what_is_answered_before_it_was_acknowledged_acknowledges_it():
    answers = actions(lambda step: State.SENT in step.sources and step.by == {Side.RECEIVER})
    assert answers - {"acknowledge"} == actions(lambda step: step.acknowledges)
    assert (State.SENT, State.ACCEPTED) not in pairs()


def test_acceptance_and_acknowledgement_are_a_named_humans():
    assert actions(lambda step: step.named) == {"acknowledge", "accept"}


def test_consequences_start_where_their_actions_do():
    assert CONSEQUENCES["redirect"].sources == TRANSITIONS["redirect"].sources
    assert CONSEQUENCES["cancel"].sources == TRANSITIONS["cancel"].sources


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize("asked", [True, False])
def test_the_buttons_are_the_tables(side, asked):
    for state in State:
        shown = set(actions_from(state, side, cancel_asked=asked))
        here = actions(lambda step, state=state: state in step.sources and side in step.by)
        answers = {"agree_cancel", "refuse_cancel"}
        assert shown == here - ({"request_cancel"} if asked else answers)
