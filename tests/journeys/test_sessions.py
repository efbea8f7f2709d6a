"""Before a session ends the person is warned in the records too, and one key extends it."""

import re

import pytest
from playwright.sync_api import Route, expect

pytestmark = pytest.mark.xdist_group("live")

LEFT = 100


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
