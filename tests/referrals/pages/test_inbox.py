"""Messages: shown is seen; renewed in a window that nobody looks at is not."""

import re
from datetime import timedelta

from agencies.roles import Role
from notifications.services.next_channel import advance
from referrals.domain.referral import State
from referrals.models.keys import instant
from referrals.services import engine
from tests.factories.world import referral_at

INBOX = "/tracker/messages/"


def unseen(browser):
    return browser.get(INBOX, headers={"HX-Request": "true", "X-Quiet": "1"}).content.decode().count(">New<")


def test_a_message_is_new_until_it_was_shown(world, desk):
    referral = referral_at(State.SENT, world)
    browser = desk("trust")
    assert unseen(browser) == unseen(browser) == 1
    shown = browser.get(INBOX).content.decode()
    assert "A referral was sent to you" in shown
    assert f"/tracker/referrals/{referral.reference}/" in shown
    assert unseen(browser) == 0


def test_older_messages_follow_page_by_page(world, desk, monkeypatch):
    monkeypatch.setattr("referrals.pages.inbox.SIZE", 2)
    for _ in range(3):
        referral_at(State.SENT, world)
    browser, query, seen = desk("trust"), "", 0
    for expected in (2, 1):
        shown = browser.get(f"{INBOX}{query}").content.decode()
        seen += shown.count('class="inbox__what"')
        assert shown.count('class="inbox__what"') == expected
        query = (re.findall(r'href="(\?before=[^"]*)" rel="next"', shown) or [""])[0]
    assert (seen, query) == (3, "")
    for nonsense in ("never", "2026-11-28T22:47:00+00:00", "2026-11-28T22:47:00_x"):
        assert browser.get(INBOX, {"before": nonsense}).status_code == 200


def test_what_was_owed_at_one_instant_is_on_one_page_or_the_next(world, desk, in_role, monkeypatch):
    monkeypatch.setattr("referrals.pages.inbox.SIZE", 2)
    made = [referral_at(State.ACKNOWLEDGED, world).reference for _ in range(3)]
    with in_role("worker"):
        engine.tick(instant() + timedelta(minutes=31))
    browser, query, told = desk("trust", Role.SUPERVISOR), "", []
    while query is not None:
        shown = browser.get(f"{INBOX}{query}").content.decode()
        told += re.findall(r"Deadline passed: Accept or decline<span[^>]*>, (R-[\w-]+)", shown)
        query = next(iter(re.findall(r'href="(\?before=[^"]*)" rel="next"', shown)), None)
    assert sorted(told) == sorted(made)


def test_what_was_sent_again_by_email_is_one_message(world, desk, in_role):
    referral_at(State.ACKNOWLEDGED, world)
    late = instant() + timedelta(minutes=31)
    with in_role("worker"):
        engine.tick(late)
        assert advance(now=late + timedelta(days=1)) > 0
    browser = desk("trust", Role.SUPERVISOR)
    shown = browser.get(INBOX).content.decode()
    assert shown.count("Deadline passed: Accept or decline") == 1


def test_messages_are_the_recipients_alone_and_name_nobody(world, desk):
    referral_at(State.DECLINED, world)
    assert "Your referral was declined" in desk("police").get(INBOX).content.decode()
    assert "declined" not in desk("ambulance").get(INBOX).content.decode()
    assert "EXAMPLE" not in desk("police").get(INBOX).content.decode()


def test_what_a_late_referral_demands_is_said_in_words(world, desk, in_role):
    referral_at(State.ACKNOWLEDGED, world)
    with in_role("worker"):
        engine.tick(instant() + timedelta(minutes=31))
    shown = desk("police", Role.SUPERVISOR).get(INBOX).content.decode()
    assert "Deadline passed: Accept or decline" in shown
    assert "Phone the receiver, and decide the police response anew" in shown
