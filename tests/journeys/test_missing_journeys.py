"""Missing patients from end to end: absent at 15:00, reported 15:02, graded high, found 15:58; a walk-out."""

import re
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from agencies.roles import Role, TeamKind
from referrals.domain.missing_fields import FIELDS, Kind
from tests.factories.agencies import ApiClientFactory, MembershipFactory, TeamFactory, client_actor
from tests.factories.world import NURSE as NAMED
from tests.journeys.conftest import axe, picture, sign_in
from tests.journeys.partners import NURSE, Partner

pytestmark = pytest.mark.xdist_group("live")

PATIENCE = 30  # seconds until the engine's next look


@pytest.fixture(scope="module")
def partner(live_stack, town):
    made = [Partner(live_stack, town, name) for name in ("police", "trust")]
    yield dict(zip(("police", "trust"), made, strict=True))
    for each in made:
        each.http.close()


def ago(minutes):
    return (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()


def flagged(who, address, code):
    """The report, once the engine has raised this flag."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        told = who.get(address)
        if code in [flag["code"] for flag in told["flags"]]:
            return told
        time.sleep(0.5)
    raise AssertionError(f"{code} was not raised: {told['flags']}")


def test_absent_at_15_00_reported_at_15_02_graded_high_and_found_at_15_58(at_desk, live_stack, partner, town):
    """The ward signs in and types six fields; the police grade, take and find; the ward sees it there."""
    page = at_desk("trust", alone=True)
    page.context.clear_cookies()
    began = time.monotonic()
    sign_in(page, live_stack, town, "trust", Role.WORKER)
    reference = reported(page, str(town.teams["police"].pk))
    assert time.monotonic() - began < 120
    assert "ABSENTEE, Robin" in page.inner_text("h1")
    picture(page, "missing-report")
    assert page.evaluate("window.violations") == []
    assert axe(page) == []
    told = found(partner["police"], reference)
    assert told["state"] == "located"
    assert told["minutes_missing"] in range(58, 61), "as long as it took to type"
    assert told["owner"]["accountable_agency"]["code"] == "police"
    look_at_the_board(page, reference, told["minutes_missing"])


def test_the_same_over_the_api_alone_flagged_while_nobody_had_reported_it(partner):
    """The ward keeps a draft whose absence is confirmed; the engine flags it; then all of it happens."""
    trust, police = partner["trust"], partner["police"]
    made = trust.send(
        "/missing-reports/",
        {
            "person": {"family_name": "Programme", "given_name": "Robin"},
            "reporter": NURSE,
            "last_seen": {"at": ago(58), "place": "ward garden"},
            "absence_confirmed_at": ago(16),
            "immediate_risk": "yes",
            "legal_status": "s3",
            "to_team": police.team,
            "draft": True,
        },
    )
    assert made.status_code == 201, made.text
    address, reference = f"/missing-reports/{made.json()['id']}/", made.json()["reference"]
    flagged(trust, address, "absence_unreported")
    assert trust.post(f"{address}moves/", action="send")["state"] == "reported"
    told = found(police, reference)
    assert (told["state"], told["grade"]) == ("located", "high")
    assert told["minutes_missing"] in range(58, 61)
    assert told["owner"]["accountable_agency"]["code"] == "police"
    assert trust.get(address)["state"] == "located", "the ward reads it as the police do"


def reported(page, police):
    """The absence ticked first, kept as it is typed, and sent with six fields."""
    page.goto("/tracker/missing/")
    page.get_by_role("link", name="Report a patient missing").click()
    page.get_by_label("Absence confirmed").check()
    page.locator("#draft-said").get_by_text("kept at").wait_for()
    assert "/tracker/missing/drafts/M-" in page.url
    page.get_by_label("Family name").fill("Absentee")
    page.get_by_label("Given name").fill("Robin")
    page.get_by_label("Last seen, when").fill(_local(58))
    page.get_by_label("Last seen, where").fill("ward garden")
    page.get_by_label("Legal status").select_option("s3")
    page.get_by_role("group", name="immediate risk").get_by_label("Yes").check()
    page.get_by_text("Doing what, which way, which police").click()
    page.get_by_label("Which police").select_option(police)
    picture(page, "missing-new")
    page.get_by_role("button", name="Send to the police").click()
    page.wait_for_url("**/tracker/missing/M-*/")
    assert "Absentee" not in page.url
    return page.url.rstrip("/").rpartition("/")[2]


def found(police, reference):
    """Graded high, taken, and found: the report as the police read it then."""
    [report] = [r for r in police.get("/missing-reports/")["results"] if r["reference"] == reference]
    address = f"/missing-reports/{report['id']}/"
    told = police.post(f"{address}moves/", action="grade", grade="high", reason="a risk to life")
    assert told["owner"]["proposed"] == "police"
    police.post(f"/referrals/{report['referral']}/moves/", action="accept")
    return police.post(f"{address}moves/", action="locate", place="by the canal")


def look_at_the_board(page, reference, minutes):
    """At a desk, on a telephone, on a wall, and on paper."""
    page.goto("/tracker/missing/")
    row = page.locator(f"#row-{reference}").inner_text()
    assert f"{minutes} minutes" in row
    assert "Found, not back" in row
    picture(page, "missing-board")
    assert page.evaluate("window.violations") == []
    page.set_viewport_size({"width": 390, "height": 844})
    picture(page, "missing-board-phone")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.set_viewport_size({"width": 1920, "height": 1080})
    picture(page, "missing-board-wall")
    assert axe(page) == []
    page.goto(f"/tracker/missing/{reference}/print/")
    page.emulate_media(media="print")
    picture(page, "missing-print")


def _local(minutes):
    """An instant as the browser's own field takes it, in London's time."""
    at = datetime.now(ZoneInfo("Europe/London")) - timedelta(minutes=minutes)
    return at.strftime("%Y-%m-%dT%H:%M")


SAID = {
    Kind.TEXT: "As the named nurse has it, in one line or so.",
    Kind.ANSWER: "yes",
    Kind.INSTANT: "2099-01-01T12:00:00Z",
    Kind.NAMES: [{"name": "Robbie Example", "kind": "known_as"}],
}


def test_all_that_can_be_known_is_printed_on_one_page(at_desk, partner):
    trust = partner["trust"]
    body = {
        "person": {"family_name": "Knownwell", "given_name": "Robin", "age": 16, "phone": "020 7946 0120"},
        "reporter": NURSE,
        "last_seen": {"at": ago(90), "place": "ward garden", "activity": "smoking"},
        "absence_confirmed_at": ago(80),
        "legal_status": "s3",
        "section_started_at": ago(9_000),
        "section_expires_at": ago(-9_000),
        "immediate_risk": "yes",
        "security": "low",
        "to_team": partner["police"].team,
        **{field.name: SAID[field.kind] for field in FIELDS if not field.name.startswith("last_seen_")},
    }
    made = trust.send("/missing-reports/", body)
    assert made.status_code == 201, made.text
    for place in ("bus station", "Example Park", "the canal"):
        seen = {"place": place, "seen_at": ago(20), "told_by": "a bus driver", "by": trust.by}
        assert trust.send(f"/missing-reports/{made.json()['id']}/sightings/", seen).status_code == 201
    page = at_desk("trust")
    page.goto(f"/tracker/missing/{made.json()['reference']}/print/")
    pages = re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4"))
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 794, "height": 1123})
    picture(page, "missing-print-full")
    assert len(pages) == 1


@pytest.fixture
def department(live_stack, town):
    """An emergency department, with somebody at its desk."""
    with live_stack.django():
        unit = TeamFactory(kind=TeamKind.EMERGENCY_DEPARTMENT, code="walkout-ed", name="Majors")
        MembershipFactory(team=unit, role=Role.SUPERVISOR)
    town.teams["department"] = unit
    yield unit
    del town.teams["department"]


def test_a_walk_out_is_reported_at_the_desk_and_flagged_on_both_boards(at_desk, town, department):
    page, police = at_desk("department"), at_desk("police")
    page.goto("/tracker/missing/")
    page.get_by_role("link", name="Report a patient missing").click()
    page.get_by_label("Description and clothing").fill("a woman in a hospital gown")
    page.get_by_label("Or age, about").fill("40")
    page.get_by_label("Last seen, where").fill("waiting room")
    page.get_by_role("group", name="immediate risk").get_by_label("No", exact=True).check()
    page.get_by_text("Doing what, which way, which police").click()
    page.get_by_label("Which police").select_option(str(town.teams["police"].pk))
    page.get_by_role("button", name="Send to the police").click()
    page.wait_for_url("**/tracker/missing/M-*/")
    reference = page.url.rstrip("/").rpartition("/")[2]
    for desk in (page, police):
        desk.goto("/tracker/missing/")
        row = desk.locator(f"#row-{reference}")
        expect(row).to_contain_text("Walked out of an emergency department", timeout=PATIENCE * 1_000)
    police.get_by_role("link", name="a woman in a hospital gown").first.click()
    assert "the unit leads, police informed" in police.inner_text("main")
    assert police.evaluate("window.violations") == []


def test_a_walk_out_from_an_emergency_department_is_flagged_and_told(live_stack, town, partner):
    """Over the API alone: the department reports, the engine flags, the police decline with a decision."""
    with live_stack.django():
        unit = TeamFactory(kind=TeamKind.EMERGENCY_DEPARTMENT, code="journey-ed")
        MembershipFactory(team=unit, role=Role.SUPERVISOR)
        actor = client_actor(ApiClientFactory(team=unit), NAMED)
    town_with = type("Town", (), {"ed": actor, "teams": {"ed": unit}})
    department, police = Partner(live_stack, town_with, "ed"), partner["police"]
    body = {
        "person": {"description": "a woman in a hospital gown"},
        "reporter": NURSE,
        "last_seen": {"at": ago(10), "place": "waiting room"},
        "immediate_risk": "no",
        "legal_status": "informal",
        "to_team": police.team,
    }
    answer = department.send("/missing-reports/", body)
    assert answer.status_code == 201, answer.text
    report = answer.json()
    address = f"/missing-reports/{report['id']}/"
    told = flagged(department, address, "walkout")
    assert (told["category"], told["owner"]["proposed"]) == ("walkout_healthcare", "unit")
    assert "missing.flagged" in [e["type"] for e in police.feed() if e["case"] == report["case"]["reference"]]
    no = dict.fromkeys(("crime", "risk_to_life", "serious_harm", "duty_of_care", "statutory_duty"), "no")
    decided = police.send(
        "/threshold-decisions/",
        {"category": "walkout_healthcare", "answers": no, "rationale": "no risk", "decided_by": police.by,
         "caller_told": "the department rings her", "case": report["case"]["reference"]},
    ).json()  # fmt: skip
    declined = police.post(
        f"/referrals/{report['referral']}/moves/",
        action="decline", reason_code="not_our_criteria", reason="no risk", belongs_to="acute_trust",
        threshold_decision=decided["id"],
    )  # fmt: skip
    assert declined["state"] == "declined"
    department.http.close()
