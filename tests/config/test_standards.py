"""The definitions of FHIR R4 are those that were published, and are fetched once."""

import tarfile

import pytest

from config import standards
from config.trouble import Trouble


def test_the_definitions_are_there_and_are_not_fetched_again(monkeypatch):
    monkeypatch.setattr(standards, "npm", lambda *_: 1 / 0)
    standards.ensure()
    assert standards.ready()
    assert (standards.PICKED / "StructureDefinition-ServiceRequest.json").exists()


def test_another_package_than_the_published_one_is_refused(tmp_path):
    archive = tmp_path / "package.tgz"
    archive.write_bytes(b"other")
    with pytest.raises(Trouble, match="digest differs"):
        standards.check(archive)


def test_only_what_defines_a_type_or_codes_is_picked(tmp_path, monkeypatch):
    named = ("StructureDefinition-Task.json", "Patient-example.json", "ValueSet-task-status.json")
    archive, picked = tmp_path / "package.tgz", tmp_path / "picked"
    with tarfile.open(archive, "w:gz") as package:
        for name in named:
            (tmp_path / name).write_text('{"text": "long", "url": "u"}')
            package.add(tmp_path / name, f"package/{name}")
    monkeypatch.setattr(standards, "PICKED", picked)
    monkeypatch.setattr(standards, "STAMP", picked / "made-from")
    standards.pick(archive)
    assert {each.name for each in picked.iterdir()} == {named[0], named[2], "made-from"}
    assert (picked / named[0]).read_text() == '{"url": "u"}'
