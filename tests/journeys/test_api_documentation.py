"""The API's pages, in a browser, under the policy that every page has."""

import os

import pytest

from tests.journeys.conftest import picture

pytestmark = pytest.mark.xdist_group("pages")


@pytest.mark.skipif(os.environ.get("PAGES") != "all", reason="opens each of them, a minute: PAGES=all")
def test_every_operation_can_be_read_and_tried_and_nothing_breaks_the_policy(at_desk):
    page = at_desk("police")
    page.goto("/api/v1/docs/")
    for operation in ("get-referrals_list", "post-referrals_create", "get-events_retrieve"):
        block = page.locator(f"[id$='{operation.partition('-')[2]}']")
        block.locator(".opblock-summary").click()
        block.get_by_role("button", name="Try it out").wait_for()
    listing = page.locator("[id$='referrals_list']")
    listing.get_by_role("button", name="Try it out").click()
    listing.get_by_role("button", name="Execute").click()
    listing.locator(".live-responses-table .response-col_status", has_text="200").wait_for()
    page.locator("section.models .models-control").click()
    page.locator("section.models .models-control").click()
    page.locator("section.models .json-schema-2020-12-accordion").first.click()
    picture(page, "api-documentation")
    assert page.evaluate("window.violations") == []
