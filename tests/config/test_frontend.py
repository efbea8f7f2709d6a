"""What browsers are given comes from us alone, and is fetched once."""

import re

from config import frontend


def test_the_picked_files_are_there_and_are_not_fetched_again(monkeypatch):
    monkeypatch.setattr(frontend, "fetch", lambda: 1 / 0)
    frontend.ensure()
    assert frontend.ready()


def test_another_lock_file_asks_for_other_files(monkeypatch, tmp_path):
    for name in frontend.ASKED:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("changed")
    monkeypatch.setattr(frontend, "ROOT", tmp_path)
    assert not frontend.ready()


def test_the_style_asks_nothing_of_anybody_else():
    style = (frontend.PICKED / "nhsuk" / "nhsuk-frontend.min.css").read_text()
    asked = set(re.findall(r"url\(([^)]*)\)", style))
    assert "@font-face" not in style
    assert asked
    assert all((frontend.PICKED / "nhsuk" / address).exists() for address in asked)


def test_no_logo_is_picked():
    assert not [path for path in frontend.PICKED.rglob("*") if "logo" in path.name or "favicon" in path.name]
