"""Before a session ends the person is warned in the records too, and one key extends it."""

import re

import pytest
from playwright.sync_api import Route, expect

pytestmark = pytest.mark.xdist_group("pages")

LEFT = 100
KEPT_NOW = re.compile("/accounts/typed/")


def nearly_over(route: Route) -> None:
    """A look says that little is left; what extends the session goes to the server."""
    if route.request.method == "GET":
        route.fulfill(json={"left": LEFT})
    else:
        route.continue_()


@pytest.mark.parametrize("address", ["/admin/records/", "/admin/referrals/referral/"])
def test_a_person_is_warned_and_one_key_extends_the_session(at_desk, address):
    page = at_desk("trust", staff=True)
    page.route(re.compile("/accounts/session/$"), nearly_over)
    page.goto(address)
    warning = page.get_by_role("dialog", name="Are you still there?")
    expect(warning).to_be_visible(timeout=15_000)
    with page.expect_response(lambda answer: answer.request.method == "POST") as extended:
        page.keyboard.press("Enter")
    assert extended.value.json()["left"] > LEFT
    expect(warning).to_be_hidden()
    assert page.evaluate("window.violations") == []


def test_the_end_of_twelve_hours_is_said_once_and_offers_nothing_that_cannot_help(at_desk):
    page = at_desk("trust")
    left = {"seconds": LEFT}

    def of_the_day(route: Route) -> None:
        if left["seconds"]:
            route.fulfill(json={"left": left["seconds"], "limit": "long"})
        else:
            route.fulfill(
                status=401, headers={"HX-Redirect": "/accounts/login/?ended=long&next=%2F"}, body=""
            )

    page.route(re.compile("/accounts/session/$"), of_the_day)
    page.goto("/tracker/")
    warning = page.get_by_role("dialog", name="Finish, and sign in again")
    expect(warning).to_be_visible(timeout=15_000)
    expect(page.get_by_role("button", name="Stay signed in")).to_be_hidden()
    page.get_by_role("button", name="Go on until then").click()
    expect(warning).to_be_hidden()
    page.wait_for_timeout(6_000)  # one look later
    expect(warning).to_be_hidden()
    assert page.evaluate("window.violations") == []
    left["seconds"] = 0
    with page.expect_request(re.compile("ended=long"), timeout=15_000):
        page.evaluate("performance.now = () => Number.MAX_SAFE_INTEGER")


def test_what_is_typed_into_the_forms_of_one_page_is_kept_together(at_desk):
    page = at_desk("trust")
    page.goto("/tracker/rota/")
    page.get_by_label("Shifts, as CSV").fill("team,tier,username,from,to")
    begins = page.get_by_label("From")
    with page.expect_response(KEPT_NOW) as kept:
        begins.fill("2099-11-27T16:00")
    assert kept.value.status == 204
    page.reload()
    expect(begins).to_have_value("2099-11-27T16:00")
    expect(page.get_by_label("Shifts, as CSV")).to_have_value("team,tier,username,from,to")
    assert page.evaluate("window.violations") == []


def test_a_text_too_long_to_be_kept_is_said(at_desk):
    page = at_desk("trust")
    page.goto("/tracker/rota/")
    with page.expect_response(KEPT_NOW) as kept:
        page.get_by_label("Shifts, as CSV").fill("x" * 20_001)
    assert kept.value.status == 413
    expect(page.get_by_text("This is too long to be kept")).to_be_visible()
