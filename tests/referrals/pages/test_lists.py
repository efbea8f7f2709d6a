"""What the first page counts, and what the list finds."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.db import connection
from django.test.utils import CaptureQueriesContext

from referrals.domain.referral import State
from tests.factories.world import referral_at
from tests.referrals.services.detaining import ask, detain

HOME, LIST = "/tracker/", "/tracker/referrals/"


def counts(browser):
    shown = browser.get(HOME).content.decode()
    found = re.findall(r'count__number">(\d+)</span> <span class="count__what">([^<]+)', shown)
    return {what: int(number) for number, what in found}


def listed(browser, query=""):
    return re.findall(r'id="row-(R-\w{4}-\w{4})', browser.get(f"{LIST}{query}").content.decode())


@pytest.mark.parametrize(
    ("state", "who", "what"),
    [
        (State.SENT, "police", "We sent, nobody has acknowledged"),
        (State.SENT, "trust", "Sent to us, not acknowledged"),
        (State.DECLINED, "police", "Came back to us: say what happens next"),
        (State.FAILED, "police", "Came back to us: say what happens next"),
        (State.INFO_REQUESTED, "police", "Our answer is needed"),
        (State.COMPLETED, "police", "Our answer is needed"),
        (State.DRAFT, "police", "Our answer is needed"),
    ],
)
def test_home_counts_what_waits_for_us(world, desk, state, who, what):
    referral_at(state, world)
    assert counts(desk(who))[what] == 1


def test_home_counts_what_is_late_and_what_will_be(world, desk, as_superuser):
    late, soon = referral_at(State.SENT, world), referral_at(State.SENT, world, priority="P1")
    shift = "update referrals_referral set breach_at = clock_timestamp() - interval '9 minutes' where id = %s"
    as_superuser.execute(shift, [late.pk])
    as_superuser.commit()
    shown = counts(desk("trust"))
    assert (shown["Past a deadline: ours to act"], shown["Deadline within 15 minutes"]) == (1, 1)
    assert listed(desk("trust"), "?due=late") == [late.reference]
    assert listed(desk("trust"), "?due=soon") == [soon.reference]
    assert "9 minutes late" in desk("trust").get(HOME).content.decode()


def test_home_says_so_when_nothing_waits(desk):
    assert "Nothing needs you now" in desk("stranger").get(HOME).content.decode()


@pytest.mark.parametrize(
    "asked", ["9990000018", "999 000 0018", "exam", "EXAMPLE, Rob", "NS-7", "case", "own"]
)
def test_search_finds_by_number_name_incident_and_reference(world, desk, asked):
    made = referral_at(State.CLOSED, world, source_incident_number="NS-7")
    text = {"case": made.case_reference.lower(), "own": made.reference.replace("-", "")}.get(asked, asked)
    assert listed(desk("police"), f"?q={text}") == [made.reference]
    assert listed(desk("stranger"), f"?q={text}") == []


def test_two_letters_find_those_with_which_a_name_begins(world, desk):
    made = referral_at(State.SENT, world)
    for asked, found in {
        "ex": [made.reference],
        "Ro": [made.reference],
        "am": [],
        "am exa": [made.reference],
    }.items():
        assert listed(desk("police"), f"?q={asked}") == found, asked


@pytest.mark.parametrize("asked", ["INC-20083", "inc 20083", "20083", "inc20083"])
def test_search_finds_an_incident_by_its_figures(world, desk, asked):
    made = referral_at(State.SENT, world, source_incident_number="INC-20083")
    referral_at(State.SENT, world, source_incident_number="INC-120083")
    assert listed(desk("trust"), f"?q={asked}") == [made.reference]
    assert listed(desk("stranger"), f"?q={asked}") == []


def test_search_finds_somebody_known_by_a_description_alone(world, desk):
    made = referral_at(State.SENT, world, person={"description": "Man in a green coat, 50%"})
    referral_at(State.SENT, world)
    for asked in ("green coat", "COAT green", "50%"):
        assert listed(desk("trust"), f"?q={asked.replace('%', '%25')}") == [made.reference]
    assert listed(desk("trust"), "?q=green hat") == []
    assert listed(desk("stranger"), "?q=green coat") == []


def test_search_finds_a_detention_by_its_reference_though_nobody_was_asked(world, desk):
    held = detain(world.police)
    shown = desk("police").get(f"{LIST}?q={held.reference}").content.decode()
    assert f'href="/tracker/detentions/{held.pk}/"' in shown
    assert "Nothing matches" not in shown
    assert "Nothing matches" in desk("stranger").get(f"{LIST}?q={held.reference}").content.decode()
    (asked,) = ask(world, held)
    assert listed(desk("police"), f"?q={held.reference}") == [asked.reference]


def test_what_is_too_long_to_look_for_is_said_and_nothing_is_listed(world, desk):
    referral_at(State.SENT, world)
    assert listed(desk("police"), f"?q={'x' * 300}") == []
    assert "What you look for is too long" in desk("police").get(f"{LIST}?q={'x' * 300}").content.decode()


def test_search_shows_what_was_looked_for_as_text(desk):
    shown = desk("police").get(LIST, {"q": "<script>alert(1)</script>"}).content.decode()
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert(1)" in shown


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {State.SENT, State.ACCEPTED, State.DECLINED, State.DRAFT}),
        ("?state=any", {State.SENT, State.ACCEPTED, State.DECLINED, State.DRAFT, State.CLOSED}),
        ("?state=held", {State.ACCEPTED}),
        ("?state=returned&side=sent", {State.DECLINED}),
        ("?side=received", set()),
        ("?priority=P1", set()),
        ("?category=concern_for_welfare&state=sent", {State.SENT}),
        (
            "?state=nonsense&due=nonsense&after=nonsense",
            {State.SENT, State.ACCEPTED, State.DECLINED, State.DRAFT},
        ),
    ],
)
def test_filters_in_the_address_narrow(world, desk, query, expected):
    states = (State.SENT, State.ACCEPTED, State.DECLINED, State.DRAFT, State.CLOSED)
    made = {state: referral_at(state, world).reference for state in states}
    assert set(listed(desk("police"), query)) == {made[state] for state in expected}


def test_paging_shows_every_row_once(world, desk, monkeypatch):
    monkeypatch.setattr("referrals.pages.listing.SIZE", 2)
    made = {referral_at(State.SENT, world).reference for _ in range(5)}
    browser, query, seen = desk("police"), "", []
    while query is not None:
        shown = browser.get(f"{LIST}{query}").content.decode()
        seen += re.findall(r'id="row-(R-\w{4}-\w{4})', shown)
        found = re.search(r'href="(\?[^"]*)" rel="next"', shown)
        query = found[1].replace("&amp;", "&") if found else None
    assert sorted(seen) == sorted(made)


@pytest.mark.parametrize(
    "page", [HOME, LIST, f"{LIST}?q=exam", "/tracker/messages/", "/tracker/referrals/new/"]
)
def test_the_number_of_queries_does_not_grow(world, desk, page):
    def cost():
        browser = desk("police")
        browser.get(page)
        with CaptureQueriesContext(
            connection,
        ) as ran:
            assert browser.get(page).status_code == 200
        return len(ran)

    for state in (State.SENT, State.DECLINED, State.INFO_REQUESTED):
        referral_at(state, world)
    few = cost()
    for state in (State.SENT, State.DECLINED, State.INFO_REQUESTED):
        referral_at(state, world)
    assert cost() == few


def test_a_renewal_is_only_the_part_that_changes(world, desk):
    referral_at(State.SENT, world)
    shown = desk("police").get(HOME, headers={"HX-Request": "true"}).content.decode()
    assert shown.count("<html") == 0
    assert 'id="live"' in shown
    assert 'id="engine"' in shown


def test_a_silent_engine_is_louder_than_anything(world, desk, as_superuser):
    browser = desk("police")
    assert "Nobody is being chased" in browser.get(HOME).content.decode()
    beat = "insert into referrals_heartbeat (part, beat_at) values ('tick', clock_timestamp() - interval %s)"
    for age, banner in (("10 seconds", False), ("31 seconds", True)):
        as_superuser.execute("delete from referrals_heartbeat")
        as_superuser.execute(beat.replace("%s", f"'{age}'"))
        as_superuser.commit()
        assert ("Nobody is being chased" in browser.get(HOME).content.decode()) is banner


def shift_clocks(as_superuser, referral, minutes):
    """Its clocks, and with them its deadline, end so many minutes from now."""
    ends = "clock_timestamp() + make_interval(mins => %s)"
    as_superuser.execute("set session_replication_role = replica")
    as_superuser.execute(
        f"update referrals_clock set started_at = {ends} - interval '1 hour', target_at = {ends}"
        " where referral_id = %s and stopped_at is null",
        [minutes, minutes, referral.pk],
    )
    as_superuser.execute(
        f"update referrals_referral set breach_at = {ends} where id = %s", [minutes, referral.pk]
    )
    as_superuser.execute("set session_replication_role = origin")
    as_superuser.commit()


def test_what_is_late_is_split_into_ours_and_what_others_owe(world, desk, as_superuser):
    """A declined one is the sender's to act on; who declined it owes nothing."""
    made = referral_at(State.DECLINED, world)
    shift_clocks(as_superuser, made, -9)
    ours, owed = "Past a deadline: ours to act", "Past a deadline: others must act"
    for name, expected in (("police", (1, 0)), ("trust", (0, 1))):
        found = counts(desk(name))
        assert (found[ours], found[owed]) == expected
    assert listed(desk("police"), "?due=late&turn=ours") == [made.reference]
    assert listed(desk("trust"), "?due=late&turn=ours") == []
    assert listed(desk("trust"), "?due=late&turn=others") == [made.reference]


