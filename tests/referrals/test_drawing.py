"""The drawn lifecycle is the table's."""

import shutil

import pytest
from django.core.management import CommandError, call_command

from referrals.domain import missing
from referrals.domain.referral import TRANSITIONS, State
from referrals.management import pictures
from referrals.management.commands import draw_lifecycle


@pytest.fixture
def page(tmp_path, monkeypatch):
    """A page of its own beside the pictures as they are kept; nothing is drawn anew."""
    for each in draw_lifecycle.pictures():
        shutil.copy(each.path, tmp_path)
    path = tmp_path / "lifecycle.md"
    path.write_text(draw_lifecycle.drawn())
    monkeypatch.setattr(draw_lifecycle, "PAGE", path)
    monkeypatch.setattr(pictures, "FOLDER", tmp_path)
    return path


def stale():
    return pytest.raises(CommandError, match="stale")


def test_what_is_kept_is_as_the_tables_have_it():
    call_command("draw_lifecycle", check=True)


def test_the_page_names_every_state_and_action(page):
    drawn = page.read_text()
    assert all(f"| {state} |" in drawn for state in State)
    assert all(f"| {action} |" in drawn for action in TRANSITIONS)


def test_the_page_draws_the_missing_report_too(page):
    _, _, drawn = page.read_text().partition("## A missing patient's report")
    assert all(f"| {state} |" in drawn for state in missing.State)
    assert all(f"| {action} |" in drawn for action in missing.MOVES)


def test_a_stale_page_fails_the_check(page):
    call_command("draw_lifecycle", check=True)
    page.write_text(page.read_text().replace("acknowledge", "ignore", 1))
    with stale():
        call_command("draw_lifecycle", check=True)


def test_a_missing_page_fails_the_check(page):
    page.unlink()
    with stale():
        call_command("draw_lifecycle", check=True)


@pytest.mark.parametrize("name", ["lifecycle", "missing-report"])
def test_a_picture_that_is_missing_or_was_drawn_from_something_else_fails_the_check(page, name):
    path = page.parent / f"{name}.svg"
    path.write_text(path.read_text().replace("drawn from ", "drawn from 0", 1))
    with stale():
        call_command("draw_lifecycle", check=True)
    path.unlink()
    with stale():
        call_command("draw_lifecycle", check=True)


def test_without_graphviz_it_says_how_to_get_it(page, monkeypatch):
    kept = (page.parent / "lifecycle.svg").read_text()
    monkeypatch.chdir(page.parent)
    with pytest.raises(CommandError, match="npm ci"):
        call_command("draw_lifecycle")
    assert (page.parent / "lifecycle.svg").read_text() == kept
