"""The section 136 handover at the desks, with a real worker at its clocks: from the search to the way out."""

import re
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import expect

from agencies.instants import LONDON
from agencies.roles import AgencyKind, Role, TeamKind
from tests.factories.agencies import AgencyFactory, MembershipFactory, TeamFactory
from tests.journeys.conftest import axe, picture
from tests.journeys.partners import NURSE, Partner

pytestmark = pytest.mark.xdist_group("live")

SOON = 60_000  # milliseconds until the engine has looked, and the page has renewed itself
DETENTION = re.compile("/detentions/[0-9a-f-]{36}/$")


def wall(minutes):
    """So many minutes ago, as the browser's own field takes it."""
    return (datetime.now(LONDON) - timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M")


@pytest.fixture(scope="module")
def suite(live_stack, town):
    """A place of safety, with a supervisor at its desk and a director on call."""
    with live_stack.django():
        trust = AgencyFactory(kind=AgencyKind.MENTAL_HEALTH_TRUST, code="suite-trust")
        team = TeamFactory(
            agency=trust, kind=TeamKind.PLACE_OF_SAFETY, code="suite", name="Alder Suite", always_open=True
        )
        for role in (Role.SUPERVISOR, Role.DIRECTOR):
            MembershipFactory(team=team, role=role)
    town.teams["suite"] = team
    yield team
    del town.teams["suite"]


def enter(page, milestone, fill=lambda: None, refused=""):
    """One milestone by its link, and back; first refused for this, if so said."""
    page.get_by_role("link", name=milestone, exact=True).click()
    fill()
    page.get_by_role("button", name="Record").click()
    if not refused:
        page.wait_for_url(DETENTION)
        return
    expect(page.locator(".nhsuk-error-summary")).to_contain_text(refused)


def detain(page, minutes, **said):
    """Recorded so many minutes ago, from the board of places; the page of the detention."""
    page.goto("/tracker/places/")
    page.get_by_role("link", name="Somebody is detained").click()
    page.get_by_label("Family name").fill("Example")
    page.get_by_label("When, if not now").fill(wall(minutes))
    for label, value in said.items():
        page.get_by_label(label).fill(value)
    page.get_by_role("button", name="Record the detention").click()
    page.wait_for_url(DETENTION)
    return page.url


def arrive(page, suite, minutes, fill=lambda: None):
    """They came to the suite so many minutes ago."""

    def came():
        page.get_by_label("When it happened, if not now").fill(wall(minutes))
        page.get_by_label("Which place of safety").select_option(str(suite.pk))
        fill()

    enter(page, "Arrived at a place of safety", came)


def heard(page, words):
    """The message is in the inbox, as soon as the worker has told it."""
    page.goto("/tracker/messages/")
    expect(page.get_by_text(words).first).to_be_visible(timeout=SOON)


def report_missing(live_stack, town):
    """The patient of before: reported by the ward's own system."""
    ward = Partner(live_stack, town, "trust")
    said = {
        "person": {"family_name": "Absent", "given_name": "Kim", "age": 40},
        "reporter": NURSE,
        "last_seen": {"at": (datetime.now(LONDON) - timedelta(minutes=150)).isoformat()},
        "immediate_risk": "yes",
        "legal_status": "informal",
        "to_team": town.teams["police"].code,
    }
    made = ward.send("/missing-reports/", said).json()
    ward.http.close()
    return made["reference"]


def find_and_detain(police, reference):
    """From the missing report, in its case; the page of the detention."""
    police.goto(f"/tracker/missing/{reference}/")
    police.get_by_role("link", name="Found, and detained by police").click()
    assert "With this the police become accountable" in police.inner_text("main")
    police.get_by_label("When, if not now").fill(wall(90))
    police.get_by_label("How many officers are with them").fill("2")
    police.get_by_role("button", name="Record the detention").click()
    police.wait_for_url(DETENTION)
    return police.url


def ask(police):
    """The suite is asked to take over."""
    police.get_by_role("link", name="Ask places of safety").click()
    police.get_by_label("Alder Suite").check()
    police.get_by_label("What they need to know").fill("Calm, talks, cold.")
    police.get_by_role("button", name="Ask them now").click()
    police.wait_for_url(DETENTION)


def accept(health, address):
    """The suite answers what it was asked."""
    health.goto(address)
    health.locator("#handover-title + ul").get_by_role("link").click()
    health.get_by_role("button", name="Accept", exact=True).click()
    expect(health.locator(".answer")).to_contain_text("(your agency) is accountable now")


def assess(health, address):
    """Assessed, and discharged home."""
    health.goto(address)
    enter(health, "Assessment started")
    outcome = health.get_by_label("What was decided")
    enter(health, "Decided", lambda: outcome.select_option("discharged_gp_cmht"))
    told = health.inner_text(".figures")
    assert "Discharged home, GP or community team follows" in told
    assert "Ended" in told


WAY = (
    "Reported missing, and the police asked",
    "The patient was found",
    "Arrived at a place of safety",
    "Accepted by health",
    "Last officer released",
    "Assessment started",
    "Decided",
)


def test_found_detained_handed_over_and_discharged_home(at_desk, live_stack, town, suite):
    police, health = at_desk("police"), at_desk("suite")
    address = find_and_detain(police, report_missing(live_stack, town))
    ask(police)
    arrive(police, suite, 61)
    waiting = police.locator(".figures .count").first
    assert re.search(r"Police waiting\s+6[1-4] minutes", waiting.inner_text())
    for desk in (police, health):
        heard(desk, "Deadline passed: Officers released")
    accept(health, address)
    police.goto(address)
    assert "Accepted by health" in police.inner_text(".figures")
    enter(police, "Last officer released")
    assert "the last officer was released" in waiting.inner_text()
    assess(health, address)
    assert health.evaluate("window.violations") == []
    picture(health, "handed-over")
    assert axe(health) == []

    police.goto(address)
    police.locator("h1").get_by_role("link").click()
    story = police.locator(".story").last.inner_text()
    found = [story.rindex(each) for each in WAY]
    assert found == sorted(found, reverse=True), "one story, the newest first"


def test_a_child_is_not_taken_to_a_police_station(at_desk, suite):
    page = at_desk("police")
    detain(page, 30, **{"Age, about": "15"})
    kind = page.get_by_label("What kind of place")
    never = "a police station is never a place of safety for somebody under 18"
    enter(page, "Arrived at a place of safety", lambda: kind.select_option("police_station"), refused=never)
    assert axe(page) == []
    kind.select_option("")
    page.get_by_label("Which place of safety").select_option(str(suite.pk))
    page.get_by_role("button", name="Record").click()
    page.wait_for_url(DETENTION)
    assert "Under 18" in page.inner_text("h1")


def test_a_disputed_arrival_counts_from_the_earlier_and_shows_both(at_desk, suite):
    page = at_desk("police")
    detain(page, 100)
    other = page.get_by_label("When somebody else has it that they arrived")
    arrive(page, suite, 20, lambda: other.fill(wall(75)))
    told = page.inner_text("main")
    assert re.search(r"The arrival is disputed by 5[45] minutes: the clock runs from the earlier", told)
    assert re.search(r"Police waiting\s+7[5-8] minutes", told)
    assert "the vehicle stood outside" in told
    picture(page, "disputed-arrival")


def test_an_extension_is_for_the_persons_condition_and_lengthens_the_power(at_desk, suite):
    page, health = at_desk("police"), at_desk("suite")
    address = detain(page, 1_200)
    arrive(page, suite, 1_140)
    health.goto(address)

    def certify():
        health.get_by_label("By how many minutes").fill("480")
        health.get_by_label("No bed was available").check()
        health.get_by_label("The doctor's name").fill("Dr Example")
        health.get_by_label("Their role").fill("section 12 doctor")
        health.get_by_label("Their phone number").fill("020 7946 0130")

    enter(health, "Extended", certify, refused="only because of the person's condition")
    health.get_by_label("The person's condition").check()
    health.get_by_role("button", name="Record").click()
    health.wait_for_url(DETENTION)
    assert "and 8 hours more" in health.inner_text(".figures")
    assert "Certified by Dr Example" in health.inner_text("main")


def test_a_lapse_is_said_and_directors_of_both_sides_hear_of_it(at_desk, suite):
    page = at_desk("police")
    detain(page, 1_500)
    arrive(page, suite, 1_450)
    told = page.inner_text("main")
    assert "The power to detain has lapsed, and nobody has assessed the person" in told
    assert "This is advice: nothing acts by itself" in told
    for desk in ("police", "suite"):
        heard(at_desk(desk, role=Role.DIRECTOR), "Deadline passed: End of the power to detain")
