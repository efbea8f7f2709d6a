"""Whole journeys through the tracker, with a real worker behind it."""

import re
import time

import pytest
from django.contrib.sessions.backends.db import SessionStore

from referrals.domain.referral import State
from tests.factories.world import move, referral_at
from tests.journeys.conftest import axe, picture

pytestmark = pytest.mark.xdist_group("live")

SOON = 15_000  # milliseconds in which another's move is seen


@pytest.fixture
def sent(live_stack, town):
    with live_stack.django():
        return referral_at(State.SENT, town, person={"family_name": "Journey", "given_name": "Jo"})


def keys(page, *pressed):
    for each in pressed:
        page.keyboard.press(each)


def test_the_first_key_skips_to_the_content(at_desk):
    page = at_desk("police")
    page.goto("/tracker/")
    keys(page, "Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to main content"
    keys(page, "Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def type_a_referral(page, team):
    page.goto("/tracker/referrals/new/")
    page.locator("#main").focus()
    keys(page, "Tab")
    assert page.evaluate("document.activeElement.id") == "id_to_team"
    page.keyboard.type(team.name)
    keys(page, "Tab", "Tab", "Space")  # past the place, for whoever does not know the team
    assert page.locator("input[name=priority]:checked").input_value() == "P1"
    page.locator("#beside").get_by_text("Phone first").wait_for()
    keys(page, "Tab")
    page.keyboard.type("Amy, nurse in charge")
    keys(page, "Tab")
    page.keyboard.type("Concern")
    keys(page, "Tab")
    for said in ("Keyes", "Kay", "31/3/1980", "", "at the bus stop, red coat"):
        page.keyboard.type(said)
        keys(page, "Tab")
    keys(page, "Tab")  # past what is folded away
    page.keyboard.type("Crying, will not say why.")
    page.locator("#draft-said").get_by_text("kept at").wait_for()
    assert re.search(r"/tracker/drafts/R-", page.url)
    keys(page, "Tab")
    page.keyboard.type("Bus station, stand 4")


def test_a_referral_is_made_by_keyboard_alone_in_under_two_minutes(at_desk, town):
    page = at_desk("police")
    began = time.monotonic()
    type_a_referral(page, town.teams["trust"])
    while page.evaluate("document.activeElement.value") != "send":
        keys(page, "Tab")
    keys(page, "Enter")
    page.wait_for_url("**/tracker/referrals/R-*/")
    assert time.monotonic() - began < 120
    assert "KEYES, Kay" in page.inner_text("h1")


def test_a_time_that_is_half_typed_is_asked_for_and_never_taken_for_now(at_desk, sent):
    page = at_desk("trust")
    page.goto(f"/tracker/referrals/{sent.reference}/contact/")
    page.get_by_label("Phone").check()
    page.get_by_label("The person", exact=True).check()
    page.get_by_label("No answer").check()
    when = page.locator("input[type=datetime-local]")
    page.locator("summary", has_text="earlier").click()
    when.focus()
    page.keyboard.type("29112026")
    page.locator("form button.nhsuk-button").last.click()
    page.get_by_text("Type the whole date and time, or empty it").wait_for()
    assert page.url.endswith("/contact/")
    assert page.evaluate("document.activeElement.type") == "datetime-local"
    assert axe(page) == []
    when.fill("2026-11-28T23:10")
    assert page.get_by_text("Type the whole date and time").count() == 0


def test_the_ladder_fires_and_each_side_sees_the_other_without_reloading(at_desk, live_stack, town, sent):
    sergeant, nurse = at_desk("police"), at_desk("trust")
    sergeant.goto(f"/tracker/referrals/{sent.reference}/")
    live_stack.database.cleaner.execute(
        "update referrals_clock set started_at = started_at - interval '15 minutes',"
        " target_at = target_at - interval '15 minutes', next_look_at = clock_timestamp()"
        " where referral_id = %s and kind = 'acknowledge'",
        [sent.pk],
    )
    sergeant.get_by_text("Late: Acknowledge. Told:").first.wait_for(timeout=SOON)
    nurse.goto("/tracker/messages/")
    nurse.get_by_role(
        "link", name=re.compile(f"Deadline passed: Acknowledge.*{sent.reference}")
    ).first.click()
    nurse.get_by_role("button", name="Acknowledge").press("Enter")
    sergeant.locator(".tags").get_by_text("Acknowledged, not decided").wait_for(timeout=SOON)
    nurse.get_by_role("button", name="Accept").press("Enter")
    trust = town.teams["trust"].agency.name
    sergeant.locator(".answer").get_by_text(f"{trust} is accountable now").wait_for(timeout=SOON)
    assert "Changed and renewed at" in sergeant.locator("#live-said").inner_text()
    assert sergeant.locator("#live-said").get_attribute("role") == "status"
    picture(sergeant, "seen-without-reload")


def test_what_somebody_is_about_to_press_does_not_move(at_desk, live_stack, town, sent):
    page = at_desk("police")
    page.goto("/tracker/referrals/?state=sent")
    page.locator("#live .rows__who").first.hover()
    before = page.locator("#live").get_attribute("data-stamp")
    with live_stack.django():
        move(town.trust, sent, "acknowledge")
    page.get_by_role("button", name="Show the changes").wait_for(timeout=SOON)
    assert page.locator("#live").get_attribute("data-stamp") == before
    assert axe(page) == []
    page.get_by_role("button", name="Show the changes").press("Enter")
    page.wait_for_function("old => document.getElementById('live').dataset.stamp !== old", arg=before)
    assert sent.reference not in page.locator("#live").inner_text()


def test_a_pointer_that_is_left_lying_holds_nothing_back(at_desk, live_stack, town, sent):
    page = at_desk("police")
    page.clock.install()
    page.goto("/tracker/referrals/?state=sent")
    page.locator("#live .rows__who").first.hover()
    with live_stack.django():
        move(town.trust, sent, "acknowledge")
    page.clock.run_for(12_000)
    page.get_by_role("button", name="Show the changes").wait_for(timeout=SOON)
    page.clock.run_for(25_000)
    page.get_by_text(sent.reference).wait_for(state="detached", timeout=SOON)


def test_without_javascript_everything_works(at_desk, town):
    page = at_desk("police", java_script_enabled=False)
    page.goto("/tracker/referrals/new/")
    page.get_by_label("Which team do you ask").select_option(str(town.teams["trust"].pk))
    page.get_by_label("P2 very urgent").check()
    page.get_by_label("What kind of help").select_option("conveyance")
    page.get_by_label("Description, if there is no name").fill("man in a wheelchair, no script")
    page.get_by_role("button", name="Keep as draft").click()
    assert "is kept" in page.inner_text("main")
    page.get_by_role("button", name="Send", exact=True).click()
    reference = re.search(r"R-\w{4}-\w{4}", page.url)[0]
    nurse = at_desk("trust", java_script_enabled=False)
    nurse.goto(f"/tracker/referrals/?q={reference}")
    nurse.get_by_role("link", name="man in a wheelchair").click()
    nurse.get_by_role("button", name="Accept").click()
    assert "your agency" in nurse.locator(".answer").inner_text()
    nurse.get_by_text("If nobody acts").nth(1).click()


def test_one_key_keeps_a_session_that_is_about_to_end(at_desk, live_stack):
    page = at_desk("police")
    page.goto("/tracker/")
    key = next(cookie["value"] for cookie in page.context.cookies() if cookie["name"] == "sessionid")
    with live_stack.django():
        session = SessionStore(key)
        session["used_at"] = int(time.time()) - 30 * 60 + 90
        session.save()
    page.goto("about:blank")
    quiet = page.context.new_page()
    quiet.set_extra_http_headers({"X-Quiet": "1"})
    quiet.goto("/tracker/")
    dialog = quiet.get_by_role("dialog")
    dialog.wait_for()
    assert axe(quiet) == []
    picture(quiet, "about-to-end")
    quiet.keyboard.press("Enter")
    dialog.wait_for(state="hidden")
    quiet.close()
    with live_stack.django():
        assert SessionStore(key)["used_at"] > time.time() - 60


def test_a_page_that_is_answered_with_an_error_says_that_it_is_old_and_not_that_it_is_new(at_desk):
    page = at_desk("police", alone=True)
    page.clock.install()
    page.goto("/tracker/")
    stamp = page.locator("#live").get_attribute("data-stamp")
    wrong = {"status": 500, "content_type": "text/html", "body": "<h1>Something went wrong here</h1>"}
    page.route("**/tracker/", lambda route: route.fulfill(**wrong))
    for _ in range(6):
        page.clock.run_for(10_000)
        page.wait_for_timeout(100)
    page.locator("#page-stale").wait_for()
    assert page.locator("#live").get_attribute("data-stamp") == stamp
    assert "renewed" not in page.locator("#live-said").inner_text()


def test_a_list_renews_itself_while_somebody_is_on_one_of_its_rows(at_desk, live_stack, town):
    page = at_desk("police", alone=True)
    with live_stack.django():
        stays = referral_at(State.SENT, town)
    page.goto("/tracker/referrals/")
    link = page.locator(f"[id^=who-{stays.reference}]")
    link.focus()
    with live_stack.django():
        new = referral_at(State.SENT, town, priority="P1")
    page.locator(f"[id^=who-{new.reference}]").wait_for(timeout=25_000)
    assert link.evaluate("link => link === document.activeElement")


def test_a_page_that_cannot_renew_itself_says_so(at_desk):
    page = at_desk("police", alone=True)
    page.clock.install()
    page.goto("/tracker/")
    page.context.set_offline(True)
    page.clock.fast_forward(60_000)
    page.locator("#page-stale").wait_for()
    assert "the connection is gone" in page.inner_text("#page-stale")
