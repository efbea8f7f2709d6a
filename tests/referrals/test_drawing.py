"""The drawn lifecycle is the table's."""

import pytest
from django.core.management import CommandError, call_command

from referrals.domain import missing
from referrals.domain.referral import TRANSITIONS, State
from referrals.management.commands import draw_lifecycle


@pytest.fixture
def page(tmp_path, monkeypatch):
    path = tmp_path / "lifecycle.md"
    monkeypatch.setattr(draw_lifecycle, "PAGE", path)
    return path


def test_the_page_names_every_state_and_action(page):
    call_command("draw_lifecycle")
    drawn = page.read_text()
    assert all(f"| {state} |" in drawn for state in State)
    assert all(f"| {action} |" in drawn for action in TRANSITIONS)


def test_the_page_draws_the_missing_report_too(page):
    call_command("draw_lifecycle")
    _, _, drawn = page.read_text().partition("## A missing patient's report")
    assert all(f"| {state} |" in drawn for state in missing.State)
    assert all(f"| {action} |" in drawn for action in missing.MOVES)


def test_a_stale_page_fails_the_check(page):
    call_command("draw_lifecycle")
    call_command("draw_lifecycle", check=True)
    page.write_text(page.read_text().replace("acknowledge", "ignore", 1))
    with pytest.raises(CommandError, match="stale"):
        call_command("draw_lifecycle", check=True)


def test_a_missing_page_fails_the_check(page):
    with pytest.raises(CommandError, match="stale"):
        call_command("draw_lifecycle", check=True)