def test_a_row_says_what_is_late_and_who_must_act(world, desk, as_superuser):
    made = referral_at(State.SENT, world)
    shift_clocks(as_superuser, made, -9)
    assert f"{made.to_team.name}: acknowledge" in desk("police").get(LIST).content.decode()
    assert f"{made.to_team.name}: acknowledge" not in desk("trust").get(LIST).content.decode()
    assert '<span class="shell-also">Acknowledge</span>' in desk("trust").get(LIST).content.decode()


@pytest.mark.parametrize(
    ("said", "tags"),
    [
        ({"flags": ("under_18",)}, {"Under 18"}),
        ({"person": {"family_name": "YOUNG", "date_of_birth": "2015-03-31"}}, {"Under 18"}),
        (
            {"person": {"family_name": "YOUNG", "age": 17}, "scene_safety": "unsafe"},
            {"Under 18", "Scene not safe"},
        ),
        ({"person": {"family_name": "OLD", "date_of_birth": "1980-03-31"}}, set()),
    ],
    ids=["flagged", "born", "age", "adult"],
)
def test_rows_and_the_case_page_tag_a_child_and_a_scene_that_is_not_safe(world, desk, said, tags):
    made = referral_at(State.SENT, world, **said)
    shown = desk("trust").get(LIST).content.decode()
    assert {each for each in ("Under 18", "Scene not safe") if f">{each}</strong>" in shown} == tags
    page = desk("trust").get(f"/tracker/referrals/{made.reference}/").content.decode()
    assert (">Under 18</strong>" in page) == ("Under 18" in tags)


