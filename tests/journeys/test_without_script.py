"""What the police and a ward do most, in a browser that runs no script."""

import re

import pytest
from playwright.sync_api import expect

from tests.journeys.conftest import picture

pytestmark = pytest.mark.xdist_group("live")


@pytest.fixture
def plain(at_desk):
    """``plain("police")``: a page of somebody there, without script."""
    return lambda name: at_desk(name, java_script_enabled=False)


def test_police_decide_and_refer_without_script(plain, town):
    page = plain("police")
    page.goto("/tracker/decide/")
    page.get_by_label("Kind of call").select_option("community_crisis")
    page.get_by_role("button", name="Show its questions").click()
    for question in page.locator("input[name^=q_][value=no]").all():
        question.check()
    page.get_by_role("button", name="Show the outcome").click()
    expect(page.locator("main")).to_contain_text("The threshold is not met")
    assert page.locator("input[name^=q_][value=no]:checked").count() >= 3
    page.get_by_label("Why you decide so").fill("Calm, and with her sister.")
    page.get_by_label("What the caller was told").fill("The crisis team will ring.")
    page.get_by_label("Family name").fill("Scriptless")
    page.get_by_role("button", name="Record the decision").click()
    expect(page.locator("h1")).to_contain_text("No police response")
    page.get_by_role("link", name="Refer this person").click()
    page.get_by_label("Which team do you ask").select_option(str(town.teams["trust"].pk))
    page.get_by_label("P2 very urgent").check()
    page.get_by_role("button", name="Send", exact=True).click()
    page.wait_for_url(re.compile(r"/tracker/referrals/R-\w{4}-\w{4}/$"))
    expect(page.locator("h1")).to_contain_text("SCRIPTLESS")
    picture(page, "without-script")


def test_a_ward_reports_and_the_police_find_without_script(plain, town):
    ward, police = plain("trust"), plain("police")
    ward.goto("/tracker/missing/new/")
    ward.get_by_label("Absence confirmed").check()
    ward.get_by_label("Family name").fill("Plainly")
    ward.get_by_text("Doing what, which way, which police").click()
    ward.get_by_label("Which police").select_option(str(town.teams["police"].pk))
    ward.get_by_role("button", name="Send to the police").click()
    ward.wait_for_url(re.compile(r"/tracker/missing/M-\w{4}-\w{4}/$"))
    reference = re.search(r"M-\w{4}-\w{4}", ward.url)[0]
    police.goto("/tracker/missing/")
    police.get_by_role("link", name="PLAINLY").click()
    police.get_by_role("link", name="Grade the risk").click()
    police.get_by_label("Medium").check()
    police.get_by_role("button", name="Grade the risk").click()
    police.get_by_role("link", name="Found", exact=True).click()
    police.get_by_label("Where", exact=True).fill("Example Park")
    police.get_by_role("button", name="Found").click()
    expect(police.locator(".answer")).to_contain_text("Found")
    ward.goto(f"/tracker/missing/{reference}/")
    assert "Found" in ward.locator(".answer").inner_text()
    ward.goto("/tracker/missing/")
    row = ward.locator("tr", has_text="PLAINLY")
    assert "Found, not back" in row.inner_text()


def test_police_detain_and_count_their_officers_without_script(plain):
    police = plain("police")
    police.goto("/tracker/places/")
    police.get_by_role("link", name="Somebody is detained").click()
    police.get_by_label("Family name").fill("Unscripted")
    police.get_by_role("button", name="Record the detention").click()
    expect(police.locator("h1")).to_contain_text("UNSCRIPTED")
    detention = police.url
    police.get_by_role("link", name="Officers who wait").click()
    police.get_by_label("How many officers wait").fill("2")
    police.locator("main form button.nhsuk-button").last.click()
    police.wait_for_url(detention)
    expect(police.locator("main")).to_contain_text("2 officers")
