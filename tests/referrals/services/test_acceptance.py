"""The first acceptance wins, and a named human makes it."""

from dataclasses import replace

import pytest

from agencies.acting import acting_for
from referrals.domain.errors import Invalid, MoveNotAllowed, NotYourMove, ReasonNeeded
from referrals.domain.referral import State
from referrals.models import Accountability, Move
from referrals.models.keys import new_id
from referrals.services import referral as referrals
from tests.factories.world import act, move, referral_at
from tests.referrals.services.reading import again, case_of, child_of, events, owner_of, parties, told


@pytest.fixture
def asked_at_once(world):
    """The trust, the other trust and the ambulance service, asked for a place at the same moment."""
    asking = new_id()
    first = act(world.police, referrals.create, asked=world.asked(asking=asking))
    others = [
        act(
            world.police,
            referrals.create,
            asked=world.asked(asking=asking, case=first.case_reference, person={}, to_team=world.teams[name]),
        )
        for name in ("other_trust", "ambulance")
    ]
    return [first, *others]


def test_of_several_asked_at_once_the_first_to_accept_wins(world, asked_at_once):
    first, second, third = asked_at_once
    move(world.trust, first, "acknowledge")
    move(world.other_trust, second, "accept")
    assert owner_of(world, second) == "other_trust"
    assert [again(world.police, each).state for each in asked_at_once] == [
        "cancelled",
        "accepted",
        "cancelled",
    ]
    assert [_reason(world, each) for each in (first, third)] == ["accepted_elsewhere"] * 2


@pytest.mark.parametrize("hands", [["trust"], ["trust", "ambulance"]])
def test_what_others_were_passing_on_is_cancelled_in_one_step_each(world, asked_at_once, hands):
    passed_on = [asked_at_once[0]]
    for hand, to in zip(hands, ["ambulance", "trust"], strict=False):
        move(getattr(world, hand), passed_on[-1], "acknowledge")
        move(getattr(world, hand), passed_on[-1], "redirect", to_team=world.teams[to])
        passed_on.append(child_of(world.police, passed_on[-1]))
    move(world.other_trust, asked_at_once[1], "accept")
    for each in (*passed_on, asked_at_once[2]):
        assert again(world.police, each).state == "cancelled"
        assert _reason(world, each) == "accepted_elsewhere"
    assert told(world, "ambulance").count("referral.cancelled") == 2


def test_everybody_who_was_asked_is_told(world, asked_at_once):
    move(world.other_trust, asked_at_once[1], "accept")
    assert told(world, "trust") == ["referral.sent", "referral.cancelled"]
    assert told(world, "ambulance") == ["referral.sent", "referral.cancelled"]
    assert told(world, "police") == ["referral.cancelled", "referral.cancelled", "referral.accepted"]


def test_whoever_comes_second_is_told_that_it_is_too_late(world, asked_at_once):
    move(world.other_trust, asked_at_once[1], "accept")
    with pytest.raises(MoveNotAllowed) as refusal:
        move(world.ambulance, asked_at_once[2], "accept")
    assert refusal.value.allowed == []


def test_a_referral_of_another_asking_goes_on(world):
    first = referral_at(State.SENT, world)
    other = act(
        world.police,
        referrals.create,
        asked=world.asked(case=first.case_reference, person={}, to_team=world.teams["other_trust"]),
    )
    move(world.trust, first, "accept")
    assert again(world.police, other).state == State.SENT


@pytest.mark.parametrize("state", [State.ACCEPTED, State.IN_PROGRESS])
def test_the_lead_that_held_before_becomes_redirected(standing, state):
    world, held = standing(state)
    lead = _lead_of_the_trust(world, held)
    move(world.other_trust, lead, "accept")
    assert again(world.trust, held).state == State.REDIRECTED
    assert owner_of(world, held) == "other_trust"
    assert case_of(world.police, held).holding_lead_id == lead.pk
    assert "referral.redirected" in told(world, "police")
    assert "referral.redirected" in told(world, "trust")


def test_a_lead_that_is_completed_stays_completed(standing):
    world, held = standing(State.COMPLETED)
    move(world.other_trust, _lead_of_the_trust(world, held), "accept")
    assert again(world.police, held).state == State.COMPLETED
    assert owner_of(world, held) == "other_trust"


def test_a_supporting_acceptance_moves_nothing(standing):
    world, held = standing(State.IN_PROGRESS)
    before = case_of(world.police, held)
    asked = world.asked(
        case=held.case_reference, lead=False, person={}, from_team=world.teams["trust"],
        to_team=world.teams["ambulance"],
    )  # fmt: skip
    support = act(world.trust, referrals.create, asked=asked)
    move(world.ambulance, support, "accept")
    move(world.ambulance, support, "start")
    move(world.ambulance, support, "fail")
    after = case_of(world.police, held)
    assert (after.accountable_agency_id, after.accountable_since) == (
        before.accountable_agency_id,
        before.accountable_since,
    )
    assert again(world.police, held).state == State.IN_PROGRESS
    assert "case.accountability_changed" not in events(world.police, held)[-3:]