def test_a_claimed_acceptance_stands_in_the_row_and_on_the_buttons(world, desk):
    made = referral_at(State.SENT, world)
    address = f"/tracker/referrals/{made.reference}/"
    assert "Said to be accepted by phone" not in desk("trust").get(LIST).content.decode()
    said = {"name": "Amy Example", "role": "nurse", "contact": "020 7946 0102"}
    assert desk("police").post(f"{address}claim/", said).status_code == 302
    assert ">Said to be accepted by phone</strong>" in desk("trust").get(LIST).content.decode()
    shown = desk("trust").get(address).content.decode()
    assert f'href="{address}decline/">Nobody here accepted: decline</a>' in shown.split("moves__more")[0]
    for text in (
        "says that Amy Example, nurse",
        ">Confirm: it was accepted<",
        ">Nobody here accepted: decline<",
    ):
        assert text in shown


@pytest.mark.parametrize(
    ("page", "promise"),
    [
        (HOME, "This page renews itself"),
        ("/tracker/missing/", "This page renews itself"),
        ("/tracker/referrals/new/", "With a team, a priority"),
        ("/tracker/missing/new/", "With a name, a description or the tick"),
        ("/tracker/missing/new/", "The tick is kept at once"),
    ],
)
def test_what_only_scripts_do_is_promised_only_where_they_run(desk, page, promise):
    shown = desk("trust").get(page).content.decode()
    assert f'<span class="with-script">{promise}' in shown
    css = Path(finders.find("referrals/screens.css")).read_text()
    assert "body:not(.js-enabled) .with-script { display: none; }" in css
