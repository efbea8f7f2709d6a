"""NHS staff at their worklist, with a real worker behind it: by keyboard, zoomed in, without script."""

import re

import pytest

from referrals.domain.referral import State
from referrals.services import claim, contact, risk
from tests.factories.world import act, move, referral_at
from tests.journeys.conftest import axe, look, picture
from tests.journeys.test_tracker_journeys import SOON
from tests.journeys.test_tracker_pages import PAYLOAD, WIDE_NAME, check

pytestmark = pytest.mark.xdist_group("live")

MANY_ROWS = 40


LATE = """
with late as (
  update referrals_referral set breach_at = breach_at - interval '40 minutes'
   where reference = %s returning id)
update referrals_clock c
   set started_at = started_at - interval '40 minutes', target_at = target_at - interval '40 minutes',
       next_look_at = clock_timestamp()
  from late where c.referral_id = late.id and kind = 'acknowledge'
"""


def make_urgent(live_stack, reference):
    """Its deadline has passed: the ladder fires, and it is the first of every list."""
    live_stack.database.cleaner.execute(LATE, [reference])


def go_to_row(page, reference):
    """By keyboard alone."""
    for _ in range(MANY_ROWS):
        if page.evaluate("document.activeElement.id") == f"open-{reference}":
            return
        page.keyboard.press("j")
    raise AssertionError(f"{reference} is not in the list")


def press_and_go(page, key):
    with page.expect_navigation():
        page.keyboard.press(key)


def send_one(page, team):
    page.goto("/tracker/referrals/new/")
    page.get_by_label("Which team do you ask").select_option(str(team.pk))
    page.get_by_label("P2 very urgent").check()
    page.get_by_label("What kind of help").select_option("concern_for_welfare")
    page.get_by_label("Description, if there is no name").fill("woman on the bridge, blue coat")
    page.get_by_role("button", name="Send", exact=True).click()
    page.wait_for_url("**/referrals/R-*/")
    return re.search(r"R-\w{4}-\w{4}", page.url)[0]


def test_a_sergeant_sends_and_a_nurse_takes_it_on_with_single_keys(at_desk, live_stack, town):
    sergeant, nurse = at_desk("police"), at_desk("trust", staff=True)
    reference = send_one(sergeant, town.teams["trust"])
    with live_stack.django():
        referral_at(State.SENT, town, person={"family_name": "Next", "given_name": "Nia"})
    sergeant.evaluate("window.sameDocument = true")
    make_urgent(live_stack, reference)
    sergeant.get_by_text("Late: Acknowledge. Told:").first.wait_for(timeout=SOON)
    nurse.goto("/admin/")
    go_to_row(nurse, reference)
    picture(nurse, "worklist")
    press_and_go(nurse, "k")
    nurse.locator(f"#row-{reference}").get_by_text("Acknowledged, not decided").wait_for()
    sergeant.locator(".tags").get_by_text("Acknowledged, not decided").wait_for(timeout=SOON)
    go_to_row(nurse, reference)
    press_and_go(nurse, "Enter")
    assert nurse.url.endswith(f"/admin/work/{reference}/")
    press_and_go(nurse, "n")
    assert f"You accepted {reference}" in nurse.inner_text("main")
    assert re.search(r"/admin/work/R-\w{4}-\w{4}/$", nurse.url)
    assert reference not in nurse.url
    trust = town.teams["trust"].agency.name
    sergeant.locator(".answer").get_by_text(f"{trust} is accountable now").wait_for(timeout=SOON)
    assert sergeant.evaluate("window.sameDocument"), "without a reload"


@pytest.fixture(scope="module")
def at_work(live_stack, town):
    """What a nurse meets: the longest name, a late one, one that was taken on."""
    with live_stack.django():
        made = {
            "long": referral_at(State.SENT, town, person=WIDE_NAME, priority="P1", flags=("under_18",)),
            "accepted": referral_at(State.ACCEPTED, town),
            "asked": referral_at(State.INFO_REQUESTED, town),
        }
    make_urgent(live_stack, made["long"].reference)
    return {name: referral.reference for name, referral in made.items()} | {"key": str(made["accepted"].pk)}


OWN = {
    "worklist-all": "/admin/?place=agency",
    "worklist-empty": "/admin/?place=mine&due=late",
    "work-referral": "/admin/work/{long}/",
    "work-accepted": "/admin/work/{accepted}/",
    "work-decline": "/admin/work/{asked}/decline/",
    "work-arrival": "/admin/work/{accepted}/arrival/",
}


@pytest.mark.parametrize("name", OWN)
def test_a_page_of_the_worklist_is_for_everybody(at_desk, at_work, name):
    page = at_desk("trust", staff=True)
    look(page, OWN[name].format(**at_work))
    check(page, name)


RECORDS = ["records/", "referrals/referral/", "referrals/referral/{key}/change/",
           "referrals/referral/{key}/history/", "referrals/clock/", "agencies/team/"]  # fmt: skip


