"""The worklist: what waits for us, in order, and one click to take it on."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agencies.acting import acting_for
from agencies.models import Membership
from agencies.roles import Role
from referrals.domain.missing import State as Missing
from referrals.domain.referral import State
from referrals.models import Referral
from tests.factories import missing
from tests.factories.agencies import MembershipFactory, TeamFactory
from tests.factories.world import move, referral_at
from tests.referrals.pages.conftest import signed_in
from tests.referrals.pages.test_lists import shift_clocks

HOME = "/admin/"


def listed(browser, query=""):
    answer = browser.get(f"{HOME}{query}")
    assert answer.status_code == 200
    return re.findall(r'id="row-(R-\w{4}-\w{4})"', answer.content.decode())


def numbers(browser, query=""):
    shown = browser.get(f"{HOME}{query}").content.decode()
    return {
        key: int(count)
        for key, count in re.findall(r'id="count-(\w+)".*?count__number">(\d+)<', shown, re.DOTALL)
    }


def pressed(browser, referral, action, **more):
    """The button of the list: what its form would send."""
    shown = browser.get(HOME).content.decode()
    form = re.search(rf'action="(/admin/work/{referral.reference}/{action}/)">(.*?)</form>', shown, re.DOTALL)
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form[2]))
    return browser.post(form[1], {**hidden, **more})


def looked_at_in(as_superuser, referral, minutes):
    """When the engine looks again at the first of its clocks, and chases somebody."""
    as_superuser.execute("set session_replication_role = replica")
    as_superuser.execute(
        "update referrals_clock set next_look_at = clock_timestamp() + %s where referral_id = %s"
        " and stopped_at is null",
        [timedelta(minutes=minutes), referral.pk],
    )
    as_superuser.execute("set session_replication_role = origin")
    as_superuser.commit()


def due_in(as_superuser, referral, minutes):
    as_superuser.execute(
        "update referrals_referral set breach_at = clock_timestamp() + %s where id = %s",
        [timedelta(minutes=minutes), referral.pk],
    )
    as_superuser.commit()


def test_what_waits_for_us_is_listed_and_what_waits_for_others_is_not(world, staff):
    ours = {State.SENT, State.ACKNOWLEDGED, State.INFO_REQUESTED, State.ACCEPTED, State.IN_PROGRESS}
    made = {state: referral_at(state, world).reference for state in State}
    assert set(listed(staff("trust"))) == {made[state] for state in ours}
    theirs = {State.DRAFT, State.INFO_REQUESTED, State.COMPLETED, State.DECLINED, State.FAILED}
    redirected = {made[state] for state in theirs}
    assert redirected <= set(listed(staff("police")))
    assert made[State.SENT] not in listed(staff("police"))


def test_the_next_to_be_late_comes_first(world, staff, as_superuser):
    made = [referral_at(State.SENT, world) for _ in range(3)]
    for referral, minutes in zip(made, (20, -5, 3), strict=True):
        due_in(as_superuser, referral, minutes)
    assert listed(staff("trust")) == [made[i].reference for i in (1, 2, 0)]


def test_the_numbers_lead_to_the_lists_that_they_count(world, staff, as_superuser):
    elsewhere = TeamFactory(agency=world.teams["trust"].agency)
    late, soon, later, mine = (referral_at(State.SENT, world) for _ in range(4))
    other_desk = referral_at(State.SENT, world, to_team=elsewhere)
    for referral, minutes in ((late, -1), (soon, 10), (later, 40), (other_desk, 50), (mine, 60)):
        due_in(as_superuser, referral, minutes)
    for referral, minutes in ((late, 3), (soon, 14), (later, 16), (other_desk, 16), (mine, 16)):
        looked_at_in(as_superuser, referral, minutes)
    held = Membership.objects.get(team=world.teams["trust"], role=Role.SUPERVISOR)
    as_superuser.execute("update referrals_referral set held_by_id = %s where id = %s", [held.pk, mine.pk])
    as_superuser.commit()
    browser = staff("trust")
    assert numbers(browser) == {"team": 4, "mine": 1, "agency": 5, "soon": 1, "late": 1}
    expected = {
        "": [late, soon, later, mine],
        "?place=mine": [mine],
        "?place=agency": [late, soon, later, other_desk, mine],
        "?place=agency&due=soon": [soon],
        "?due=late": [late],
        "?place=nonsense&due=nonsense&after=nonsense": [late, soon, later, mine],
    }
    for query, found in expected.items():
        assert listed(browser, query) == [each.reference for each in found], query


def test_it_reads_on_by_key_and_shows_every_row_once(world, staff, monkeypatch):
    monkeypatch.setattr("referrals.admin.worklist.SIZE", 2)
    made = {referral_at(state, world).reference for state in (State.SENT, State.INFO_REQUESTED) * 3}
    browser, query, seen = staff("trust"), "", []
    while query is not None:
        shown = browser.get(f"{HOME}{query}").content.decode()
        seen += re.findall(r'id="row-(R-\w{4}-\w{4})"', shown)
        found = re.search(r'href="/admin/(\?[^"]*)" rel="next"', shown)
        query = found[1].replace("&amp;", "&") if found else None
    assert sorted(seen) == sorted(made)


def test_one_click_acknowledges_and_one_accepts(world, staff, stands):
    referral, browser = referral_at(State.SENT, world), staff("trust")
    answer = pressed(browser, referral, "acknowledge")
    assert answer["Location"] == f"{HOME}?place=team"
    assert stands(referral).state == State.ACKNOWLEDGED
    assert pressed(browser, referral, "accept").status_code == 302
    assert stands(referral).state == State.ACCEPTED
    shown = browser.get(HOME).content.decode()
    assert "<strong>Your agency</strong>" in shown
    assert f"/admin/work/{referral.reference}/accept/" not in shown


def test_the_list_that_was_looked_at_is_come_back_to_and_nothing_else(world, staff):
    referral, browser = referral_at(State.SENT, world), staff("trust")
    answer = pressed(browser, referral, "acknowledge", back="place=agency&due=soon&x=//evil.example")
    assert answer["Location"] == f"{HOME}?place=agency&due=soon"


def test_what_somebody_else_did_first_is_said_in_plain_words(world, staff, stands):
    referral, browser = referral_at(State.SENT, world), staff("trust")
    before = stands(referral).version
    move(world.trust, referral, "acknowledge")
    answer = browser.post(
        f"/admin/work/{referral.reference}/accept/", {"version": before, "then": "list", "back": ""}
    )
    assert answer.status_code == 412
    assert "has moved on" in answer.content.decode()
    assert stands(referral).state == State.ACKNOWLEDGED


def test_accept_next_opens_what_is_late_next(world, staff, stands, as_superuser):
    first, second, third = (referral_at(State.SENT, world) for _ in range(3))
    for referral, minutes in ((first, 1), (second, 9), (third, 5)):
        shift_clocks(as_superuser, referral, minutes)
    browser = staff("trust")
    opened = [first]
    for _ in range(3):
        shown = browser.get(f"/admin/work/{opened[-1].reference}/").content.decode()
        assert 'name="then" value="next"' in shown
        address = f"/admin/work/{opened[-1].reference}/accept/"
        answer = browser.post(address, {"version": stands(opened[-1]).version, "then": "next"})
        opened.append(next((r for r in (second, third) if r.reference in answer["Location"]), None))
    assert opened == [first, third, second, None]
    assert answer["Location"] == HOME
    assert "Nothing else waits for a decision" in browser.get(HOME).content.decode()


def test_accept_next_passes_over_what_a_colleague_works_on_and_leads_back(world, staff, stands, as_superuser):
    first, held, free = (referral_at(State.SENT, world) for _ in range(3))
    for referral, minutes in ((first, 1), (held, 3), (free, 30)):
        shift_clocks(as_superuser, referral, minutes)
    colleague = signed_in(MembershipFactory(team=world.teams["trust"], user__is_staff=True).user)
    assert pressed(colleague, held, "acknowledge").status_code == 302
    browser, address = staff("trust"), f"/admin/work/{first.reference}/"
    answer = browser.post(
        f"{address}accept/", {"version": stands(first).version, "then": "next"}, follow=True
    )
    assert free.reference in answer.redirect_chain[-1][0]
    assert f'You accepted <a href="{address}">{first.reference}</a> at ' in answer.content.decode()
    assert f'href="{address}fail/?reason_code=accepted_by_mistake' in answer.content.decode()


def test_the_others_deadline_does_not_decide_what_is_next(world, staff, as_superuser):
    asked, plain = referral_at(State.INFO_REQUESTED, world), referral_at(State.SENT, world)
    shift_clocks(as_superuser, plain, 20)
    shift_clocks(as_superuser, asked, 40)
    due_in(as_superuser, asked, -5)  # the sender's answer is late
    as_superuser.execute("update referrals_referral set held_by_id = null, held_by_name = ''")
    as_superuser.commit()
    first = referral_at(State.SENT, world)
    answer = staff("trust").post(f"/admin/work/{first.reference}/accept/", {"then": "next"})
    assert plain.reference in answer["Location"]


def test_a_ward_is_told_of_its_own_missing_patients_first(world, staff):
    browser = staff("trust")
    assert 'id="own-missing"' not in browser.get(HOME).content.decode()
    for _ in range(2):
        missing.report(world)
    missing.report_at(Missing.LOCATED, world)
    missing.report(world, draft=True)
    text = " ".join(re.sub(r"<[^>]+>", "", browser.get(HOME).content.decode()).split())
    assert "2 of your patients are missing; 1 found and not back; 1 report not sent" in text
    assert "of your patients" not in staff("police").get(HOME).content.decode()


def test_the_referral_page_has_every_move_and_stays_behind_its_own_door(world, staff):
    referral = referral_at(State.ACKNOWLEDGED, world)
    shown = staff("trust").get(f"/admin/work/{referral.reference}/").content.decode()
    for action in ("accept", "decline", "request_info", "redirect", "contact", "risk"):
        assert f'"/admin/work/{referral.reference}/{action}/"' in shown
    assert f"/tracker/referrals/{referral.reference}/" not in shown


def test_staff_are_led_to_their_own_pages_from_the_tracker_too(world, staff, desk):
    referral = referral_at(State.SENT, world)
    address = f"/admin/work/{referral.reference}/"
    assert address in staff("trust").get("/tracker/referrals/").content.decode()
    assert address in staff("trust").get("/tracker/messages/").content.decode()
    assert address not in desk("police").get("/tracker/referrals/").content.decode()


def test_nhs_staff_begin_at_the_worklist_and_police_at_the_tracker(world, staff):
    assert staff("trust").get("/")["Location"] == HOME
    assert staff("police").get("/")["Location"] == "/tracker/"


@pytest.mark.parametrize("address", [HOME, "/admin/records/", "/admin/work/R-0000-0000/"])
def test_who_has_no_rights_here_is_sent_to_the_tracker_with_a_word_of_why(world, desk, address):
    answer = desk("police").get(address, follow=True)
    assert answer.redirect_chain[-1] == ("/tracker/", 302)
    assert "no rights to the administration pages" in answer.content.decode()


def test_a_person_without_a_team_is_asked_nothing_of_a_desk(world):
    member = MembershipFactory(agency=world.teams["trust"].agency, team=None, user__is_staff=True)
    referral = referral_at(State.SENT, world)
    browser = signed_in(member.user)
    assert numbers(browser).keys() == {"mine", "agency", "soon", "late"}
    assert listed(browser, "?place=agency") == [referral.reference]


def test_the_number_of_queries_does_not_grow(world, staff):
    browser = staff("trust")

    def cost():
        browser.get(HOME)
        with CaptureQueriesContext(connection) as ran:
            assert browser.get(HOME).status_code == 200
        return len(ran)

    for state in (State.SENT, State.ACCEPTED, State.INFO_REQUESTED):
        referral_at(state, world)
    few = cost()
    for state in (State.SENT, State.ACCEPTED, State.INFO_REQUESTED):
        referral_at(state, world)
    assert cost() == few


def test_the_records_are_still_there_to_be_looked_at(world, staff):
    referral = referral_at(State.SENT, world)
    browser = staff("trust")
    shown = browser.get("/admin/records/").content.decode()
    assert "/admin/referrals/referral/" in shown
    with acting_for(world.trust.agency_id):
        key = Referral.objects.get(reference=referral.reference).pk
    for page in ("change", "history"):
        assert browser.get(f"/admin/referrals/referral/{key}/{page}/").status_code == 200
