"""The three parts of a list are what an agency sees: all of it, and each referral once."""

import pytest

from agencies.acting import acting_for
from referrals.domain.referral import State
from referrals.models import Onlooker, Referral
from referrals.services import referral as referrals
from tests.factories.world import act, move, referral_at

ACTORS = ("police", "trust", "other_trust", "ambulance", "stranger")


def assert_parts_are_the_whole(world):
    for name in ACTORS:
        actor = getattr(world, name)
        with acting_for(actor.agency_id):
            whole = sorted(Referral.objects.visible_to(actor).values_list("pk", "breach_at"))
            parts = [
                row
                for part, prefix in Referral.objects.visible_in_parts(actor)
                for row in part.values_list("pk", f"{prefix}breach_at")
            ]
            assert sorted(parts) == whole, name
            for row in Onlooker.objects.select_related("referral"):
                assert (row.breach_at, row.state) == (row.referral.breach_at, row.referral.state), name


def seen_by(world, name):
    actor = getattr(world, name)
    with acting_for(actor.agency_id):
        return set(Referral.objects.visible_to(actor).values_list("reference", flat=True))


@pytest.mark.parametrize("state", State)
def test_in_every_state(world, state):
    referral_at(state, world)
    assert_parts_are_the_whole(world)


@pytest.fixture
def case(world):
    """A case that the trust has accepted, with the ambulance besides."""
    lead = referral_at(State.ACCEPTED, world)
    asked = world.asked(
        case=lead.case_reference, lead=False, to_team=world.teams["ambulance"], category="conveyance"
    )
    return lead, act(world.police, referrals.create, asked=asked)


def test_when_another_is_asked_besides(world, case):
    lead, beside = case
    assert seen_by(world, "ambulance") == seen_by(world, "trust") == {lead.reference, beside.reference}
    assert_parts_are_the_whole(world)


def test_when_a_third_partys_referral_moves(world, case):
    lead, _ = case
    move(world.trust, lead, "start")
    assert_parts_are_the_whole(world)


def test_when_a_party_leaves_it_keeps_its_own_referral(world, case):
    _, beside = case
    move(world.ambulance, beside, "decline")
    move(world.police, beside, "no_further_action")
    assert seen_by(world, "ambulance") == {beside.reference}
    assert_parts_are_the_whole(world)


def test_when_a_declined_referral_is_sent_again_its_first_receiver_sees_what_became_of_it(world):
    declined = referral_at(State.DECLINED, world)
    move(world.police, declined, "resend", to_team=world.teams["other_trust"])
    assert len(seen_by(world, "trust")) == 2
    assert_parts_are_the_whole(world)


def test_when_a_party_comes_back(world):
    declined = referral_at(State.DECLINED, world)
    move(world.police, declined, "resend", to_team=world.teams["other_trust"])
    act(world.police, referrals.create, asked=world.asked(case=declined.case_reference))
    assert_parts_are_the_whole(world)


def test_filling_after_the_fact_makes_the_same_rows(world, case, as_superuser):
    before = as_superuser.execute("select * from referrals_onlooker order by 1, 2").fetchall()
    assert before
    as_superuser.execute("truncate referrals_onlooker")
    as_superuser.execute("select fill_onlookers()")
    assert as_superuser.execute("select * from referrals_onlooker order by 1, 2").fetchall() == before


def test_an_agency_sees_that_it_looks_on_and_not_who_else_does(world, case):
    with acting_for(world.trust.agency_id):
        assert {row.agency_id for row in Onlooker.objects.all()} == {world.trust.agency_id}
