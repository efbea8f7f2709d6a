"""It is not over: who may reopen what, and while what holds."""

import pytest

from referrals.domain.errors import MoveNotAllowed
from referrals.domain.referral import State
from referrals.services import case as cases
from referrals.services import referral as referrals
from tests.factories.world import act, decide_anew, move, referral_at
from tests.referrals.services.reading import again, owner_of, parties, running


@pytest.mark.parametrize("who", ["police", "trust"])
@pytest.mark.parametrize("state", [State.COMPLETED, State.CLOSED])
def test_either_side_reopens_what_was_once_accepted(standing, state, who):
    world, done = standing(state)
    reopened = move(getattr(world, who), done, "reopen")
    assert reopened.state == State.IN_PROGRESS
    assert owner_of(world, done) == "trust"
    assert set(running(world.police, done)) == {"review"}


def test_a_lead_is_reopened_only_while_it_holds_the_case(standing):
    world, done = standing(State.COMPLETED)
    asked = world.asked(
        case=done.case_reference,
        person={},
        from_team=world.teams["trust"],
        to_team=world.teams["other_trust"],
    )
    move(world.other_trust, act(world.trust, referrals.create, asked=asked), "accept")
    assert "reopen" not in _allowed(world, done)
    with pytest.raises(MoveNotAllowed):
        move(world.police, done, "reopen")


def test_what_was_never_accepted_is_not_reopened(world):
    referral = referral_at(State.DECLINED, world)
    decision = decide_anew(world, referral)
    closed = move(world.police, referral, "police_reassess", threshold_decision=decision.pk)
    with pytest.raises(MoveNotAllowed):
        move(world.police, closed, "reopen")


def test_nothing_is_reopened_in_a_closed_case(standing):
    world, done = standing(State.CLOSED)
    act(world.trust, cases.move, reference=done.case_reference, action="close", reason="well again")
    with pytest.raises(MoveNotAllowed):
        move(world.trust, done, "reopen")
    act(world.trust, cases.move, reference=done.case_reference, action="reopen", reason="not well")
    assert move(world.trust, done, "reopen").state == State.IN_PROGRESS


def test_whoever_had_left_can_work_on_it_again(standing):
    world, held = standing(State.IN_PROGRESS)
    asked = world.asked(
        case=held.case_reference, lead=False, person={}, from_team=world.teams["trust"],
        to_team=world.teams["ambulance"],
    )  # fmt: skip
    support = act(world.trust, referrals.create, asked=asked)
    for who, action in [
        ("ambulance", "accept"),
        ("ambulance", "start"),
        ("ambulance", "complete"),
        ("trust", "close"),
    ]:
        move(getattr(world, who), support, action)
    assert "ambulance" not in parties(world, held)
    with pytest.raises(MoveNotAllowed):
        move(world.ambulance, support, "reopen")
    move(world.trust, support, "reopen")
    assert "ambulance" in parties(world, held)
    assert move(world.ambulance, support, "complete").state == State.COMPLETED
    assert again(world.police, held).state == State.IN_PROGRESS


def _allowed(world, referral):
    from agencies.acting import acting_for
    from referrals.policies import allowed_actions
    from tests.referrals.services.reading import case_of

    case = case_of(world.police, referral)
    with acting_for(world.police.agency_id):
        return allowed_actions(world.police, again(world.police, referral), case)
