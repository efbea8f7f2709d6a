"""What comes back: declined to its sender, failed with accountability, and nothing older revives."""

import pytest

from referrals.domain.errors import MoveNotAllowed, NotYourMove, ReasonNeeded
from referrals.domain.referral import State
from referrals.services import referral as referrals
from tests.factories.world import act, decide_anew, move, referral_at
from tests.referrals.services.reading import again, case_of, child_of, owner_of, running, told


def give_back(world, referral, how):
    """The holding lead ends without its receiver."""
    if how == "agree_cancel":
        move(world.police, referral, "request_cancel")
    return move(world.trust, referral, how)


@pytest.mark.parametrize("how", ["fail", "agree_cancel", "enter_in_error"])
@pytest.mark.parametrize("state", [State.ACCEPTED, State.IN_PROGRESS])
def test_accountability_goes_back_to_the_sender_who_is_told(standing, state, how):
    world, held = standing(state)
    ended = give_back(world, held, how)
    assert owner_of(world, held) == "police"
    assert case_of(world.police, held).holding_lead_id is None
    assert f"referral.{ended.state}" in told(world, "police")


def test_an_error_found_after_completion_gives_it_back_too(standing):
    world, done = standing(State.COMPLETED)
    move(world.police, done, "enter_in_error")
    assert owner_of(world, done) == "police"
    assert "referral.entered_in_error" in told(world, "trust")


def test_it_goes_back_to_that_referrals_sender_and_nothing_older_revives(standing):
    world, first = standing(State.IN_PROGRESS)
    asked = world.asked(
        case=first.case_reference,
        person={},
        from_team=world.teams["trust"],
        to_team=world.teams["other_trust"],
    )
    second = act(world.trust, referrals.create, asked=asked)
    move(world.other_trust, second, "accept")
    move(world.other_trust, second, "fail")
    assert owner_of(world, first) == "trust"
    assert case_of(world.police, first).holding_lead_id is None
    assert again(world.police, first).state == State.REDIRECTED
    with pytest.raises(MoveNotAllowed):
        move(world.trust, first, "reopen")


def test_an_error_in_a_referral_that_holds_nothing_moves_nothing(standing):
    world, sent = standing(State.SENT)
    since = case_of(world.police, sent).accountable_since
    move(world.police, sent, "enter_in_error")
    assert case_of(world.police, sent).accountable_since == since


def test_a_request_to_cancel_may_be_refused(standing):
    world, held = standing(State.IN_PROGRESS)
    asked = move(world.police, held, "request_cancel")
    assert (asked.state, asked.cancel_requested_at is not None) == (State.IN_PROGRESS, True)
    with pytest.raises(MoveNotAllowed):
        move(world.police, held, "request_cancel")
    kept = move(world.trust, held, "refuse_cancel")
    assert (kept.state, kept.cancel_requested_at) == (State.IN_PROGRESS, None)
    assert owner_of(world, held) == "trust"


@pytest.mark.parametrize("action", ["agree_cancel", "refuse_cancel"])
def test_nobody_answers_a_request_that_was_not_made(standing, action):
    world, held = standing(State.IN_PROGRESS)
    with pytest.raises(MoveNotAllowed):
        move(world.trust, held, action)


@pytest.mark.parametrize("state", [State.DECLINED, State.FAILED])
class TestWhatCameBack:
    """Declined or failed, it is its sender's again, on a clock, and needs a next step."""

    def test_it_waits_for_its_sender(self, standing, state):
        world, back = standing(state)
        assert set(running(world.police, back)) == {"re_action"}
        assert owner_of(world, back) == "police"

    def test_it_is_sent_again_as_a_new_linked_referral(self, standing, state):
        world, back = standing(state)
        assert move(world.police, back, "resend", to_team=world.teams["other_trust"]).state == State.CLOSED
        child = child_of(world.police, back)
        assert (child.parent_link, child.state) == ("resend", State.SENT)
        assert child.asking != back.asking
        move(world.other_trust, child, "accept")
        assert owner_of(world, back) == "other_trust"

    def test_police_reassess_with_a_decision_made_since(self, standing, state):
        world, back = standing(state)
        decision = decide_anew(world, back)
        closed = move(world.police, back, "police_reassess", threshold_decision=decision.pk)
        assert (closed.state, closed.threshold_decision_id) == (State.CLOSED, decision.pk)

    def test_nothing_more_is_done_if_a_supervisor_says_why(self, standing, state):
        world, back = standing(state)
        constable = world.police.asserting(_named("Con Example", "constable"))
        with pytest.raises(NotYourMove):
            move(constable, back, "no_further_action")
        with pytest.raises(ReasonNeeded):
            move(world.police, back, "no_further_action", reason="")
        assert move(world.police, back, "no_further_action").state == State.CLOSED


def test_reassessing_needs_a_decision_of_this_case_made_since(world):
    referral = referral_at(State.SENT, world)
    before = decide_anew(world, referral)
    elsewhere = decide_anew(world, referral_at(State.SENT, world))
    move(world.trust, referral, "decline")
    for decision in (before, elsewhere):
        with pytest.raises(ReasonNeeded):
            move(world.police, referral, "police_reassess", threshold_decision=decision.pk)


def _named(name, role):
    from agencies.acting import NamedPerson

    return NamedPerson(name, role, "020 7946 0104")
