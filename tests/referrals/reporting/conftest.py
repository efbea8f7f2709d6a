"""A proof run as the worker runs it, with anchors in a place of its own."""

import pytest

from referrals.reporting.proving import prove
from referrals.reporting.sweep import Budget


@pytest.fixture
def anchors(settings, tmp_path):
    """Where anchors go."""
    settings.ANCHOR_DIR = str(tmp_path / "anchors")
    return tmp_path / "anchors"


@pytest.fixture
def proven(db, in_role, anchors):
    """``proven()``: what the proof finds now, as {check: [(reference, what)]}; nothing where all is well."""

    def run(budget: Budget | None = None, *, write_anchor: bool = False) -> dict[str, list[tuple[str, str]]]:
        with in_role("worker"):
            outcomes = prove(budget, write_anchor=write_anchor)
        assert not [each for each in outcomes if each.trouble]
        assert all(each.found == len(each.rows) for each in outcomes)
        return {
            each.name: [(row.reference, row.what) for row in each.rows] for each in outcomes if each.found
        }

    return run


@pytest.fixture
def tamper(as_superuser):
    """``tamper(sql, words)``: one statement that no rule, trigger or right holds back; how many rows."""
    as_superuser.execute("set session_replication_role = replica")

    def run(sql, words=()) -> int:
        changed = as_superuser.execute(sql, words).rowcount
        as_superuser.commit()
        return changed

    return run