@pytest.mark.parametrize("address", RECORDS)
def test_the_records_hinder_nobody_gravely(at_desk, at_work, address):
    page = at_desk("trust", staff=True)
    look(page, f"/admin/{address.format(**at_work)}")
    assert page.evaluate("window.violations") == []
    assert axe(page, gravely=True) == []


def test_the_list_renews_itself_and_leaves_a_person_where_they_are(at_desk, live_stack, town, at_work):
    page = at_desk("trust", staff=True)
    page.goto("/admin/")
    page.evaluate("window.sameDocument = true")
    go_to_row(page, at_work["accepted"])
    with live_stack.django():
        new = referral_at(
            State.SENT, town, person={"family_name": "Fresh", "given_name": "Flo"}, priority="P1"
        )
    page.locator(f"#row-{new.reference}").wait_for(timeout=SOON + 10_000)
    assert page.evaluate("document.activeElement.id") == f"open-{at_work['accepted']}"
    assert "renewed at" in page.locator("#live-said").inner_text()
    assert page.evaluate("window.sameDocument")


def test_what_a_nurse_points_at_does_not_move(at_desk, live_stack, town, at_work):
    page = at_desk("trust", staff=True)
    page.goto("/admin/?place=agency")
    page.locator("[data-row] button").first.hover()
    before = page.locator("#live").get_attribute("data-stamp")
    with live_stack.django():
        move(town.trust, referral_at(State.SENT, town, priority="P1"), "acknowledge")
    page.get_by_role("button", name="Show the changes").wait_for(timeout=SOON)
    assert page.locator("#live").get_attribute("data-stamp") == before


def test_keys_can_be_switched_off_and_never_act_on_what_is_typed(at_desk, at_work):
    page = at_desk("trust", staff=True)
    page.goto(f"/admin/work/{at_work['asked']}/")
    page.get_by_text("Keys", exact=True).click()
    page.get_by_label("One key does it").uncheck()
    page.locator("#main").focus()
    page.keyboard.press("a")
    page.wait_for_timeout(300)
    assert page.url.endswith(f"/admin/work/{at_work['asked']}/")
    page.reload()
    page.get_by_text("Keys", exact=True).click()
    assert not page.get_by_label("One key does it").is_checked()
    page.get_by_label("One key does it").check()
    page.goto("/admin/")
    page.get_by_label("Find a referral").press_sequentially("jak")
    assert page.get_by_label("Find a referral").input_value() == "jak"
    assert page.url.endswith("/admin/")


def test_without_javascript_one_click_takes_it_on(at_desk, live_stack, town):
    with live_stack.django():
        made = referral_at(State.SENT, town, person={"family_name": "Plain", "given_name": "Pat"})
    make_urgent(live_stack, made.reference)
    page = at_desk("trust", staff=True, java_script_enabled=False)
    page.goto("/admin/")
    row = page.locator(f"#row-{made.reference}")
    row.get_by_role("button", name="Acknowledge").click()
    row.get_by_role("button", name="Accept").click()
    assert "Your agency" in row.inner_text()
    assert f"You accepted {made.reference}" in page.inner_text("main")


def test_what_is_typed_and_not_sent_is_there_again(at_desk, at_work):
    page = at_desk("trust", staff=True)
    address = f"/admin/work/{at_work['asked']}/decline/"
    page.goto(address)
    page.get_by_label("Why").fill("half a sentence about the")
    page.locator("[data-kept]").get_by_text("Kept as you type").wait_for()
    for _ in range(2):
        page.goto("/admin/")
        page.goto(address)
        assert page.get_by_label("Why").input_value() == "half a sentence about the"
        page.locator("[data-kept]").get_by_text("Kept as you type").wait_for()


def test_whatever_is_written_in_a_form_is_shown_as_text(at_desk, live_stack, town):
    with live_stack.django():
        made = referral_at(State.SENT, town, source_incident_number=PAYLOAD[:60], summary=PAYLOAD)
        key = {"referral_id": made.pk}
        spoke = {"with_whom": "person", "channel": "phone", "outcome": "reached", "note": PAYLOAD}
        act(town.trust, contact.log, **key, **spoke)
        act(town.police, risk.change, **key, direction="raise", reason=PAYLOAD, priority="P1")
        act(town.police, claim.claim, **key, accepted_by=dict.fromkeys(("name", "role", "contact"), PAYLOAD))
        move(town.trust, made, "request_info", reason=PAYLOAD)
        move(town.police, made, "answer_info", reason=PAYLOAD)
        move(town.trust, made, "accept")
        move(town.trust, made, "start")
        move(town.trust, made, "complete", outcome=PAYLOAD)
    nurse, sergeant = at_desk("trust", staff=True), at_desk("police")
    for page, address in (
        (nurse, f"/admin/work/{made.reference}/"),
        (nurse, f"/admin/referrals/referral/{made.pk}/change/"),
        (sergeant, f"/tracker/referrals/{made.reference}/"),
        (sergeant, "/tracker/messages/"),
    ):
        page.goto(address)
        assert page.evaluate("window.struck") is None
        assert page.evaluate("window.violations") == []
    nurse.goto(f"/admin/work/{made.reference}/")
    assert nurse.inner_text("main").count("onerror=window.struck") >= 6
