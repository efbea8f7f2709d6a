"""First contact and face to face are promises of the case: no decline or redirect starts them anew."""

from datetime import timedelta

import pytest

from agencies.acting import acting_for
from referrals.domain.referral import State
from referrals.models import Clock
from referrals.services import referral as referrals
from tests.factories.world import act, move, referral_at
from tests.referrals.services.reading import case_of, child_of, running

KINDS = {"first_contact", "face_to_face"}


def promises(world, referral):
    """The case's promises to the person, every one that ever ran."""
    with acting_for(world.police.agency_id):
        found = Clock.objects.filter(case_id=referral.case_id, kind__in=KINDS).order_by("id")
        return list(found.values_list("kind", "started_at", "target_at"))


def test_they_start_with_the_first_send(standing):
    world, referral = standing(State.DRAFT)
    assert promises(world, referral) == []
    sent = move(world.police, referral, "send")
    assert case_of(world.police, referral).first_sent_at == sent.sent_at
    assert {(kind, start, end - start) for kind, start, end in promises(world, referral)} == {
        ("first_contact", sent.sent_at, timedelta(hours=1)),
        ("face_to_face", sent.sent_at, timedelta(hours=4)),
    }


def decline_and_resend(world, referral):
    move(world.trust, referral, "decline")
    move(world.police, referral, "resend", to_team=world.teams["other_trust"])


def redirect_and_accept(world, referral):
    move(world.trust, referral, "acknowledge")
    move(world.trust, referral, "redirect", to_team=world.teams["other_trust"])
    move(world.other_trust, child_of(world.police, referral), "accept")


def cancel_and_ask_anew(world, referral):
    move(world.police, referral, "cancel")
    act(world.police, referrals.create, asked=world.asked(case=referral.case_reference, person={}))


def fail_and_resend(world, referral):
    move(world.trust, referral, "accept")
    move(world.trust, referral, "fail")
    move(world.police, referral, "resend", to_team=world.teams["other_trust"])


@pytest.mark.parametrize(
    "detour", [decline_and_resend, redirect_and_accept, cancel_and_ask_anew, fail_and_resend]
)
def test_no_detour_starts_them_anew(standing, detour):
    world, referral = standing(State.SENT)
    before = promises(world, referral)
    detour(world, referral)
    assert promises(world, referral) == before
    assert set(running(world.police, case=case_of(world.police, referral))) == KINDS


def test_acknowledge_and_decide_start_at_each_send(standing):
    world, referral = standing(State.DECLINED)
    move(world.police, referral, "resend", to_team=world.teams["other_trust"])
    child = child_of(world.police, referral)
    clocks = running(world.police, child)
    assert {kind: clock.started_at for kind, clock in clocks.items()} == {
        "acknowledge": child.sent_at,
        "decide": child.sent_at,
    }


def test_deciding_goes_on_while_information_is_asked_for(standing):
    world, referral = standing(State.SENT)
    decide = running(world.police, referral)["decide"].pk
    for actor, action in [
        (world.trust, "request_info"),
        (world.police, "answer_info"),
        (world.trust, "request_info"),
    ]:
        move(actor, referral, action)
        assert running(world.police, referral)["decide"].pk == decide


@pytest.mark.parametrize(
    ("changes", "kind", "minutes", "clause"),
    [
        ({}, "acknowledge", 15, "targets.P2.acknowledge"),
        ({"priority": "P1"}, "decide", 10, "targets.P1.decide"),
        (
            {"priority": "P3", "category": "conveyance"},
            "acknowledge",
            15,
            "categories.conveyance.acknowledge",
        ),
        ({"priority": "P1", "category": "conveyance"}, "acknowledge", 5, "targets.P1.acknowledge"),
        ({"category": "s136_handover"}, "decide", 15, "categories.s136_handover.decide"),
    ],
)
def test_a_promise_is_as_long_as_its_clause_says(world, changes, kind, minutes, clause):
    referral = referral_at(State.SENT, world, **changes)
    clock = running(world.police, referral)[kind]
    assert (clock.target_at - clock.started_at, clock.clause) == (timedelta(minutes=minutes), clause)


def test_a_social_care_receiver_has_its_own_promises(world):
    referral = act(
        world.police, referrals.create, asked=world.asked(priority="P4", to_team=world.teams["stranger"])
    )
    clock = running(world.police, referral)["decide"]
    assert (clock.target_at - clock.started_at, clock.clause) == (
        timedelta(minutes=120),
        "receivers.social_care.decide",
    )
