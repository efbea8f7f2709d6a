"""What is new while the risk stands is told as that: words, or another number; the risk stays as it was."""

from itertools import pairwise

import pytest

from agencies.acting import acting_for
from referrals.domain.errors import Invalid, MoveNotAllowed, NotThere, ReasonNeeded, Stale
from referrals.domain.referral import State
from referrals.models import Content, Event, Person
from referrals.services import information
from tests.factories.world import act, decide_anew, move, referral_at, referrals
from tests.referrals.services.reading import again, child_of, events, running, told

PHONE = "07700 900777"


def add(actor, referral, **said):
    return act(actor, information.add, referral_id=referral.pk, **said)


def number_of(actor, referral) -> str:
    with acting_for(actor.agency_id):
        return Person.objects.get(case_id=referral.case_id).phone


def test_words_are_told_to_the_other_side_and_change_neither_risk_nor_clocks(standing):
    world, referral = standing(State.ACCEPTED)
    before = again(world.police, referral)
    clocks = {kind: each.target_at for kind, each in running(world.police, referral).items()}
    assert add(world.police, referral, text="He rang again.") == ["referral.information_added"]
    after = again(world.police, referral)
    assert (after.priority, after.risk_raised_at, after.breach_at) == (
        before.priority, None, before.breach_at,
    )  # fmt: skip
    assert after.version == before.version + 1
    assert {kind: each.target_at for kind, each in running(world.police, referral).items()} == clocks
    assert events(world.police, referral)[-1] == "referral.information_added"
    assert told(world, "trust")[-1] == "referral.information_added"
    assert "referral.information_added" not in told(world, "police")


def test_the_words_are_kept_beside_the_event_and_stand_in_no_message(standing):
    world, referral = standing(State.SENT)
    add(world.trust, referral, text="He rang again.")
    with acting_for(world.police.agency_id):
        event = Event.objects.filter(case_id=referral.case_id).latest("seq")
        kept = Content.objects.get(pk=event.data["content"][0]["id"])
    assert (kept.kind, kept.body) == ("new_information", "He rang again.")
    assert "rang" not in str(event.data)


def test_another_number_replaces_the_one_that_was_known_and_every_desk_is_told(standing):
    world, referral = standing(State.ACCEPTED)
    ambulance = act(
        world.trust, referrals.create,
        asked=world.asked(
            from_team=world.teams["trust"], to_team=world.teams["ambulance"], lead=False, person={},
            case=referral.case_reference,
        ),
    )  # fmt: skip
    assert add(world.police, referral, phone=PHONE) == ["case.contact_changed"]
    assert number_of(world.trust, referral) == PHONE
    assert events(world.police, ambulance)[-1] == "case.contact_changed"
    assert told(world, "trust")[-1] == told(world, "ambulance")[-1] == "case.contact_changed"
    assert again(world.police, referral).risk_raised_at is None


def test_a_desk_whose_referral_has_ended_is_told_of_no_number(standing):
    world, referral = standing(State.ACKNOWLEDGED)
    move(world.trust, referral, "redirect", to_team=world.teams["other_trust"])
    move(world.other_trust, child_of(world.police, referral), "accept")
    add(world.police, child_of(world.police, referral), phone=PHONE)
    assert told(world, "other_trust")[-1] == "case.contact_changed"
    assert "case.contact_changed" not in told(world, "trust")


def test_a_number_that_is_known_changes_nothing(standing):
    world, referral = standing(State.SENT)
    add(world.police, referral, phone=PHONE)
    before, version = events(world.police, referral), again(world.police, referral).version
    assert add(world.police, referral, phone=PHONE) == []
    assert (events(world.police, referral), again(world.police, referral).version) == (before, version)


def test_both_are_two_facts_in_one_version(standing):
    world, referral = standing(State.SENT)
    version = again(world.police, referral).version
    made = ["referral.information_added", "case.contact_changed"]
    assert add(world.police, referral, text="Ring him there.", phone=PHONE) == made
    assert events(world.police, referral)[-2:] == made
    assert again(world.police, referral).version == version + 1


def test_neither_is_refused(standing):
    world, referral = standing(State.SENT)
    with pytest.raises(ReasonNeeded) as refused:
        add(world.police, referral)
    assert set(refused.value.errors) == {"/text", "/phone"}


def test_what_is_stale_closed_or_not_there_is_refused(standing):
    world, referral = standing(State.SENT)
    with pytest.raises(Stale):
        add(world.police, referral, text="x", version=99)
    with pytest.raises(NotThere):
        add(world.stranger, referral, text="x")
    ended = referral_at(State.DISCARDED, world)
    with pytest.raises(MoveNotAllowed):
        add(world.police, ended, text="x")


@pytest.mark.parametrize(("answers", "reopened"), [({}, True), ({"crime": "yes"}, False)])
def test_what_a_named_person_says_anew_reopens_that_no_police_are_needed(world, answers, reopened):
    referral = referral_at(State.SENT, world)
    decide_anew(world, referral, **answers)
    add(world.trust, referral, text="He has a knife.")
    assert ("threshold.reopened" in events(world.police, referral)) == reopened


def test_another_number_reopens_nothing(world):
    referral = referral_at(State.SENT, world)
    decide_anew(world, referral)
    add(world.trust, referral, phone=PHONE)
    assert "threshold.reopened" not in events(world.police, referral)


def test_a_drafts_news_is_its_senders_alone(world):
    referral = referral_at(State.ACCEPTED, world)
    draft = act(
        world.police, referrals.create,
        asked=world.asked(to_team=world.teams["ambulance"], lead=False, person={}, draft=True,
                          case=referral.case_reference),
    )  # fmt: skip
    decide_anew(world, referral)
    before = told(world, "trust"), events(world.trust, referral)
    add(world.police, draft, text="Not yet for others.")
    assert "referral.information_added" in events(world.police, referral)
    assert (told(world, "trust"), events(world.trust, referral)) == before
    sequence = events(world.police, referral)
    assert all(pair != ("referral.information_added", "threshold.reopened") for pair in pairwise(sequence))
    with pytest.raises(Invalid) as refused:
        add(world.police, draft, phone=PHONE)
    assert set(refused.value.errors) == {"/phone"}
