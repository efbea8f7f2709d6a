"""Detentions from end to end: over the API with a real worker at its clocks, and in a browser."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from tests.journeys.conftest import axe, picture
from tests.journeys.partners import Partner, until

pytestmark = pytest.mark.xdist_group("live")

DOCTOR = {"name": "Dr Example", "role": "section 12 doctor", "contact": "020 7946 0130"}
PERSON = {"family_name": "EXAMPLE", "given_name": "Robin", "age": 40}
DAY = timedelta(seconds=86_400)
WAY = ["detention.detained", "detention.arrived", "detention.health_accepted", "detention.released",
       "detention.assessment_started", "detention.decided"]  # fmt: skip


@pytest.fixture(scope="module")
def partner(live_stack, town):
    names = ("police", "trust", "other_trust", "ambulance")
    made = [Partner(live_stack, town, name) for name in names]
    yield dict(zip(names, made, strict=True))
    for each in made:
        each.http.close()


def ago(minutes):
    return (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()


def detain(police, minutes=120, **said):
    body = {"person": PERSON, "power": "s136", "detained_at": ago(minutes), **said}
    return police.post("/detentions/", 201, **body)


def enter(who, held, kind, **said):
    return who.post(f"/detentions/{held['id']}/milestones/", 201, kind=kind, **said)


def arrive(police, held, place, minutes, **said):
    words = {"place": place.team, "place_kind": "health_based", "at": ago(minutes), **said}
    return enter(police, held, "arrived", **words)


def ask(police, held, *places):
    """Places of safety are asked at once."""
    asking = {}
    made = []
    for place in places:
        body = {"category": "s136_handover", "case": held["case"], "person": None, **asking}
        made.append(police.ask(place, **body))
        asking = {"asking": made[0]["asking"]}
    return made


def fired(who, held, clock):
    """The rungs of this clock that were told in the detention's case."""
    return [
        each["data"]
        for each in who.feed()
        if each["case"] == held["case"]
        and each["type"] == "escalation.fired"
        and each["data"]["clock"]["kind"] == clock
    ]


def told(rungs):
    """The tiers and agencies that the rungs told."""
    return {(who["tier"], who["agency_id"]) for rung in rungs for who in rung["told"]}


def test_found_by_police_handed_over_and_discharged_home(partner):
    police, trust, other = partner["police"], partner["trust"], partner["other_trust"]
    missing = trust.ask(police, category="awol_detained", summary="Gone from the ward since 15:00.")
    police.move(missing, "acknowledge")
    held = detain(police, case=missing["case"]["reference"], person=None)
    assert held["case"] == missing["case"]["reference"], "one case, one timeline"
    assert police.owner(missing)["accountable_agency"]["code"] == "police"

    asked = ask(police, held, trust, other)
    arrive(police, held, trust, 61)
    police.post(f"/detentions/{held['id']}/officers/", 201, **{"number": 2, "from": ago(61)})
    both = {police.get("/agencies/police/")["id"], police.get("/agencies/trust/")["id"]}
    rungs = until(lambda: fired(police, held, "officer_release"))
    assert {agency for _, agency in told(rungs)} == both, "both sides are told at the hour"
    assert fired(trust, held, "officer_release")

    trust.move(asked[0], "accept")
    accepted = police.get(f"/detentions/{held['id']}/")
    assert (accepted["state"], accepted["waiting_minutes"]) == ("accepted", 61)
    assert police.get(f"/referrals/{asked[1]['id']}/")["state"] == "cancelled"
    released = enter(police, held, "last_officer_released")
    assert released["officer_minutes"] == 122
    enter(trust, held, "assessment_started")
    home = enter(trust, held, "decided", outcome="discharged_gp_cmht")
    assert home["state"] == "ended"
    assert all(clock["stopped_at"] for clock in home["clocks"])
    types = [each["type"] for each in police.feed() if each["case"] == held["case"]]
    assert [each for each in types if each in WAY] == WAY


def test_a_child_is_not_taken_to_a_police_station(partner):
    police, trust = partner["police"], partner["trust"]
    child = detain(police, person={**PERSON, "age": 15})
    station = {"kind": "arrived", "place_kind": "police_station", "by": police.by}
    refused = police.send(f"/detentions/{child['id']}/milestones/", station)
    assert refused.status_code == 400
    assert "under 18" in refused.json()["detail"]
    ask(police, child, trust)
    assert arrive(police, child, trust, 1)["under_18"] is True


