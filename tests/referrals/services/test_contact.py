"""Only reaching the person is contact; an attempt is an attempt."""

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from agencies.acting import acting_for
from referrals.domain.errors import MoveNotAllowed, NotYourMove, ReasonNeeded
from referrals.domain.referral import State
from referrals.models import ContactAttempt, Event
from referrals.models.keys import instant
from referrals.services import arrival, contact, engine
from tests.factories.world import act, move, referral_at
from tests.referrals.services.reading import again, case_of, running, stopped

Channel, WithWhom, Outcome = ContactAttempt.Channel, ContactAttempt.WithWhom, ContactAttempt.Outcome
IN_PERSON = {"channel": "in_person", "with_whom": "person", "outcome": "reached"}
BY_PHONE = {**IN_PERSON, "channel": "phone"}
NO_ANSWER = {**BY_PHONE, "outcome": "no_answer"}
MESSAGE = {**BY_PHONE, "channel": "message"}
RECEIVER = {**BY_PHONE, "with_whom": "receiver"}


def log(actor, referral, said):
    return act(actor, contact.log, referral_id=referral.pk, **said)


def case_clocks(world, referral):
    return set(running(world.police, case=case_of(world.police, referral)))


@pytest.mark.parametrize(("channel", "whom", "outcome"), list(product(Channel, WithWhom, Outcome)))
def test_first_contact_is_met_by_reaching_the_person_and_face_to_face_in_person(
    standing, channel, whom, outcome
):
    world, referral = standing(State.SENT)
    log(world.police, referral, {"channel": channel, "with_whom": whom, "outcome": outcome})
    waiting = {"first_contact", "face_to_face"}
    if (whom, outcome) == (WithWhom.PERSON, Outcome.REACHED) and channel != Channel.MESSAGE:
        waiting -= {"first_contact"} if channel != Channel.IN_PERSON else {"first_contact", "face_to_face"}
    assert case_clocks(world, referral) == waiting


def test_the_clock_is_met_and_not_merely_stopped(standing):
    world, referral = standing(State.ACCEPTED)
    attempt = log(world.trust, referral, BY_PHONE)
    met = stopped(world.police, referral, "first_contact")
    assert met.met_at == met.stopped_at == attempt.recorded_at


def test_the_note_is_content_and_never_in_the_event(standing):
    world, referral = standing(State.ACCEPTED)
    attempt = log(world.trust, referral, {**BY_PHONE, "note": "Robin opened the door"})
    with acting_for(world.police.agency_id):
        event = Event.objects.filter(type="contact.logged").get()
    assert event.data["contact"] == str(attempt.pk)
    assert "Robin" not in str(event.data)


class TestStarting:
    """Work starts with real contact."""

    def test_an_attempt_is_not_contact(self, standing):
        world, referral = standing(State.ACCEPTED)
        log(world.trust, referral, NO_ANSWER)
        with pytest.raises(ReasonNeeded) as refusal:
            move(world.trust, referral, "start", contact=None)
        assert set(refusal.value.errors) == {"/contact"}

    @pytest.mark.parametrize(
        "said", [NO_ANSWER, {**BY_PHONE, "outcome": "left_message"}, MESSAGE, {"channel": "message"}]
    )
    def test_nor_is_one_that_is_stated_with_it(self, standing, said):
        world, referral = standing(State.ACCEPTED)
        with pytest.raises(ReasonNeeded) as refusal:
            move(world.trust, referral, "start", contact=said)
        assert set(refusal.value.errors) == {"/contact"}
        assert again(world.police, referral).state == State.ACCEPTED

    def test_reaching_somebody_else_is_none_either(self, standing):
        world, referral = standing(State.ACCEPTED)
        with pytest.raises(ReasonNeeded):
            move(world.trust, referral, "start", contact={**BY_PHONE, "with_whom": "caller"})

    def test_contact_that_was_logged_since_acceptance_is_enough(self, standing):
        world, referral = standing(State.ACCEPTED)
        log(world.trust, referral, NO_ANSWER)
        log(world.trust, referral, BY_PHONE)
        assert move(world.trust, referral, "start", contact=None).state == State.IN_PROGRESS

    def test_and_needs_nobody_to_say_it_again(self, standing):
        world, referral = standing(State.ACCEPTED)
        log(world.trust, referral, BY_PHONE)
        started = move(replace(world.trust, person=None), referral, "start", contact=None)
        assert started.state == State.IN_PROGRESS
        with acting_for(world.police.agency_id):
            assert ContactAttempt.objects.count() == 1

    def test_a_message_that_was_logged_is_not(self, standing):
        world, referral = standing(State.ACCEPTED)
        log(world.trust, referral, MESSAGE)
        with pytest.raises(ReasonNeeded) as refusal:
            move(world.trust, referral, "start", contact=None)
        assert set(refusal.value.errors) == {"/contact"}

    def test_without_a_word_of_contact_nothing_starts_and_none_is_invented(self, standing):
        world, referral = standing(State.ACCEPTED)
        with pytest.raises(ReasonNeeded) as refusal:
            move(world.trust, referral, "start", contact=None)
        assert set(refusal.value.errors) == {"/contact"}
        assert case_clocks(world, referral) == {"first_contact", "face_to_face"}
        with acting_for(world.police.agency_id):
            assert not ContactAttempt.objects.exists()

    def test_a_system_makes_no_contact_by_itself(self, standing):
        world, referral = standing(State.ACCEPTED)
        with pytest.raises(ReasonNeeded) as refusal:
            move(replace(world.trust, person=None), referral, "start", contact=BY_PHONE)
        assert set(refusal.value.errors) == {"/by"}
        assert again(world.police, referral).state == State.ACCEPTED

    def test_contact_from_before_the_acceptance_is_not(self, world):
        referral = referral_at(State.ACKNOWLEDGED, world)
        log(world.trust, referral, BY_PHONE)
        move(world.trust, referral, "accept")
        log(world.trust, referral, NO_ANSWER)
        with pytest.raises(ReasonNeeded):
            move(world.trust, referral, "start", contact=None)

    def test_contact_that_is_stated_with_it_is_recorded_and_meets_the_clocks(self, standing):
        world, referral = standing(State.ACCEPTED)
        move(world.trust, referral, "start", contact=IN_PERSON)
        assert case_clocks(world, referral) == set()
        with acting_for(world.police.agency_id):
            assert ContactAttempt.objects.get().is_contact