def test_only_the_accountable_agency_sends_leads(standing):
    world, held = standing(State.ACCEPTED)
    asked = world.asked(case=held.case_reference, person={}, to_team=world.teams["other_trust"])
    with pytest.raises(NotYourMove) as refusal:
        act(world.police, referrals.create, asked=asked)
    assert set(refusal.value.errors) == {"/lead"}


def test_a_lead_drafted_while_accountable_is_not_sent_afterwards(world):
    sent = referral_at(State.SENT, world)
    asked = world.asked(case=sent.case_reference, person={}, draft=True, to_team=world.teams["other_trust"])
    late = act(world.police, referrals.create, asked=asked)
    move(world.trust, sent, "accept")
    with pytest.raises(NotYourMove):
        move(world.police, late, "send")


@pytest.mark.parametrize("action", ["acknowledge", "accept", "decline", "request_info"])
def test_no_program_answers_for_itself(standing, action):
    world, sent = standing(State.SENT)
    machine = replace(world.trust, person=None)
    with pytest.raises(ReasonNeeded) as refusal:
        move(machine, sent, action)
    assert set(refusal.value.errors) == {"/by"}
    assert again(world.police, sent).state == State.SENT


def test_accepting_a_new_referral_is_acknowledging_it_first(standing):
    world, sent = standing(State.SENT)
    move(world.trust, sent, "accept")
    with acting_for(world.police.agency_id):
        steps = Move.objects.filter(referral=sent).order_by("version").values_list("action", "to_state")
        assert list(steps) == [("send", "sent"), ("acknowledge", "acknowledged"), ("accept", "accepted")]
    assert again(world.trust, sent).held_by_name == world.trust.person.name


def test_accountability_has_one_answer_at_every_moment(standing):
    world, held = standing(State.FAILED)
    with acting_for(world.police.agency_id):
        periods = list(Accountability.objects.filter(case_id=held.case_id).order_by("during"))
    assert [(p.cause, p.agency_id) for p in periods] == [
        ("opened", world.police.agency_id),
        ("accepted", world.trust.agency_id),
        ("failed", world.police.agency_id),
    ]
    assert [p.during.upper for p in periods[:-1]] == [p.during.lower for p in periods[1:]]
    assert periods[-1].during.upper_inf


class TestForAnotherAgency:
    """A team that serves several agencies accepts for the one whose patient it is."""

    @pytest.fixture
    def served(self, world):
        """The other trust, for which the trust's team acts as well."""
        world.teams["trust"].serves.add(world.other_trust.agency_id)
        return world.other_trust

    def test_the_agency_that_is_named_becomes_accountable(self, world, served):
        sent = referral_at(State.SENT, world)
        move(world.trust, sent, "accept", for_agency=served.agency_code)
        assert owner_of(world, sent) == "other_trust"
        assert parties(world, sent) == {"police", "trust", "other_trust"}

    @pytest.mark.parametrize("who", ["trust", "other_trust"])
    def test_both_the_team_and_the_agency_it_acts_for_go_on(self, world, served, who):
        sent = referral_at(State.SENT, world)
        move(world.trust, sent, "accept", for_agency=served.agency_code)
        assert move(getattr(world, who), sent, "start").state == State.IN_PROGRESS

    def test_an_agency_that_it_does_not_serve_is_refused(self, world):
        sent = referral_at(State.SENT, world)
        with pytest.raises(Invalid) as refusal:
            move(world.trust, sent, "accept", for_agency=world.stranger.agency_code)
        assert set(refusal.value.errors) == {"/for_agency"}
        assert owner_of(world, sent) == "police"


def _lead_of_the_trust(world, held):
    asked = world.asked(
        case=held.case_reference,
        person={},
        from_team=world.teams["trust"],
        to_team=world.teams["other_trust"],
    )
    return act(world.trust, referrals.create, asked=asked)


def _reason(world, referral):
    with acting_for(world.police.agency_id):
        return Move.objects.filter(referral=referral).latest("version").reason_code


def test_help_that_is_accepted_ends_no_lead_of_the_same_asking(world):
    asking = new_id()
    lead = act(world.police, referrals.create, asked=world.asked(asking=asking))
    beside = world.asked(
        asking=asking, case=lead.case_reference, person={}, lead=False, to_team=world.teams["ambulance"]
    )
    helping = act(world.police, referrals.create, asked=beside)
    move(world.ambulance, helping, "accept")
    assert again(world.police, lead).state == State.SENT
    move(world.trust, lead, "accept")
    assert again(world.police, helping).state == State.ACCEPTED


class TestPassedOnByAnAgencyThatItServes:
    """It is asked in the name of the agency that accepted, and comes back to that one."""

    def test_it_comes_back_to_who_accepted_and_not_to_the_teams_home(self, world):
        world.teams["trust"].serves.add(world.other_trust.agency_id)
        sent = referral_at(State.SENT, world)
        move(world.trust, sent, "accept", for_agency=world.other_trust.agency_code)
        move(world.other_trust, sent, "redirect", to_team=world.teams["ambulance"])
        child = child_of(world.police, sent)
        assert child.from_agency_id == world.other_trust.agency_id
        move(world.ambulance, child, "accept")
        move(world.ambulance, child, "fail")
        assert owner_of(world, child) == "other_trust"
