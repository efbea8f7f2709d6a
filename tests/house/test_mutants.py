"""The kept bugs of ``make mutants`` can still be put in; whether tests notice them takes an hour."""

import subprocess

import pytest

from config.env import ROOT
from tests.mutants.__main__ import PATCHES, Bug

BUGS = sorted(PATCHES.glob("*.patch"))
ISSUED = 12  # as many at least are kept


def test_there_are_bugs_to_put_in():
    assert len(BUGS) >= ISSUED


@pytest.mark.parametrize("path", BUGS, ids=lambda path: path.stem)
def test_a_kept_bug_still_fits_the_code_and_names_tests_that_exist(path):
    fits = subprocess.run(["git", "apply", "--check", "-C1", path], cwd=ROOT, capture_output=True, text=True)
    assert not fits.returncode, fits.stderr
    bug = Bug.read(path)
    assert bug.tests
    assert not [name for name in bug.tests if not (ROOT / name.split("::")[0]).exists()]
