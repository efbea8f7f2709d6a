"""Who is a party, from when until when, and what one that has left still sees. Both walls say the same."""

import pytest

from agencies.acting import acting_for
from referrals.domain.errors import MoveNotAllowed, NotThere
from referrals.domain.referral import State
from referrals.models import Case, Clock, Content, Escalation, Event, Move, Party, Person, Referral
from referrals.services import feed
from referrals.services import referral as referrals
from tests.factories.world import act, move, referral_at
from tests.referrals.services.reading import again, child_of, events, parties

WALK = [("ambulance", "accept"), ("ambulance", "start"), ("ambulance", "complete"), ("trust", "close")]


@pytest.fixture
def supported(standing):
    """A case that the trust holds, in which it asked the ambulance service for support."""
    world, held = standing(State.IN_PROGRESS)
    asked = world.asked(
        case=held.case_reference, lead=False, person={}, from_team=world.teams["trust"],
        to_team=world.teams["ambulance"],
    )  # fmt: skip
    return world, held, act(world.trust, referrals.create, asked=asked)


@pytest.fixture
def left(supported):
    """The same, after the ambulance service has done its part."""
    world, held, support = supported
    for who, action in WALK:
        support = move(getattr(world, who), support, action)
    return world, held, support


def walls(actor, model):
    """The rows that each wall lets through: row security alone, and the application's filter as well."""
    with acting_for(actor.agency_id):
        rows = set(model.objects.values_list("pk", flat=True))
        assert set(model.objects.visible_to(actor).values_list("pk", flat=True)) == rows
        return rows


def filtered(actor, model, in_role):
    """The rows that the application's filter alone lets through."""
    with in_role("worker"):
        return set(model.objects.visible_to(actor).values_list("pk", flat=True))


class TestJoining:
    """A receiver becomes a party when it is asked, not before."""

    def test_a_draft_makes_nobody_a_party(self, standing):
        world, referral = standing(State.DRAFT)
        assert parties(world, referral) == {"police"}
        with pytest.raises(NotThere):
            move(world.trust, referral, "acknowledge")

    def test_sending_does(self, standing):
        world, referral = standing(State.SENT)
        assert parties(world, referral) == {"police", "trust"}

    def test_whoever_joins_late_is_told_that_the_case_is_shared(self, supported):
        world, held, _ = supported
        assert events(world.police, held).count("case.shared") == 2
        assert parties(world, held) == {"police", "trust", "ambulance"}

    def test_nobody_joins_twice(self, supported):
        world, held, _ = supported
        asked = world.asked(
            case=held.case_reference, lead=False, person={}, from_team=world.teams["trust"],
            to_team=world.teams["ambulance"],
        )  # fmt: skip
        act(world.trust, referrals.create, asked=asked)
        with acting_for(world.trust.agency_id):
            assert Party.objects.filter(agency_id=world.ambulance.agency_id).count() == 1


class TestLeaving:
    """A party with nothing left to do leaves; the opener and the owner stay."""

    def test_the_supporter_leaves_when_its_referral_ends(self, left):
        world, held, _ = left
        assert parties(world, held) == {"police", "trust"}

    @pytest.mark.parametrize("state", [State.CANCELLED, State.CLOSED, State.ENTERED_IN_ERROR])
    def test_the_opener_and_the_owner_stay(self, standing, state):
        world, referral = standing(state)
        owner = {"trust"} if state == State.CLOSED else set()
        assert parties(world, referral) == {"police"} | owner

    def test_a_declined_receiver_stays_until_the_sender_has_taken_its_next_step(self, standing):
        world, referral = standing(State.DECLINED)
        assert parties(world, referral) == {"police", "trust"}
        move(world.police, referral, "resend", to_team=world.teams["other_trust"])
        assert parties(world, referral) == {"police", "other_trust"}

    def test_whoever_is_asked_again_is_a_party_again(self, left):
        world, held, _ = left
        asked = world.asked(
            case=held.case_reference, lead=False, person={}, from_team=world.teams["trust"],
            to_team=world.teams["ambulance"],
        )  # fmt: skip
        act(world.trust, referrals.create, asked=asked)
        assert "ambulance" in parties(world, held)
        with acting_for(world.trust.agency_id):
            assert Party.objects.filter(agency_id=world.ambulance.agency_id).count() == 2


