"""Two managers agree a version in a browser, and its date moves."""

from datetime import UTC, datetime, timedelta

import pytest

from referrals.domain.referral import State
from tests.factories.world import referral_at
from tests.journeys.conftest import axe, picture

pytestmark = pytest.mark.xdist_group("pages")

AUGUST, OCTOBER = "2099-08-31T08:00", "2099-10-31T08:00"
DECIDE = "Accept or decline, P2, in minutes"


def test_two_managers_agree_a_version_and_its_date_moves_from_august_to_october(at_desk, live_stack, town):
    with live_stack.django():
        referral_at(State.SENT, town, category="voluntary_handover")
    police, trust = at_desk("police", staff=True), at_desk("trust", staff=True)
    address = drafted(police)
    tried_out(police, address)
    sign(police, address)
    sign(trust, address)
    date(trust, "Give it a go-live date", AUGUST, "As the boards agreed.")
    police.goto(address)
    date(police, "Move the go-live date", OCTOBER, "The trusts asked for two months more.")
    assert "31 Oct 2099" in police.locator(".answer").inner_text()
    shown = police.inner_text("main")
    for said in ("Signed by both, goes live", "31 Aug 2099", "The trusts asked for two months more."):
        assert said in shown
    assert police.evaluate("window.violations") == []
    picture(police, "agreement")
    assert axe(police) == []


def drafted(page):
    """A draft, with one target changed at the second try; its address."""
    page.goto("/tracker/agreements/")
    page.get_by_role("link", name="Draft an agreement").click()
    page.get_by_label("The other agency").select_option("trust")
    page.get_by_label("We ask them").check()
    page.get_by_label("Kind of help").select_option("voluntary_handover")
    page.get_by_role("button", name="Draft it").click()
    page.wait_for_url("**/edit/")
    page.get_by_label("To be looked at again by both by").fill("2100-04-01")
    write(page, "3")
    assert f"{DECIDE}: At least 10 minutes" in page.locator(".nhsuk-error-summary").inner_text()
    assert page.evaluate("window.violations") == []
    picture(page, "agreement-edit")
    assert axe(page) == []
    write(page, "25")
    return page.url


def tried_out(page, address):
    """Before anybody signs: what the draft would have done with what really happened."""
    page.goto(address)
    page.get_by_role("link", name="Try it out on what really happened").click()
    today = datetime.now(UTC).date()
    page.get_by_label("From").fill(str(today - timedelta(days=1)))
    page.get_by_label("To, not included").fill(str(today + timedelta(days=1)))
    page.get_by_role("button", name="Try it out").click()
    for said in ("Breached promises by priority", "As it was", "With this version"):
        assert said in page.inner_text("main")
    assert page.evaluate("window.violations") == []
    picture(page, "agreement-simulated")
    assert axe(page) == []


def write(page, minutes):
    """Change one target, and send the text."""
    page.get_by_label(DECIDE).fill(minutes)
    page.get_by_role("button", name="Write this text").click()
    page.wait_for_load_state()


def sign(page, address):
    """Read it, and sign."""
    page.goto(address)
    page.get_by_role("link", name="Sign this text").click()
    page.get_by_role("button", name="Sign this text").click()
    page.wait_for_url(address)


def date(page, how, when, why):
    """Give it a date."""
    page.get_by_role("link", name=how).click()
    page.get_by_label("It holds from").fill(when)
    page.get_by_label("Why then, and who agreed to it").fill(why)
    page.get_by_role("button", name="Give it a go-live date").click()
    page.locator(".story").wait_for()
