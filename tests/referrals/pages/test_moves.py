"""Small forms: they make the move, or keep what was typed and say what is wrong where it is wrong."""

from datetime import timedelta

import pytest
from django.utils import timezone

from agencies.roles import Role
from referrals.domain.referral import State
from referrals.domain.threshold import QUESTIONS
from referrals.models import ClaimedAcceptance, ContactAttempt
from tests.factories.world import act, move, referral_at

DECLINE = {"reason_code": "no_capacity", "reason": "one clinician on shift", "belongs_to": "unknown"}
NO = {f"q_{question.code}": "no" for question in QUESTIONS} | {"rationale": "r", "caller_told": "c"}


def address(referral, action):
    return f"/tracker/referrals/{referral.reference}/{action}/"


@pytest.mark.parametrize(
    ("state", "who", "action", "said", "then"),
    [
        (State.SENT, "trust", "acknowledge", {}, State.ACKNOWLEDGED),
        (State.SENT, "trust", "accept", {}, State.ACCEPTED),
        (State.SENT, "trust", "decline", DECLINE, State.DECLINED),
        (State.SENT, "trust", "request_info", {"reason": "which floor?"}, State.INFO_REQUESTED),
        (State.INFO_REQUESTED, "police", "answer_info", {"reason": "third"}, State.ACKNOWLEDGED),
        (State.ACCEPTED, "trust", "start", {"contact": "phone"}, State.IN_PROGRESS),
        (State.ACCEPTED, "trust", "fail", {"reason_code": "unsafe_scene", "reason": "dog"}, State.FAILED),
        (State.IN_PROGRESS, "trust", "complete", {"outcome": "seen, safe"}, State.COMPLETED),
        (State.COMPLETED, "police", "close", {"caller_told": "she is safe"}, State.CLOSED),
        (State.DECLINED, "police", "no_further_action", {"reason": "with family"}, State.CLOSED),
        (
            State.DECLINED,
            "police",
            "police_reassess",
            NO,
            State.CLOSED,
        ),
        (State.SENT, "police", "cancel", {"reason": "found"}, State.CANCELLED),
        (State.DRAFT, "police", "send", {}, State.SENT),
        (State.COMPLETED, "trust", "reopen", {"reason": "she rang again"}, State.IN_PROGRESS),
    ],
)
def test_each_move_has_a_form_that_makes_it(world, desk, stands, state, who, action, said, then):
    referral = referral_at(state, world)
    answer = desk(who).post(address(referral, action), {**said, "version": stands(referral).version})
    assert answer.status_code == 302, answer.content.decode()
    assert stands(referral).state == then


def test_who_was_reached_already_is_not_asked_for_again(world, desk, stands):
    referral = referral_at(State.ACCEPTED, world)
    assert desk("trust").post(address(referral, "start"), {}).status_code == 422
    reached = {"with_whom": "person", "channel": "phone", "outcome": "reached"}
    desk("trust").post(address(referral, "contact"), reached)
    assert "logged already" in desk("trust").get(address(referral, "start")).content.decode()
    assert desk("trust").post(address(referral, "start"), {}).status_code == 302
    assert stands(referral).state == State.IN_PROGRESS


@pytest.mark.parametrize(("state", "action"), [(State.DECLINED, "resend"), (State.ACKNOWLEDGED, "redirect")])
def test_another_team_is_asked(world, desk, stands, state, action):
    referral = referral_at(state, world)
    who = "police" if action == "resend" else "trust"
    said = {"to_team": world.teams["other_trust"].pk, "reason": "they know her"}
    assert desk(who).post(address(referral, action), said).status_code == 302
    assert "1" in str(desk("other_trust").get("/tracker/referrals/?state=sent").content.count(b'id="row-'))


def test_what_is_missing_is_said_at_its_field_and_what_was_typed_is_kept(world, desk, stands):
    referral = referral_at(State.SENT, world)
    answer = desk("trust").post(address(referral, "decline"), {"reason": "<b>typed</b> at length"})
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert 'href="#id_reason_code_0"' in shown
    assert "&lt;b&gt;typed&lt;/b&gt; at length" in shown
    assert stands(referral).state == State.SENT


def test_a_form_that_is_overtaken_is_refused_and_keeps_what_was_typed(world, desk, stands):
    referral = referral_at(State.SENT, world)
    before = stands(referral).version
    move(world.trust, referral, "acknowledge")
    answer = desk("trust").post(address(referral, "decline"), {**DECLINE, "version": before})
    shown = answer.content.decode()
    assert answer.status_code == 412
    assert "has moved on" in shown
    assert "one clinician on shift" in shown
    assert f'name="version" value="{before + 1}"' in shown


