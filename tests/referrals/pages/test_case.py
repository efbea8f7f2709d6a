"""The case page answers: who has it, what happens next, what can I do, what happened."""

import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agencies.acting import acting_for
from agencies.models import AuditEvent
from agencies.roles import Role
from referrals import policies
from referrals.domain.referral import TRANSITIONS, State
from referrals.models import Case, Clock
from referrals.models.keys import instant
from referrals.services import engine, escalation
from tests.factories.world import act, move, referral_at


def page(browser, referral):
    answer = browser.get(f"/tracker/referrals/{referral.reference}/")
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", answer.content.decode()))


def test_it_says_who_is_accountable_with_a_phone_number(world, desk):
    referral = referral_at(State.ACCEPTED, world)
    shown = page(desk("police"), referral)
    trust = world.teams["trust"]
    assert f"{trust.agency.name} is accountable now, through {trust.name}" in shown
    assert f"Phone {trust.phone}" in shown


BORN = date(1980, 3, 31)


@pytest.mark.parametrize("who", ["police", "trust"])
def test_the_banner_names_the_person_as_a_patient_is_named(world, desk, who):
    person = {"family_name": "Keyes", "given_name": "Kay", "date_of_birth": BORN, "nhs_number": "9990000018"}
    shown = page(desk(who), referral_at(State.SENT, world, person=person))
    today = timezone.localdate()
    age = today.year - 1980 - ((today.month, today.day) < (3, 31))
    assert "KEYES, Kay" in shown
    assert f"Born31-Mar-1980 ({age}y)" in shown
    assert "NHS number999 000 0018" in shown


def test_it_says_what_happens_next_and_what_if_nobody_acts(world, desk):
    shown = page(desk("police"), referral_at(State.SENT, world))
    trust, police = world.teams["trust"], world.teams["police"]
    assert f"Next: {trust.name} must acknowledge by" in shown
    assert f"the staff on duty of {trust.name} are reminded" in shown
    assert f"the duty supervisor of {trust.name} and the duty supervisor of {police.name} are told" in shown


def test_while_somebody_has_taken_a_late_promise_it_says_who_and_that_nobody_else_is_told(
    world, desk, in_role
):
    referral = referral_at(State.ACKNOWLEDGED, world)
    with in_role("worker"):
        engine.tick(instant() + timedelta(minutes=31))
    with acting_for(world.trust.agency_id):
        late = Clock.objects.running().get(referral=referral, kind="decide")
    act(world.trust, escalation.take, clock_id=late.pk, promised_at=instant() + timedelta(minutes=50))
    shown = page(desk("police"), referral)
    assert shown.count("Amy Example, nurse in charge: nobody else is told before") == 1
    chase = shown.partition("nobody else is told before")[2].partition("Nothing closes by itself")[0]
    assert f"the on-call manager of {world.teams['trust'].name} and" in chase
    assert "are reminded" not in chase
    assert "duty supervisor" not in chase


@pytest.mark.parametrize(("priority", "phones"), [("P1", True), ("P2", True), ("P3", False), ("P4", False)])
def test_only_where_it_is_urgent_a_breach_is_to_be_phoned(world, desk, priority, phones):
    shown = page(desk("police"), referral_at(State.SENT, world, priority=priority))
    assert ("the sender must phone and decide the police response anew" in shown) is phones


def test_it_is_found_by_the_case_too(world, desk):
    referral = referral_at(State.SENT, world)
    assert (
        referral.reference
        in desk("police").get(f"/tracker/cases/{referral.case_reference}/").content.decode()
    )


@pytest.mark.parametrize(
    "address", ["referrals/{0.reference}/", "cases/{0.case_reference}/", "referrals/{0.reference}/accept/"]
)
def test_a_stranger_finds_nothing_there(world, desk, address):
    referral = referral_at(State.SENT, world)
    answer = desk("stranger").get(f"/tracker/{address.format(referral)}")
    assert answer.status_code == 404
    assert "phone" in answer.content.decode()


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("who", ["police", "trust"])
def test_the_moves_are_the_policys_and_each_has_its_form(standing, who, state):
    from tests.factories.agencies import MembershipFactory, member_actor
    from tests.referrals.pages.conftest import signed_in

    world, referral = standing(state)
    member = MembershipFactory(team=world.teams[who], role=Role.SUPERVISOR)
    actor, browser = member_actor(member), signed_in(member.user)
    shown = browser.get(f"/tracker/referrals/{referral.reference}/")
    if shown.status_code == 404:
        assert who == "trust"
        assert referral.sent_at is None
        return
    case = act(actor, lambda by: Case.objects.visible_to(by).filter(pk=referral.case_id).first())
    allowed = act(actor, lambda by: policies.allowed_actions(by, referral, case))
    address = f"/tracker/referrals/{referral.reference}/"
    offered = set(re.findall(rf'"{address}(\w+)/"', shown.content.decode()))
    assert offered & set(TRANSITIONS) == set(allowed)
    for action in offered:
        assert browser.get(f"{address}{action}/").status_code == 200


def test_reading_is_audited_and_renewing_is_not(world, desk, as_superuser):
    referral = referral_at(State.SENT, world)
    browser = desk("police")
    browser.get(f"/tracker/referrals/{referral.reference}/")
    browser.get(f"/tracker/referrals/{referral.reference}/", headers={"HX-Request": "true", "X-Quiet": "1"})
    count = f"select count(*) from {AuditEvent._meta.db_table} where action = 'case.read' and target_id = %s"
    assert as_superuser.execute(count, [str(referral.case_id)]).fetchone()[0] == 1


def test_who_has_left_keeps_its_own_referral_and_may_do_nothing(world, desk):
    referral = referral_at(State.CANCELLED, world)
    shown = page(desk("trust"), referral)
    assert "Your agency's part in this case has ended" in shown.replace("&#x27;", "'")
    assert "What you can do" not in shown


def test_the_timeline_tells_both_sides_and_what_was_said(world, desk):
    referral = referral_at(State.DECLINED, world)
    shown = page(desk("police"), referral)
    assert "Declined: outside our area" in shown
    assert "north of the river" in shown
    assert "Amy Example, nurse in charge" in shown


def test_the_number_of_queries_does_not_grow_with_the_story(world, desk):
    browser, referral = desk("police"), referral_at(State.ACKNOWLEDGED, world)

    def cost():
        browser.get(f"/tracker/referrals/{referral.reference}/")
        with CaptureQueriesContext(connection) as ran:
            browser.get(f"/tracker/referrals/{referral.reference}/")
        return len(ran)

    few = cost()
    for _ in range(3):
        move(world.trust, referral, "request_info")
        move(world.police, referral, "answer_info")
    assert cost() == few
