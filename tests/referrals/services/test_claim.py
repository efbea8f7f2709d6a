"""An acceptance given by phone is claimed, chased, and confirmed or denied."""

from dataclasses import replace
from datetime import timedelta

import pytest

from agencies.acting import acting_for
from referrals.domain.errors import MoveNotAllowed, NotYourMove, ReasonNeeded
from referrals.domain.referral import ASKED, State
from referrals.models import ClaimedAcceptance
from referrals.services import claim, engine
from tests.factories.world import act, move
from tests.referrals.services.reading import again, owner_of, running, stopped, told

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
