"""What has happened in a case: a night's alarms are folded, and nothing is left out without a word."""

from datetime import UTC, datetime, timedelta

import pytest

from referrals.domain.referral import State
from referrals.screens import timeline
from referrals.screens.timeline import Line, folded
from tests.factories.world import move, referral_at

NIGHT = datetime(2026, 11, 28, 2, 0, tzinfo=UTC)


def lines(said):
    """``a`` is an alarm, anything else what somebody did; the newest first."""
    ages = enumerate(said)
    return [Line(each, "", [], NIGHT - timedelta(minutes=n), NIGHT, chased=each == "a") for n, each in ages]


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("", []),
        ("xax", ["x", "a", "x"]),
        ("xaaax", ["x", "a", "a", "a", "x"]),
        ("xaaaax", ["x", "a+3", "x"]),
        ("aaaaaxaaaa", ["a+4", "x", "a+3"]),
    ],
)
def test_a_run_of_alarms_is_its_newest_and_the_rest_behind_it(said, shown):
    found = [
        stretch.line.what + (f"+{len(stretch.folded)}" if stretch.folded else "")
        for stretch in folded(lines(said))
    ]
    assert found == shown


def test_of_a_long_story_the_newest_is_shown_and_the_whole_of_it_is_a_link_away(world, desk, monkeypatch):
    monkeypatch.setattr(timeline, "MOST", 4)
    referral = referral_at(State.ACKNOWLEDGED, world)
    for _ in range(2):
        move(world.trust, referral, "request_info")
        move(world.police, referral, "answer_info")
    browser, address = desk("police"), f"/tracker/referrals/{referral.reference}/"
    short = browser.get(address).content.decode()
    assert "Case opened" not in short
    assert f'href="{address}?story=whole#story-title"' in short
    whole = browser.get(address, {"story": "whole"}).content.decode()
    assert "Case opened" in whole
    assert "Show all that has happened" not in whole