class TestPromisedArrival:
    """Being there in person keeps the promise of it; the deadline is then the next promise's."""

    @pytest.fixture
    def promised(self, standing):
        """An accepted referral to which somebody is on the way, to be there before anything else is due."""
        world, referral = standing(State.ACCEPTED)
        act(
            world.trust, arrival.promise, referral_id=referral.pk, arrives_at=instant() + timedelta(minutes=5)
        )
        return world, referral

    def test_starting_in_person_keeps_it(self, promised):
        world, referral = promised
        started = move(world.trust, referral, "start", contact=IN_PERSON)
        clocks = running(world.police, referral)
        assert set(clocks) == {"review"}
        assert started.breach_at == clocks["review"].target_at

    def test_starting_by_phone_does_not(self, promised):
        world, referral = promised
        started = move(world.trust, referral, "start", contact=BY_PHONE)
        assert started.breach_at == running(world.police, referral)["promised_arrival"].target_at
        log(world.trust, referral, BY_PHONE)
        clocks = running(world.police, referral)
        assert set(clocks) == {"review", "promised_arrival"}
        assert again(world.police, referral).breach_at == clocks["promised_arrival"].target_at


class TestAtWork:
    """Each contact while at work keeps the promise to look after the case, and makes the next."""

    def test_review_is_met_and_begins_anew(self, standing):
        world, referral = standing(State.IN_PROGRESS)
        before = running(world.police, referral)["review"]
        attempt = log(world.trust, referral, BY_PHONE)
        after = running(world.police, referral)["review"]
        assert after.started_at == attempt.recorded_at > before.started_at
        assert stopped(world.police, referral, "review").met_at is not None
        assert again(world.police, referral).breach_at == after.target_at

    def test_an_attempt_leaves_it_as_it_is(self, standing):
        world, referral = standing(State.IN_PROGRESS)
        before = running(world.police, referral)["review"]
        log(world.trust, referral, NO_ANSWER)
        assert running(world.police, referral)["review"].pk == before.pk


class TestPhoneFirst:
    """An emergency is told by phone: until that is confirmed, its sender has a clock of five minutes."""

    def test_reaching_the_receiver_confirms_it_and_frees_the_deadline(self, world):
        referral = referral_at(State.SENT, world, priority="P1")
        move(world.trust, referral, "acknowledge")
        assert set(running(world.police, referral)) == {"phone_confirmation", "decide"}
        log(world.police, referral, RECEIVER)
        clocks = running(world.police, referral)
        confirmed = again(world.police, referral)
        assert set(clocks) == {"decide"}
        assert confirmed.breach_at == clocks["decide"].target_at
        assert confirmed.phone_confirmation["by"] == world.police.person.name

    def test_a_call_that_nobody_answers_does_not(self, world):
        referral = referral_at(State.SENT, world, priority="P1")
        log(world.police, referral, {**RECEIVER, "outcome": "no_answer"})
        assert "phone_confirmation" in running(world.police, referral)

    def test_a_call_made_before_needs_no_clock(self, world):
        called = {"by": "Pat", "to": "Amy", "at": "2026-01-01T00:00:00+00:00"}
        referral = referral_at(State.SENT, world, priority="P1", phone_confirmation=called)
        assert set(running(world.police, referral)) == {"acknowledge", "decide"}

    @pytest.mark.parametrize("priority", ["P2", "P3", "P4"])
    def test_others_need_none(self, world, priority):
        referral = referral_at(State.SENT, world, priority=priority)
        assert set(running(world.police, referral)) == {"acknowledge", "decide"}


def test_only_named_people_of_both_ends_log_contact(standing):
    world, referral = standing(State.ACCEPTED)
    with pytest.raises(ReasonNeeded):
        log(replace(world.trust, person=None), referral, BY_PHONE)
    asked = world.asked(
        case=referral.case_reference, lead=False, person={}, from_team=world.teams["trust"],
        to_team=world.teams["ambulance"],
    )  # fmt: skip
    from referrals.services import referral as referrals

    act(world.trust, referrals.create, asked=asked)
    with pytest.raises(NotYourMove):
        log(world.ambulance, referral, BY_PHONE)


def test_nobody_is_reached_about_a_draft(standing):
    world, referral = standing(State.DRAFT)
    with pytest.raises(MoveNotAllowed):
        log(world.police, referral, BY_PHONE)


def test_a_promise_that_is_kept_late_leaves_no_level_behind(world, in_role):
    referral = referral_at(State.IN_PROGRESS, world)
    with in_role("worker"):
        engine.tick(now=instant() + timedelta(hours=12))
    assert again(world.police, referral).escalation_level > 0
    log(world.trust, referral, {"channel": "phone", "with_whom": "person", "outcome": "reached"})
    assert again(world.police, referral).escalation_level == 0
