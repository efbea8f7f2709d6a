"""Whom a rung tells: the posts it names, and never nobody."""

from datetime import timedelta

import pytest

from agencies.acting import acting_for
from agencies.duty import answering
from agencies.roles import Role
from notifications.models import Message
from referrals.domain.agreement import POSTS
from referrals.domain.escalation import Party, Rung, as_terms, ladder_of
from referrals.domain.referral import State
from referrals.models import Clock, Escalation
from referrals.models.keys import instant
from referrals.services import due, engine
from tests.factories.agencies import MembershipFactory
from tests.factories.world import move, referral_at

DAY = timedelta(days=1)


@pytest.fixture
def review(world):
    """The review of a case whose one referral was cancelled: no other team waits for it."""
    referral = referral_at(State.SENT, world)
    move(world.police, referral, "cancel")
    with acting_for(world.police.agency_id):
        return Clock.objects.running().get(case_id=referral.case_id, kind="case_review")


@pytest.fixture
def looked_at(review, in_role):
    """The clock as a look reads it."""
    with in_role("worker"):
        yield due.read_again([review.pk], review.next_look_at)[0]


def test_where_no_other_team_waits_the_holder_is_told_in_its_place(world, looked_at):
    rung = Rung(50, ((Party.OTHER, Role.MANAGER),))
    assert due.posts(looked_at, rung) == [(world.teams["police"].pk, Role.MANAGER)]


def test_a_rung_may_name_the_liaison_beside_the_tiers(world, review, in_role):
    """Offered where agreements are made; with none at the desk a supervisor is told, and it is a gap."""
    assert (Party.HOLDER, "liaison") in POSTS
    terms = {"ladder": as_terms([Rung(100, ((Party.HOLDER, Role.LIAISON),))])}
    held = MembershipFactory(team=world.teams["police"], role=Role.LIAISON)
    with in_role("worker"):
        looked_at = due.read_again([review.pk], review.next_look_at)[0]
        (post,) = due.posts(looked_at, ladder_of(terms, review.kind)[0])
        assert post == (world.teams["police"].pk, Role.LIAISON)
        assert [who.membership_id for who in answering({post}, instant())[post].recipients] == [held.pk]


def test_a_rung_that_names_nobody_tells_the_holders_duty_contact(world, looked_at):
    assert due.posts(looked_at, Rung(50, ())) == [(world.teams["police"].pk, None)]


def test_a_rung_that_names_the_holder_too_tells_nobody_in_place_of_the_other(world, looked_at):
    rung = Rung(50, ((Party.HOLDER, Role.WORKER), (Party.OTHER, Role.MANAGER)))
    assert due.posts(looked_at, rung) == [(world.teams["police"].pk, Role.WORKER)]


def test_a_ladder_that_names_the_other_side_alone_still_owes_a_message(review, in_role, monkeypatch):
    silent = (Rung(100, ((Party.OTHER, Role.SUPERVISOR),)),)
    monkeypatch.setattr(due, "terms_of", lambda version, kind: (silent, None))
    with in_role("worker"):
        engine.tick(instant() + 2 * DAY)
        rung = Escalation.objects.get(clock=review)
        assert (
            Message.objects.filter(escalation_id=rung.pk, agency=review.case.opened_by_agency_id).count() == 1
        )
