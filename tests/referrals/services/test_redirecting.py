"""Passing a referral on: it stays where it is until somebody else has accepted it."""

import pytest

from agencies.acting import acting_for
from referrals.domain.errors import MoveNotAllowed
from referrals.domain.referral import State
from referrals.models import Referral
from referrals.services import referral as referrals
from tests.factories.world import act, move
from tests.referrals.services.reading import again, case_of, child_of, events, owner_of, told

BEFORE, AFTER = [State.ACKNOWLEDGED, State.INFO_REQUESTED], [State.ACCEPTED, State.IN_PROGRESS]


@pytest.fixture
def redirected(standing):
    """A referral in a state, which the trust has passed on to the other trust; and the child."""

    def ask(state):
        world, parent = standing(state)
        parent = move(world.trust, parent, "redirect", to_team=world.teams["other_trust"])
        return world, parent, child_of(world.police, parent)

    return ask


@pytest.mark.parametrize("state", BEFORE + AFTER)
def test_nothing_changes_until_the_other_team_accepts(redirected, state):
    world, parent, child = redirected(state)
    assert (parent.state, parent.redirect_pending) == (state, True)
    assert child.state == State.SENT
    assert owner_of(world, parent) == ("trust" if state in AFTER else "police")
    assert child.parent_link == "redirect"


@pytest.mark.parametrize("state", BEFORE)
def test_before_acceptance_the_original_sender_asks_in_the_same_asking(redirected, state):
    world, parent, child = redirected(state)
    assert (child.from_agency_id, child.asking) == (world.police.agency_id, parent.asking)


@pytest.mark.parametrize("state", AFTER)
def test_after_acceptance_the_receiver_asks_for_itself(redirected, state):
    world, parent, child = redirected(state)
    assert child.from_agency_id == world.trust.agency_id
    assert child.asking != parent.asking


@pytest.mark.parametrize("state", BEFORE + AFTER)
def test_once_the_other_team_accepts_the_referral_is_redirected(redirected, state):
    world, parent, child = redirected(state)
    move(world.other_trust, child, "accept")
    parent = again(world.police, parent)
    assert (parent.state, parent.redirect_pending) == (State.REDIRECTED, False)
    assert owner_of(world, child) == "other_trust"
    assert case_of(world.police, child).holding_lead_id == child.pk
    assert "referral.redirected" in told(world, "trust")


@pytest.mark.parametrize("state", BEFORE + AFTER)
def test_if_the_other_team_declines_the_choice_comes_back(redirected, state):
    world, parent, child = redirected(state)
    move(world.other_trust, child, "decline")
    parent = again(world.police, parent)
    assert (parent.state, parent.redirect_pending) == (state, False)
    assert "referral.redirect_returned" in told(world, "trust")
    assert "referral.redirect_returned" in events(world.police, parent)
    assert owner_of(world, parent) == ("trust" if state in AFTER else "police")
    assert move(world.trust, parent, "redirect", to_team=world.teams["ambulance"]).redirect_pending


def test_only_one_redirect_is_asked_at_a_time(redirected):
    world, parent, _ = redirected(State.ACCEPTED)
    with pytest.raises(MoveNotAllowed):
        move(world.trust, parent, "redirect", to_team=world.teams["ambulance"])


@pytest.mark.parametrize("state", BEFORE)
def test_accepting_it_after_all_ends_the_redirect(redirected, state):
    world, parent, child = redirected(state)
    parent = move(world.trust, parent, "accept")
    assert again(world.police, child).state == State.CANCELLED
    assert not parent.redirect_pending
    assert move(world.trust, parent, "redirect", to_team=world.teams["ambulance"]).redirect_pending


@pytest.mark.parametrize(
    ("who", "action"), [("trust", "fail"), ("trust", "complete"), ("police", "enter_in_error")]
)
def test_the_redirect_ends_with_a_parent_that_ends(redirected, who, action):
    world, parent, child = redirected(State.IN_PROGRESS)
    parent = move(getattr(world, who), parent, action)
    assert again(world.police, child).state == State.CANCELLED
    assert not parent.redirect_pending
    assert told(world, "other_trust") == ["referral.sent", "referral.cancelled"]