class TestAfterLeaving:
    """It sees its own referral and that one's children, up to its end; of the case itself nothing."""

    @pytest.mark.parametrize("model", [Case, Person])
    def test_the_case_is_gone(self, left, model, in_role):
        world, _, _ = left
        assert walls(world.ambulance, model) == filtered(world.ambulance, model, in_role) == set()

    def test_its_own_referral_is_left_and_the_leads_is_not(self, left, in_role):
        world, held, support = left
        assert walls(world.ambulance, Referral) == {support.pk}
        assert filtered(world.ambulance, Referral, in_role) == {support.pk}
        assert held.pk in walls(world.police, Referral)

    @pytest.mark.parametrize("model", [Event, Move, Content, Clock, Escalation])
    def test_only_what_hangs_off_its_own_referral_is_left(self, left, model, in_role):
        world, _, support = left
        seen = walls(world.ambulance, model)
        assert seen == filtered(world.ambulance, model, in_role)
        with acting_for(world.trust.agency_id):
            shown = model.objects.filter(referral=support).values_list("pk", flat=True)
            assert seen == set(shown)

    def test_what_happens_later_is_not_seen(self, left):
        world, held, support = left
        before = walls(world.ambulance, Event)
        move(world.trust, held, "complete")
        assert walls(world.ambulance, Event) == before
        assert again(world.ambulance, support).state == State.CLOSED

    def test_the_child_of_its_own_referral_is_seen_up_to_its_end(self, standing):
        world, back = standing(State.DECLINED)
        move(world.police, back, "resend", to_team=world.teams["other_trust"])
        child = child_of(world.police, back)
        assert walls(world.trust, Referral) == {back.pk, child.pk}
        seen = walls(world.trust, Event)
        move(world.other_trust, child, "accept")
        assert walls(world.trust, Event) == seen

    def test_it_may_do_nothing_more(self, left):
        world, _, support = left
        with pytest.raises(MoveNotAllowed):
            move(world.ambulance, support, "reopen")

    def test_it_cannot_come_back_by_itself(self, left, as_web):
        world, _, _ = left
        as_web.execute("select set_config('app.agency_ids', %s, true)", [str(world.ambulance.agency_id)])
        with pytest.raises(Exception, match="row-level security"):
            as_web.execute(
                "update referrals_party set until = null where agency_id = %s", [world.ambulance.agency_id]
            )


class TestFeed:
    """Each event reaches those who were parties when it happened, and nobody else."""

    def positions(self, actor, as_owner):
        found = as_owner.execute("select event_id from referrals_feed where agency_id = %s order by position",
                                 [actor.agency_id]).fetchall()  # fmt: skip
        as_owner.commit()
        return [key for (key,) in found]

    def test_a_party_gets_what_it_may_see_in_order(self, supported, as_owner, in_role):
        world, _, _ = supported
        with in_role("worker"):
            feed.number_events()
        for actor in (world.police, world.trust):
            assert self.positions(actor, as_owner) == sorted(walls(actor, Event))
        assert self.positions(world.stranger, as_owner) == []

    def test_whoever_left_gets_nothing_more(self, left, as_owner, in_role):
        world, held, _ = left
        with in_role("worker"):
            feed.number_events()
        before = self.positions(world.ambulance, as_owner)
        move(world.trust, held, "complete")
        with in_role("worker"):
            feed.number_events()
        assert self.positions(world.ambulance, as_owner) == before != []


def test_a_stranger_finds_nothing_to_act_on(standing):
    world, referral = standing(State.SENT)
    for action in ("acknowledge", "cancel", "enter_in_error"):
        with pytest.raises(NotThere):
            move(world.stranger, referral, action)


def test_an_agency_with_two_referrals_stays_for_the_second(world):
    first = referral_at(State.SENT, world)
    asked = world.asked(case=first.case_reference, person={}, lead=False)
    act(world.police, referrals.create, asked=asked)
    move(world.police, first, "cancel")
    assert parties(world, first) == {"police", "trust"}
