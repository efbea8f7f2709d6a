"""Who comes in, as whom, and for how long."""

import time

import pytest
from django.test import Client

from config import session_limits
from referrals.domain.referral import State
from tests.factories.agencies import MembershipFactory, UserFactory
from tests.factories.world import referral_at
from tests.referrals.pages.conftest import signed_in

PAGES = ["/tracker/", "/tracker/referrals/", "/tracker/referrals/new/", "/tracker/messages/"]
LOGIN = "/accounts/login/"


@pytest.mark.parametrize("page", PAGES)
def test_a_stranger_is_sent_to_the_sign_in_and_back(db, page):
    assert Client().get(page)["Location"] == f"{LOGIN}?next={page}"


def test_who_works_for_two_teams_chooses_one_and_may_change(world):
    member = MembershipFactory(team=world.teams["police"])
    other = MembershipFactory(user=member.user, team=world.teams["trust"])
    browser = signed_in(member.user)
    asked = browser.get("/tracker/", follow=True)
    assert "Who are you working for now?" in asked.content.decode()
    for chosen in (other, member):
        shown = browser.post("/accounts/acting/", {"membership": chosen.pk, "next": "/tracker/"}, follow=True)
        assert str(chosen.team) in shown.content.decode()
        assert shown.redirect_chain == [("/tracker/", 302)]


def test_nobody_chooses_a_team_of_somebody_else(world):
    member = MembershipFactory(team=world.teams["police"])
    MembershipFactory(user=member.user, team=world.teams["trust"])
    foreign = MembershipFactory(team=world.teams["stranger"])
    answer = signed_in(member.user).post("/accounts/acting/", {"membership": foreign.pk})
    assert "Choose one of your teams" in answer.content.decode()


def test_the_choice_leads_nowhere_else(world):
    member = MembershipFactory(team=world.teams["police"])
    browser = signed_in(member.user)
    answer = browser.post("/accounts/acting/", {"membership": member.pk, "next": "https://evil.example/"})
    assert answer["Location"] == "/"


def test_who_belongs_to_no_team_is_told_whom_to_phone(db):
    shown = signed_in(UserFactory()).get("/", follow=True).content.decode()
    assert "You belong to no team at present" in shown
    assert "duty manager" in shown


def test_the_start_page_leads_to_the_tracker(desk):
    assert desk("police").get("/")["Location"] == "/tracker/"


def at_seconds_ago(browser, **ages):
    session = browser.session
    for name, age in ages.items():
        session[name] = int(time.time()) - age
    session.save()


def test_half_an_hour_without_use_ends_the_session(desk):
    browser = desk("police")
    browser.get("/tracker/")
    at_seconds_ago(browser, used_at=30 * 60)
    answer = browser.get("/tracker/referrals/?q=x")
    assert answer["Location"] == f"{LOGIN}?ended=idle&next=%2Ftracker%2Freferrals%2F%3Fq%3Dx"
    assert "30 minutes" in browser.get(answer["Location"]).content.decode()


def test_twelve_hours_end_the_session_whatever_was_used(desk):
    browser = desk("police")
    browser.get("/tracker/")
    at_seconds_ago(browser, began_at=12 * 3600, used_at=1)
    ended = browser.get("/tracker/")["Location"]
    assert "ended=long" in ended
    assert "because 12 hours have passed" in browser.get(ended).content.decode()


def test_which_end_comes_first_is_told_and_using_it_puts_off_one_alone(desk):
    browser = desk("police")
    browser.get("/tracker/")
    at_seconds_ago(browser, used_at=29 * 60)
    told = browser.get("/accounts/session/", headers={"X-Quiet": "1"}).json()
    assert (told["limit"], told["left"] <= 60) == ("idle", True)
    at_seconds_ago(browser, began_at=12 * 3600 - 60, used_at=29 * 60)
    told = browser.post("/accounts/session/").json()
    assert (told["limit"], told["left"] <= 60) == ("long", True)


def test_a_page_that_renews_itself_is_not_use_and_a_key_is(desk):
    browser = desk("police")
    browser.get("/tracker/")
    at_seconds_ago(browser, used_at=29 * 60)
    browser.get("/tracker/", headers={"X-Quiet": "1", "HX-Request": "true"})
    assert browser.get("/accounts/session/", headers={"X-Quiet": "1"}).json()["left"] <= 60
    assert browser.post("/accounts/session/").json()["left"] == 30 * 60


