"""A dispute that was opened by mistake: whoever opened it takes it back; nothing is settled by that."""

import pytest

from agencies.acting import acting_for
from referrals.domain.errors import MoveNotAllowed, NotYourMove, ReasonNeeded
from referrals.domain.referral import State
from referrals.models import Dispute, Referral
from referrals.services import case_moves
from tests.factories.world import act, move, referral_at
from tests.referrals.services.reading import case_of, events, owner_of, stopped, told
from tests.referrals.services.test_dispute import case_move, clock_of, dispute_of, twice  # noqa: F401

WHY = "Pressed the wrong line."


@pytest.fixture
def disputed(world):
    sent = referral_at(State.SENT, world)
    case_move(world.trust, sent, "dispute", reason="not our area")
    return sent


def withdraw(by, referral, reason=WHY):
    return case_move(by, referral, "withdraw_dispute", reason=reason)


def allowed(by, referral):
    case = case_of(by, referral)
    return act(by, lambda by: case_moves.allowed(by, [case])[case.pk])


def test_whoever_opened_it_takes_it_back_and_everybody_who_was_told_hears(world, disputed):
    assert "withdraw_dispute" in allowed(world.trust, disputed)
    withdraw(world.trust, disputed)
    made = dispute_of(world.trust, disputed)
    assert (made.outcome, made.settled_by["name"]) == ("withdrawn", "Amy Example")
    assert events(world.police, disputed)[-1] == "case.dispute_settled"
    assert told(world, "police").count("case.dispute_settled") >= 1
    assert told(world, "trust").count("case.dispute_settled") == 1  # its own manager, who had been woken
    assert owner_of(world, disputed) == "police"


def test_its_clock_is_needed_no_longer_and_was_not_kept(world, disputed):
    withdraw(world.trust, disputed)
    assert clock_of(world, disputed) is None
    assert stopped(world.police, disputed, "dispute").met_at is None


def test_the_other_side_settles_it_and_does_not_withdraw_it(world, disputed):
    assert "withdraw_dispute" not in allowed(world.police, disputed)
    with pytest.raises(NotYourMove):
        withdraw(world.police, disputed)


def test_two_declines_are_nobodys_slip(world, twice):  # noqa: F811
    for who in (world.police, world.other_trust):
        assert "withdraw_dispute" not in allowed(who, twice)
        with pytest.raises(NotYourMove):
            withdraw(who, twice)


def test_it_needs_a_reason_and_a_dispute(world, disputed):
    with pytest.raises(ReasonNeeded):
        withdraw(world.trust, disputed, reason="")
    withdraw(world.trust, disputed)
    with pytest.raises(MoveNotAllowed):
        withdraw(world.trust, disputed)


def test_what_is_withdrawn_has_settled_nothing_so_a_second_decline_opens_one(world):
    sent = referral_at(State.SENT, world)
    move(world.trust, sent, "decline")
    case_move(world.police, sent, "dispute")
    withdraw(world.police, sent)
    again = move(world.police, sent, "resend", to_team=world.teams["other_trust"])
    with acting_for(world.other_trust.agency_id):
        child = Referral.objects.visible_to(world.other_trust).get(parent_id=again.pk)
    move(world.other_trust, child, "decline")
    with acting_for(world.police.agency_id):
        assert Dispute.objects.open().filter(case=sent.case_id).exists()


def test_it_can_be_opened_again(world, disputed):
    withdraw(world.trust, disputed)
    case_move(world.trust, disputed, "dispute", reason="and now it is so")
    assert clock_of(world, disputed) is not None
