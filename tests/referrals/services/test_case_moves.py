"""Closing, reopening and reviewing a case: its owner does, and never while something in it is open."""

from dataclasses import replace

import pytest

from referrals.domain.errors import Invalid, MoveNotAllowed, NotThere, NotYourMove, ReasonNeeded, Stale
from referrals.domain.referral import FINAL, OPEN, State
from referrals.services import call_back
from referrals.services import case as cases
from referrals.services import referral as referrals
from referrals.services.call_back import Owed
from tests.factories.world import act, move, referral_at
from tests.referrals.services.detaining import detain
from tests.referrals.services.reading import case_of, events, running, stopped


def case_move(actor, referral, action, **said):
    return act(
        actor, cases.move, reference=referral.case_reference, action=action, **{"reason": "done", **said}
    )


def owner(world, referral):
    """Whoever is accountable for the referral's case."""
    case = case_of(world.police, referral)
    return world.trust if case.accountable_agency_id == world.trust.agency_id else world.police


@pytest.mark.parametrize("state", sorted(OPEN))
def test_a_case_is_not_closed_while_something_in_it_is_open(standing, state):
    world, referral = standing(state)
    with pytest.raises(MoveNotAllowed, match=referral.reference) as refusal:
        case_move(owner(world, referral), referral, "close")
    assert refusal.value.allowed == ["review"]


@pytest.mark.parametrize("state", sorted(FINAL - {State.DISCARDED, State.REDIRECTED}))
def test_once_nothing_is_open_the_case_is_reviewed_every_day_until_it_is_closed(standing, state):
    world, referral = standing(state)
    case = case_of(world.police, referral)
    assert "case_review" in running(world.police, case=case)
    closed = case_move(owner(world, referral), referral, "close")
    assert (closed.state, closed.closed_at is not None) == ("closed", True)
    assert running(world.police, case=closed) == {}
    assert events(world.police, referral)[-1] == "case.closed"


def test_a_review_keeps_the_promise_and_makes_the_next(standing):
    world, referral = standing(State.CANCELLED)
    before = running(world.police, case=case_of(world.police, referral))["case_review"]
    case_move(world.police, referral, "review", reason="")
    after = running(world.police, case=case_of(world.police, referral))["case_review"]
    assert after.started_at > before.started_at
    assert stopped(world.police, referral, "case_review").met_at is not None


def test_a_reopened_case_is_watched_again(standing):
    world, referral = standing(State.CANCELLED)
    case_move(world.police, referral, "close")
    reopened = case_move(world.police, referral, "reopen")
    assert (reopened.state, reopened.closed_at) == ("open", None)
    assert set(running(world.police, case=reopened)) == {"case_review"}


def test_a_new_ask_ends_the_review(standing):
    world, referral = standing(State.CANCELLED)
    act(world.police, referrals.create, asked=world.asked(case=referral.case_reference, person={}))
    assert "case_review" not in running(world.police, case=case_of(world.police, referral))
    assert stopped(world.police, referral, "case_review").met_at is not None


def test_discarding_the_only_draft_closes_the_case_that_was_opened_for_it(standing):
    world, referral = standing(State.DRAFT)
    move(world.police, referral, "discard")
    assert case_of(world.police, referral).state == "closed"
    assert events(world.police, referral)[-1] == "case.closed"


def test_discarding_one_of_two_leaves_the_case_open(standing):
    world, referral = standing(State.DRAFT)
    act(world.police, referrals.create, asked=world.asked(case=referral.case_reference, person={}))
    move(world.police, referral, "discard")
    assert case_of(world.police, referral).state == "open"


def test_nothing_new_happens_in_a_closed_case(standing):
    world, referral = standing(State.CANCELLED)
    late = act(
        world.police, referrals.create, asked=world.asked(case=referral.case_reference, person={}, draft=True)
    )
    move(world.police, late, "discard")
    case_move(world.police, referral, "close")
    with pytest.raises(MoveNotAllowed):
        act(world.police, referrals.create, asked=world.asked(case=referral.case_reference, person={}))


@pytest.mark.parametrize("action", ["close", "review"])
def test_only_a_named_person_of_its_owner_does(standing, action):
    world, referral = standing(State.CANCELLED)
    support = world.asked(case=referral.case_reference, person={}, lead=False)
    act(world.police, referrals.create, asked=support)  # the trust is a party
    with pytest.raises(NotYourMove):
        case_move(world.trust, referral, action)
    with pytest.raises(ReasonNeeded):
        case_move(replace(world.police, person=None), referral, action)
    with pytest.raises(NotThere):
        case_move(world.stranger, referral, action)


def test_what_is_asked_of_a_case_is_checked(standing):
    world, referral = standing(State.CANCELLED)
    with pytest.raises(Invalid):
        case_move(world.police, referral, "burn")
    with pytest.raises(ReasonNeeded):
        case_move(world.police, referral, "close", reason="")
    with pytest.raises(MoveNotAllowed):
        case_move(world.police, referral, "reopen")
    with pytest.raises(Stale):
        case_move(world.police, referral, "close", version=99)


def test_a_detour_by_another_case_is_refused(world):
    mine = referral_at(State.SENT, world)
    with pytest.raises(NotThere):
        act(
            world.stranger,
            referrals.create,
            asked=world.asked(
                case=mine.case_reference, person={}, lead=False, from_team=world.teams["stranger"]
            ),
        )


class TestADraftIsDiscardedInACaseThatOwesMore:
    """It was opened for a draft, but it is nothing that may end with it."""

    def test_a_detention_keeps_it_open(self, world):
        held = detain(world.police)
        asked = world.asked(case=held.case.reference, person={}, draft=True)
        draft = act(world.police, referrals.create, asked=asked)
        move(world.police, draft, "discard")
        assert case_of(world.police, draft).state == "open"

    def test_a_call_back_that_was_promised_keeps_it_open_and_is_chased(self, world):
        draft = act(world.police, referrals.create, asked=world.asked(draft=True))
        act(
            world.police,
            call_back.owe,
            reference=draft.case_reference,
            owed=Owed("Kim Example", "020 7946 0120"),
        )
        move(world.police, draft, "discard")
        assert case_of(world.police, draft).state == "open"
        case = case_of(world.police, draft)
        assert "call_back" in running(world.police, case=case)


def test_a_draft_in_a_case_that_others_read_says_nothing_of_the_person(world):
    sent = referral_at(State.SENT, world)
    asked = world.asked(case=sent.case_reference, lead=False, draft=True, to_team=world.teams["ambulance"])
    with pytest.raises(Invalid) as refusal:
        act(world.trust, referrals.create, asked=replace(asked, from_team=world.teams["trust"]))
    assert set(refusal.value.errors) == {"/person"}
    assert "case.person_stated" not in events(world.police, sent)