def test_a_disputed_arrival_warns_by_the_earlier(partner):
    police, trust = partner["police"], partner["trust"]
    held = detain(police)
    told = arrive(police, held, trust, 20, disputed_at=ago(75), disputed_basis="vehicle_outside")
    starts = datetime.fromisoformat(told["starts_at"])
    assert datetime.fromisoformat(told["expires_at"]) == starts + DAY
    assert told["waiting_minutes"] == 75
    assert "disputed" in told["advice"][0]["text"]
    assert until(lambda: fired(police, held, "officer_release")), "by the earlier the hour is over"


def test_an_extension_moves_the_end_and_not_the_warnings(partner):
    police, trust = partner["police"], partner["trust"]
    held = detain(police, 1_200)
    (asked,) = ask(police, held, trust)
    arrive(police, held, trust, 1_140)
    trust.move(asked, "accept")
    extension = {"extension_minutes": 480, "doctor": DOCTOR, "reason_code": "condition"}
    for_a_bed = {**extension, "reason_code": "no_bed", "kind": "extended", "by": trust.by}
    assert trust.send(f"/detentions/{held['id']}/milestones/", for_a_bed).status_code == 422
    longer = enter(trust, held, "extended", **extension)
    expires = datetime.fromisoformat(longer["starts_at"]) + DAY + timedelta(minutes=480)
    assert datetime.fromisoformat(longer["expires_at"]) == expires
    assert until(lambda: [rung for rung in fired(trust, held, "detention_limit") if rung["percent"] == 75])
    assert not [rung for rung in fired(trust, held, "detention_limit") if rung["breached"]]


def test_a_lapse_tells_directors_on_both_sides(partner):
    police, trust = partner["police"], partner["trust"]
    held = detain(police, 1_500)
    ask(police, held, trust)
    late = arrive(police, held, trust, 1_450)
    assert "lapsed" in late["advice"][0]["text"]
    rungs = until(lambda: [r for r in fired(police, held, "detention_limit") if r["percent"] == 100])
    assert {tier for tier, _ in told(rungs)} == {"director"}
    assert len(told(rungs)) == 2
    still = police.get(f"/detentions/{held['id']}/")
    assert still["state"] == "arrived", "nothing acts by itself"


def enter_in(page, milestone, fill):
    """One milestone, from the detention's page and back to it."""
    address = page.url
    page.get_by_role("link", name=milestone, exact=True).click()
    fill()
    page.get_by_role("button", name="Record").click()
    page.wait_for_url(address)


def record_in(page):
    """Somebody is detained, with two officers."""
    page.goto("/tracker/detentions/new/")
    picture(page, "detain")
    page.get_by_label("Family name").fill("Example")
    page.get_by_label("Where").fill("Example Bridge")
    page.get_by_label("How many officers are with them").fill("2")
    page.get_by_role("button", name="Record the detention").click()
    page.wait_for_url(re.compile("/detentions/[0-9a-f-]{36}/$"))
    assert "not yet at a place of safety" in page.inner_text("main")


def test_the_whole_way_in_a_browser(at_desk, town):
    page = at_desk("police")
    record_in(page)
    address = page.url

    def came():
        page.get_by_label("Which place of safety").select_option(str(town.teams["trust"].pk))
        page.get_by_label("What kind of place").select_option("health_based")

    enter_in(page, "Arrived at a place of safety", came)
    first = page.locator(".figures .count").first
    assert first.inner_text().split("\n")[0] == "Police waiting"
    assert "in 23 hours 59 minutes" in page.inner_text(".figures")
    assert page.evaluate("window.violations") == []
    picture(page, "detention")
    assert axe(page) == []

    trust = at_desk("trust")
    trust.goto(address)
    enter_in(trust, "Assessment started", lambda: trust.get_by_label("Note").fill("Tearful, no plans."))
    outcome = trust.get_by_label("What was decided")
    enter_in(trust, "Decided", lambda: outcome.select_option("s2"))
    page.reload()
    assert "Detained under section 2" in page.inner_text(".figures")
    assert "Tearful" not in page.inner_text("main")


@pytest.mark.parametrize(
    ("where", "name", "size"),
    [
        ("/tracker/places/", "places", {"width": 1920, "height": 1080}),
        ("/tracker/places/", "places-phone", {"width": 390, "height": 844}),
        ("/tracker/measures/", "measures", {"width": 1280, "height": 900}),
    ],
)
def test_the_board_and_the_measures_for_everybody(at_desk, partner, where, name, size):
    page = at_desk("police", viewport=size)
    page.goto(where)
    page.locator("h1").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("window.violations") == []
    picture(page, name)
    assert axe(page) == []