def test_a_renewal_after_the_end_leads_to_the_sign_in(desk):
    browser = desk("police")
    browser.get("/tracker/")
    at_seconds_ago(browser, used_at=31 * 60)
    answer = browser.get("/tracker/", headers={"X-Quiet": "1", "HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (401, f"{LOGIN}?ended=idle&next=%2F")


@pytest.mark.parametrize(
    "address", ["/accounts/logout/", "/tracker/referrals/new/hints/", "/tracker/nowhere/"]
)
def test_where_nothing_can_be_looked_at_nobody_is_sent_back_to(address, desk):
    browser = desk("police")
    browser.get("/tracker/")
    at_seconds_ago(browser, used_at=30 * 60 + 1)
    answer = browser.post(address, {"typed": "words"})
    assert answer["Location"] == f"{LOGIN}?ended=idle&next=%2F"


def test_who_looks_where_nothing_can_be_looked_at_is_told_so(desk):
    browser = desk("police")
    shown = browser.get("/tracker/referrals/new/hints/")
    assert (shown.status_code, shown["Allow"]) == (405, "POST, OPTIONS")
    assert "This address only takes what a form sends" in shown.content.decode()


@pytest.fixture
def interrupted(world, desk):
    """A decline that was being sent when its session ended: the browser, its address and the text."""
    referral = referral_at(State.SENT, world)
    browser = desk("trust")
    browser.get("/tracker/")
    at_seconds_ago(browser, used_at=31 * 60)
    address = f"/tracker/referrals/{referral.reference}/decline/"
    ended = browser.post(address, {"reason": "typed for ten minutes", "reason_code": "no_capacity"})
    assert ended["Location"].startswith(LOGIN)
    return browser, address


def test_what_was_typed_is_kept_for_the_same_person(interrupted, world):
    browser, address = interrupted
    user = MembershipFactory._meta.model.objects.get(team=world.teams["trust"], role="supervisor").user
    browser.post(LOGIN, {"username": user.username, "password": "letmein", "next": address})
    shown = browser.get(address).content.decode()
    assert "typed for ten minutes" in shown
    assert 'value="no_capacity" checked' in shown
    assert "typed for ten minutes" not in browser.get(address).content.decode()


def test_what_was_typed_is_never_shown_to_the_next_user_of_the_computer(interrupted, world):
    browser, address = interrupted
    colleague = MembershipFactory(team=world.teams["trust"])
    browser.post(LOGIN, {"username": colleague.user.username, "password": "letmein"})
    assert session_limits.KEPT not in browser.session
    assert "typed for ten minutes" not in browser.get(address).content.decode()


def typed_at(browser, address, **fields):
    return browser.post(f"/accounts/typed/?at={address}", fields)


def test_what_is_typed_and_never_sent_outlives_the_session(world, desk):
    referral, browser = referral_at(State.SENT, world), desk("trust")
    user = MembershipFactory._meta.model.objects.get(team=world.teams["trust"], role="supervisor").user
    pages = [f"/tracker/referrals/{referral.reference}/{action}/" for action in ("decline", "request_info")]
    for page in pages:
        assert typed_at(browser, page, reason=f"half a sentence at {page}").status_code == 204
    at_seconds_ago(browser, used_at=31 * 60)
    assert browser.get("/accounts/session/", headers={"X-Quiet": "1"}).status_code == 401
    browser.post(LOGIN, {"username": user.username, "password": "letmein"})
    for page in pages:
        assert f"half a sentence at {page}" in browser.get(page).content.decode()


def test_what_was_sent_and_what_is_too_long_is_not_kept(world, desk):
    referral, browser = referral_at(State.SENT, world), desk("trust")
    page = f"/tracker/referrals/{referral.reference}/request_info/"
    assert typed_at(browser, page, reason="x" * 20_001).status_code == 413
    typed_at(browser, page, reason="which floor")
    assert browser.post(page, {"reason": "which floor?"}).status_code == 302
    assert session_limits.KEPT not in browser.session


def test_only_so_many_forms_are_kept_and_signing_out_throws_them_away(desk):
    browser = desk("trust")
    for number in range(7):
        typed_at(browser, f"/tracker/{number}/", reason="typed")
    assert list(browser.session[session_limits.KEPT]["forms"]) == [f"/tracker/{n}/" for n in range(2, 7)]
    browser.post("/accounts/logout/")
    assert session_limits.KEPT not in browser.session


def test_nobody_in_particular_keeps_nothing(db):
    assert typed_at(Client(), "/tracker/", reason="typed").status_code == 401
