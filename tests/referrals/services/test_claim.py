"""An acceptance given by phone is claimed, chased, and confirmed or denied."""

from dataclasses import replace
from datetime import timedelta

import pytest

from agencies.acting import acting_for
from referrals.domain.errors import MoveNotAllowed, NotYourMove, ReasonNeeded
from referrals.domain.referral import ASKED, State
from referrals.models import ClaimedAcceptance
from referrals.services import claim, engine
from tests.factories.world import act, move, referrals
from tests.referrals.services.reading import again, child_of, events, owner_of, running, stopped, told

NURSE = {"name": "A Example", "role": "nurse in charge", "contact": "020 7946 0103"}


def claimed(world, referral, by=None):
    return act(by or world.police, claim.claim, referral_id=referral.pk, accepted_by=NURSE)


def state_of(world, made):
    with acting_for(world.police.agency_id):
        return ClaimedAcceptance.objects.get(pk=made.pk).state


@pytest.mark.parametrize("state", sorted(ASKED))
def test_a_claim_moves_no_accountability_and_asks_the_receiver(standing, state):
    world, referral = standing(state)
    made = claimed(world, referral)
    assert (made.accepted_by, made.state) == (NURSE, "open")
    assert (again(world.police, referral).state, owner_of(world, referral)) == (state, "police")
    assert told(world, "trust")[-1] == "referral.acceptance_claimed"
    assert "claimed_acceptance" in running(world.police, referral)


def test_it_is_due_as_an_acknowledgement_is_and_the_referral_with_it(standing):
    world, referral = standing(State.ACKNOWLEDGED)
    made = claimed(world, referral)
    waits = running(world.police, referral)["claimed_acceptance"]
    assert waits.target_at == made.recorded_at + timedelta(minutes=15)
    assert again(world.police, referral).breach_at == min(
        clock.target_at for clock in running(world.police, referral).values()
    )


@pytest.mark.parametrize(
    ("answer", "outcome", "owner"), [("accept", "confirmed", "trust"), ("decline", "denied", "police")]
)
def test_the_receiver_answers_it_by_accepting_or_declining(standing, answer, outcome, owner):
    world, referral = standing(State.SENT)
    made = claimed(world, referral)
    move(world.trust, referral, answer)
    assert (state_of(world, made), owner_of(world, referral)) == (outcome, owner)
    assert stopped(world.police, referral, "claimed_acceptance").met_at is not None


def test_unanswered_it_tells_both_sides(standing, in_role):
    world, referral = standing(State.ACKNOWLEDGED)
    claimed(world, referral)
    due = running(world.police, referral)["claimed_acceptance"].target_at
    with in_role("worker"):
        engine.tick(now=due)
    assert "escalation.fired" in told(world, "police")
    assert "escalation.fired" in told(world, "trust")


def test_it_survives_the_acknowledgement(standing):
    world, referral = standing(State.SENT)
    made = claimed(world, referral)
    move(world.trust, referral, "acknowledge")
    assert "claimed_acceptance" in running(world.police, referral)
    assert state_of(world, made) == "open"


def test_one_claim_at_a_time(standing):
    world, referral = standing(State.SENT)
    claimed(world, referral)
    with pytest.raises(MoveNotAllowed):
        claimed(world, referral)


def test_only_a_named_person_of_the_sender_claims(standing):
    world, referral = standing(State.SENT)
    with pytest.raises(NotYourMove):
        claimed(world, referral, by=world.trust)
    with pytest.raises(ReasonNeeded):
        claimed(world, referral, by=replace(world.police, person=None))


@pytest.mark.parametrize("state", sorted(set(State) - ASKED - {State.REDIRECTED}))
def test_nothing_is_claimed_of_a_referral_that_waits_for_no_answer(standing, state):
    world, referral = standing(state)
    with pytest.raises(MoveNotAllowed):
        claimed(world, referral)


ENDS = {
    "cancel": ("police", "withdrawn"),
    "enter_in_error": ("police", "withdrawn"),
}


@pytest.mark.parametrize("action", ENDS)
def test_it_ends_with_the_referral_that_is_taken_back(standing, action):
    by, became = ENDS[action]
    world, referral = standing(State.ACKNOWLEDGED)
    made = claimed(world, referral)
    move(getattr(world, by), referral, action)
    assert state_of(world, made) == became
    assert events(world.trust, referral).count("referral.claim_withdrawn") == 1
    assert "claimed_acceptance" not in running(world.police, referral)


def test_it_is_overtaken_when_another_team_that_was_asked_accepts(standing):
    world, referral = standing(State.SENT)
    made = claimed(world, referral)
    other = act(
        world.police, referrals.create,
        asked=world.asked(to_team=world.teams["other_trust"], asking=again(world.police, referral).asking,
                          person={}, case=referral.case_reference),
    )  # fmt: skip
    move(world.other_trust, other, "accept")
    assert again(world.police, referral).state == State.CANCELLED
    assert state_of(world, made) == "overtaken"
    assert "referral.claim_overtaken" in events(world.police, referral)


def test_it_is_overtaken_when_the_team_it_was_passed_to_accepts(standing):
    world, referral = standing(State.ACKNOWLEDGED)
    made = claimed(world, referral)
    move(world.trust, referral, "redirect", to_team=world.teams["other_trust"])
    assert state_of(world, made) == "open"
    move(world.other_trust, child_of(world.police, referral), "accept")
    assert (again(world.police, referral).state, state_of(world, made)) == (State.REDIRECTED, "overtaken")


def test_nobody_confirms_it_afterwards(standing):
    world, referral = standing(State.SENT)
    made = claimed(world, referral)
    move(world.police, referral, "cancel")
    with pytest.raises(MoveNotAllowed, match="part in this case has ended"):
        move(world.trust, referral, "accept")
    assert state_of(world, made) == "withdrawn"
    with pytest.raises(MoveNotAllowed, match="cancelled waits for no acceptance"):
        claimed(world, referral)