def test_after_reopening_it_can_be_passed_on_again(redirected):
    world, parent, _ = redirected(State.IN_PROGRESS)
    move(world.trust, parent, "complete")
    parent = move(world.police, parent, "reopen")
    assert move(world.trust, parent, "redirect", to_team=world.teams["ambulance"]).redirect_pending


def test_the_senders_withdrawal_ends_both(redirected):
    world, parent, child = redirected(State.ACKNOWLEDGED)
    move(world.police, parent, "cancel")
    assert again(world.police, child).state == State.CANCELLED
    assert owner_of(world, parent) == "police"


def test_declining_leaves_the_other_team_asked(redirected):
    world, parent, child = redirected(State.ACKNOWLEDGED)
    move(world.trust, parent, "decline")
    assert again(world.police, child).state == State.SENT
    move(world.other_trust, child, "accept")
    assert owner_of(world, child) == "other_trust"
    assert again(world.police, parent).state == State.DECLINED


def test_a_second_message_of_one_kind_to_one_team_is_not_lost(redirected):
    """The child ends with its parent, and then another referral to the same team is withdrawn."""
    world, parent, _ = redirected(State.ACKNOWLEDGED)
    again_asked = world.asked(case=parent.case_reference, person={}, to_team=world.teams["other_trust"])
    from referrals.services import referral as referrals
    from tests.factories.world import act

    other = act(world.police, referrals.create, asked=again_asked)
    move(world.police, parent, "cancel")
    move(world.police, other, "cancel")
    assert told(world, "other_trust").count("referral.cancelled") == 2


def test_the_child_carries_what_was_asked(redirected):
    world, parent, child = redirected(State.ACCEPTED)
    same = ("category", "priority", "summary", "location", "lead", "case_id", "scene_safety", "flags")
    with acting_for(world.police.agency_id):
        pair = Referral.objects.filter(pk__in=[parent.pk, child.pk]).values(*same)
        assert pair[0] == pair[1]


class TestPassedOnTwice:
    """The trust passes it on to the other trust, which passes it on to the ambulance service."""

    @pytest.fixture
    def twice(self, redirected):
        def ask(state, **changes):
            world, parent, child = redirected(state)
            move(world.other_trust, child, "acknowledge")
            child = move(world.other_trust, child, "redirect", to_team=world.teams["ambulance"])
            return world, parent, child, child_of(world.police, child)

        return ask

    @pytest.mark.parametrize(("state", "action", "who"), [
        (State.ACKNOWLEDGED, "cancel", "police"), (State.ACCEPTED, "fail", "trust"),
    ])  # fmt: skip
    def test_it_all_ends_with_the_first(self, twice, state, action, who):
        world, parent, child, last = twice(state)
        move(getattr(world, who), parent, action)
        ended = [again(world.police, each).state for each in (child, last)]
        assert ended == [State.CANCELLED, State.CANCELLED]
        assert owner_of(world, parent) == "police"

    @pytest.mark.parametrize("state", BEFORE + AFTER)
    def test_the_last_to_be_asked_accepts_for_all(self, twice, state):
        world, parent, child, last = twice(state)
        move(world.ambulance, last, "accept")
        stand = [again(world.police, each) for each in (parent, child)]
        assert [(each.state, each.redirect_pending) for each in stand] == [(State.REDIRECTED, False)] * 2
        assert owner_of(world, last) == "ambulance"


def test_a_redirect_of_who_holds_it_no_more_is_withdrawn(redirected):
    """Somebody else's acceptance ended it: nobody shall be made accountable by what it still asked."""
    world, parent, child = redirected(State.ACCEPTED)
    asked = world.asked(
        case=parent.case_reference,
        person={},
        from_team=world.teams["trust"],
        to_team=world.teams["ambulance"],
    )
    other = act(world.trust, referrals.create, asked=asked)
    move(world.ambulance, other, "accept")
    assert again(world.police, parent).state == State.REDIRECTED
    assert again(world.police, child).state == State.CANCELLED