def test_a_move_that_is_not_there_any_more_is_409_and_not_ours_403(world, desk):
    referral = referral_at(State.ACCEPTED, world)
    assert desk("trust").post(address(referral, "decline"), DECLINE).status_code == 409
    sent = referral_at(State.SENT, world)
    assert desk("police").post(address(sent, "accept")).status_code == 403
    declined = referral_at(State.DECLINED, world)
    junior = desk("police", Role.WORKER).post(address(declined, "no_further_action"), {"reason": "no"})
    assert junior.status_code == 403
    assert "supervisor or more senior" in junior.content.decode()


def test_the_second_of_two_who_accept_is_told_who_did_and_finds_no_button(world, desk):
    referral = referral_at(State.SENT, world)
    version = referral.version
    move(world.trust, referral, "accept")
    answer = desk("trust").post(address(referral, "accept"), {"version": version})
    shown = answer.content.decode()
    assert answer.status_code in (409, 412)
    assert "Accepted by Amy Example at <time" in shown
    assert "data-prevent-double-click" not in shown
    assert "See how it stands now" in shown


def test_an_action_that_does_not_exist_is_not_found(world, desk):
    assert desk("police").get(address(referral_at(State.SENT, world), "destroy")).status_code == 404


def test_contact_risk_and_an_acceptance_by_phone_are_recorded(world, desk, stands):
    referral = referral_at(State.SENT, world)
    browser = desk("police")
    reached = {"with_whom": "receiver", "channel": "phone", "outcome": "reached", "note": "spoke to Amy"}
    assert browser.post(address(referral, "contact"), reached).status_code == 302
    raised = {"direction": "raise", "priority": "P1", "reason": "has tablets"}
    assert browser.post(address(referral, "risk"), raised).status_code == 302
    said = {"name": "Amy", "role": "nurse in charge", "contact": "020 7946 0102"}
    assert browser.post(address(referral, "claim"), said).status_code == 302
    assert stands(referral).priority == "P1"
    found = [
        act(world.police, lambda by, model=model: model.objects.visible_to(by).count())
        for model in (ContactAttempt, ClaimedAcceptance)
    ]
    assert found == [1, 1]
    assert (
        "Said to be accepted by phone"
        in desk("trust").get(f"/tracker/referrals/{referral.reference}/").content.decode()
    )


def test_what_is_new_is_told_and_raises_no_risk(world, desk, stands):
    referral = referral_at(State.SENT, world)
    browser, here = desk("police"), address(referral, "inform")
    assert here in browser.get(f"/tracker/referrals/{referral.reference}/").text
    assert "ay what is known now" in browser.post(here, {}).text
    assert browser.post(here, {"text": "seen at the bus station"}).status_code == 302
    shown = desk("trust").get(f"/tracker/referrals/{referral.reference}/").text
    assert "seen at the bus station" in shown
    assert "Risk raised" not in shown
    assert browser.post(here, {"phone": "07700 900123"}).status_code == 302
    assert "his number is known already" in browser.post(here, {"phone": "07700 900123"}).text
    assert stands(referral).priority == "P2"


def test_a_case_is_closed_once_nothing_in_it_is_open(world, desk):
    closed = referral_at(State.CANCELLED, world)
    browser = desk("police")
    answer = browser.post(
        f"/tracker/cases/{closed.case_reference}/close/", {"reason": "all is well"}, follow=True
    )
    assert "This case is closed" in answer.content.decode()
    open_ = referral_at(State.SENT, world)
    refused = browser.post(f"/tracker/cases/{open_.case_reference}/close/", {"reason": "too early"})
    assert refused.status_code == 409
    assert open_.reference in refused.content.decode()


def test_something_that_happened_earlier_is_entered_with_its_time(world, desk):
    referral = referral_at(State.SENT, world)
    earlier = timezone.localtime() - timedelta(hours=3)
    said = {"occurred_at": f"{earlier:%Y-%m-%dT%H:%M}"}
    answer = desk("trust").post(address(referral, "acknowledge"), said, follow=True)
    assert "entered" in answer.content.decode()


def test_a_watch_that_runs_a_minute_ahead_is_no_mistake(world, desk, stands):
    referral = referral_at(State.SENT, world)
    said = {"occurred_at": f"{timezone.localtime() + timedelta(minutes=1):%Y-%m-%dT%H:%M}"}
    assert desk("trust").post(address(referral, "acknowledge"), said).status_code == 302
    assert stands(referral).state == State.ACKNOWLEDGED


def test_what_happened_years_before_the_case_is_refused_at_its_field(world, desk, stands):
    referral = referral_at(State.SENT, world)
    answer = desk("trust").post(address(referral, "acknowledge"), {"occurred_at": "2016-11-01T21:40"})
    assert answer.status_code == 400
    assert 'href="#id_occurred_at"' in answer.content.decode()
    assert stands(referral).state == State.SENT
