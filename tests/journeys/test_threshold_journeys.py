"""The threshold from end to end: declined by police, referred, accepted, outcome seen, the caller told."""

import time

import pytest

from tests.journeys.conftest import axe, picture
from tests.journeys.partners import Partner

pytestmark = pytest.mark.xdist_group("live")

NO = {"crime": "no", "risk_to_life": "no", "serious_harm": "no", "duty_of_care": "no", "statutory_duty": "no"}
BOSS = {"name": "Sam Example", "role": "duty inspector", "contact": "020 7946 0110"}
ASKED = {
    "category": "concern_for_welfare",
    "rationale": "Seen an hour ago.",
    "caller_told": "The trust rings.",
}


@pytest.fixture(scope="module")
def partner(live_stack, town):
    made = [Partner(live_stack, town, name) for name in ("police", "trust")]
    yield dict(zip(("police", "trust"), made, strict=True))
    for each in made:
        each.http.close()


def decide(police, **changes):
    answer = police.send(
        "/threshold-decisions/", {**ASKED, "answers": NO, "decided_by": police.by, **changes}
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_a_welfare_check_declined_by_police_reaches_the_trust_and_the_caller(partner):
    police, trust = partner["police"], partner["trust"]
    decided = decide(police, already_tried="Rang twice.")
    assert decided["outcome"] == "no_police_response"
    waits = police.get(f"/cases/{decided['case']}/")
    assert "refer_on" in {clock["kind"] for clock in waits["clocks"] if not clock["stopped_at"]}

    referral = police.ask(trust, threshold_decision=decided["id"])
    assert referral["case"]["reference"] == decided["case"]
    assert trust.get(f"/threshold-decisions/{decided['id']}/")["already_tried"] == "Rang twice."

    stays = police.post(f"/referrals/{referral['id']}/support/", 201, who="control_room_worker", how="phone")
    assert stays["next_contact_at"]
    caller = {"name": "Kim Example", "phone": "020 7946 0120"}
    owed = police.post(f"/cases/{decided['case']}/call-backs/", 201, **caller)

    trust.move(referral, "accept")
    assert police.owner(referral)["accountable_agency"]["code"] == trust.get("/agencies/trust/")["code"]
    met = {"channel": "in_person", "outcome": "reached"}
    trust.move(referral, "start", contact=met)
    log = police.get(f"/referrals/{referral['id']}/support/")["results"]
    assert log[0]["ends"] == "arrived", "help arrived, and nobody need stay on the phone"
    trust.move(referral, "complete", outcome="Seen at home, safe.")
    told = {"outcome": "reached", "told": "She has been seen and is safe."}
    police.post(f"/call-backs/{owed['id']}/attempts/", 201, **told)
    closed = police.move(referral, "close", caller_told="She has been seen and is safe.")
    assert closed["state"] == "closed"
    happened = [event["type"] for event in police.events(referral)]
    for kind in ("threshold.decided", "referral.accepted", "support.ended", "call_back.attempted"):
        assert kind in happened


def test_new_information_reopens_a_threshold_and_the_police_go_after_all(partner):
    police, trust = partner["police"], partner["trust"]
    decided = decide(police)
    referral = police.ask(trust, threshold_decision=decided["id"])
    trust.move(referral, "accept")
    address = f"/threshold-decisions/{decided['id']}/"
    assert trust.post(f"{address}reopen/", reason="He has taken tablets.")["stand"] == "reopened"
    running = police.get(f"/cases/{decided['case']}/")["clocks"]
    assert "threshold_reopened" in {clock["kind"] for clock in running if not clock["stopped_at"]}
    again = decide(police, case=decided["case"], answers={**NO, "risk_to_life": "yes"})
    assert again["outcome"] == "police_response"
    assert police.get(address)["stand"] == "superseded"
    running = police.get(f"/cases/{decided['case']}/")["clocks"]
    assert "threshold_reopened" not in {clock["kind"] for clock in running if not clock["stopped_at"]}
    assert trust.post(f"/threshold-decisions/{again['id']}/disagreement/", reason="We hold him.")[
        "stand"
    ] == ("disagreed")
    said = {"verdict": "ratified", "rationale": "A risk to life.", "by": BOSS}
    assert police.post(f"/threshold-decisions/{again['id']}/review/", **said)["stand"] == "ratified"


def test_the_prompt_is_answered_by_keyboard_in_half_a_minute(at_desk):
    page = at_desk("police")
    began = time.monotonic()
    page.goto("/tracker/decide/")
    page.wait_for_function("document.activeElement.name === 'q_crime'")
    for answer in "nnnnn":
        page.keyboard.press(answer)
    page.locator("#found").get_by_text("The threshold is not met").wait_for()
    assert page.evaluate("document.activeElement.id") == "id_rationale"
    page.keyboard.type("Seen by a neighbour an hour ago.")
    page.keyboard.press("Tab")
    page.keyboard.type("The crisis team will ring.")
    for _ in range(4):
        if page.evaluate("document.activeElement.textContent").strip() == "Record the decision":
            break
        page.keyboard.press("Tab")
    page.get_by_role("button", name="Record the decision").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/tracker/decisions/**")
    assert time.monotonic() - began < 30
    assert "No police response" in page.inner_text("h1")
    page.get_by_role("link", name="Refer this person").click()
    assert "Seen by a neighbour" in page.get_by_label("What has happened").input_value()
    assert "neighbour" not in page.url
    assert page.evaluate("window.violations") == []
    picture(page, "refer")


def declined_and_referred(page, team):
    """Decided by keyboard, and referred in one step; the addresses of the decision and of the referral."""
    page.goto("/tracker/decide/")
    page.wait_for_function("document.activeElement.name === 'q_crime'")
    for answer in "nnnnn":
        page.keyboard.press(answer)
    page.locator("#found").get_by_text("The threshold is not met").wait_for()
    page.get_by_label("Why you decide so").fill("Seen an hour ago.")
    page.get_by_label("What the caller was told").fill("The trust will ring.")
    page.get_by_role("button", name="Record the decision").click()
    page.wait_for_url("**/tracker/decisions/**")
    decision = page.url
    page.get_by_role("link", name="Refer this person").click()
    page.get_by_label("Which team do you ask").select_option(str(team.pk))
    page.get_by_label("P2 very urgent").check()
    page.get_by_label("Description, if there is no name").fill("a man in a red coat, at home")
    page.get_by_role("button", name="Send", exact=True).click()
    page.wait_for_url("**/tracker/referrals/R-*/")
    return decision, page.url


def move(page, name, fill):
    """One step of a referral by its link, and back."""
    back = page.url
    page.get_by_role("link", name=name, exact=True).click()
    fill()
    page.get_by_role("button", name=name, exact=True).click()
    page.wait_for_url(back)


def test_at_two_desks_it_is_referred_accepted_its_outcome_seen_and_the_caller_told(at_desk, town):
    police, trust = at_desk("police"), at_desk("trust")
    _, referral = declined_and_referred(police, town.teams["trust"])
    trust.goto(referral)
    trust.get_by_role("button", name="Accept", exact=True).click()
    move(trust, "Start: the person was reached", lambda: trust.get_by_label("In person").check())
    came = trust.get_by_label("What came of it")
    move(trust, "Complete", lambda: came.fill("Seen at home, safe."))
    police.goto(referral)
    assert "Seen at home, safe." in police.inner_text("main")
    told = police.get_by_label("What the caller was told")
    move(police, "Outcome seen, close", lambda: told.fill("She is safe, and has been seen."))
    assert "Closed" in police.locator(".tags").inner_text()
    assert "She is safe, and has been seen." in police.inner_text("main")
    assert police.evaluate("window.violations") == []


def test_at_two_desks_new_information_reopens_it_and_the_police_go_after_all(at_desk, town):
    police, trust = at_desk("police"), at_desk("trust")
    decision, _ = declined_and_referred(police, town.teams["trust"])
    trust.goto(decision)
    trust.get_by_role("link", name="New information").click()
    trust.get_by_label("What is known now").fill("He has taken tablets.")
    trust.locator("form button.nhsuk-button").last.click()
    trust.wait_for_url(decision)
    police.goto(decision)
    assert "Reopened" in police.locator(".answer").inner_text()
    assert "He has taken tablets." in police.inner_text("main")
    police.get_by_role("link", name="Decide anew").click()
    police.get_by_role("group", name="immediate risk to anybody's life").get_by_label("Yes").check()
    police.locator("#found").get_by_text("is met").wait_for()
    police.get_by_label("Why you decide so").fill("A risk to life.")
    police.get_by_label("What the caller was told").fill("Police are coming.")
    police.get_by_role("button", name="Record the decision").click()
    police.wait_for_url(lambda url: "/tracker/decisions/" in url and url != decision)
    assert "Police attend" in police.inner_text("h1")
    picture(police, "after-all")


EARLIER = {
    "Why you decide so": "Seen by a neighbour.",
    "What the caller was told": "The trust will ring.",
    "When it was decided": "2099-01-01T09:00",
    "When that agency was told": "2026-11-20T21:45",
}


def test_what_was_decided_an_hour_ago_is_entered_afterwards(at_desk):
    """Behind the disclosure; a time to come is refused where it stands, and the rest is still there."""
    page = at_desk("police")
    page.goto("/tracker/decide/")
    page.get_by_label("Which agency was told").select_option(index=1)
    page.get_by_text("Entered afterwards").click()
    for label, said in EARLIER.items():
        page.get_by_label(label).fill(said)
    page.get_by_role("button", name="Record the decision").click()
    summary = page.locator(".nhsuk-error-summary")
    assert "This is still to come" in summary.inner_text()
    summary.get_by_role("link").click()
    assert page.evaluate("document.activeElement.id") == "id_occurred_at"
    page.set_viewport_size({"width": 360, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    picture(page, "decided-earlier-narrow")
    page.set_viewport_size({"width": 1280, "height": 900})
    picture(page, "decided-earlier")
    assert axe(page) == []
    page.get_by_label("When it was decided").fill("2026-11-20T21:40")
    page.get_by_role("button", name="Record the decision").click()
    page.wait_for_url("**/tracker/decisions/**")
    assert "21:45 on Fri 20 Nov" in page.inner_text("main")
    picture(page, "decided-earlier-shown")
    assert axe(page) == []


def test_a_supervisor_settles_what_is_undetermined(at_desk):
    page = at_desk("police")
    page.goto("/tracker/decide/")
    page.wait_for_function("document.activeElement.name === 'q_crime'")
    for answer in "nunnn":
        page.keyboard.press(answer)
    page.locator("#found").get_by_text("Undetermined").wait_for()
    picture(page, "decide")
    page.get_by_label("Why you decide so").fill("Nobody answers the door.")
    page.get_by_label("What the caller was told").fill("A supervisor decides.")
    page.get_by_role("button", name="Record the decision").click()
    page.wait_for_url("**/tracker/decisions/**")
    assert "Undetermined" in page.inner_text("h1")
    picture(page, "undetermined")
    assert page.evaluate("window.violations") == []
    assert axe(page) == []
