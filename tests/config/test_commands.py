"""What a start remembers of the one before it survives a kill, and a note that was cut short."""

import json
import stat

import pytest

from config import commands

ENV = {"MIGRATE_DATABASE_URL": "postgres://nowhere/", "DEMO": "1"}


@pytest.fixture
def ran(monkeypatch):
    """The commands that were run, none of them really."""
    names = []
    monkeypatch.setattr(commands, "manage", lambda *words, env, log: names.append(words[0]))
    monkeypatch.setattr(commands, "applied_migrations", lambda address: ["referrals.0001"])
    return names


def test_migrations_are_applied_once(ran, tmp_path):
    for _ in range(2):
        commands.migrate(ENV, tmp_path)
    assert ran == ["migrate"]


@pytest.mark.parametrize("left", ["", '{"known": "'])
def test_a_note_that_was_cut_short_is_as_good_as_none(ran, tmp_path, left):
    (tmp_path / "migrated.json").write_text(left)
    (tmp_path / "demo.json").write_text(left)
    commands.migrate(ENV, tmp_path)
    commands.demo_data(ENV, tmp_path, "http://127.0.0.1:8000")
    assert ran == ["migrate", "demo_data"]


def test_the_file_of_the_sign_ins_follows_the_port_and_stays_its_owners(ran, tmp_path):
    path = tmp_path / "demo.json"
    path.write_text(json.dumps({"base_url": "http://127.0.0.1:8000", "users": []}))
    commands.demo_data(ENV, tmp_path, "http://127.0.0.1:8001")
    assert json.loads(path.read_text()) == {"base_url": "http://127.0.0.1:8001", "users": []}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert ran == []
