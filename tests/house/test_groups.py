"""Tests that share something dear (a live system, a demonstration, a fault) share one process."""

import os

import pytest


@pytest.mark.xdist_group("one-process")
@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="one process runs everything")
def test_the_tests_of_a_group_are_kept_together(request):
    """xdist groups by a suffix of the test's id; when it cannot write it, it says nothing."""
    assert request.node.nodeid.endswith("@one-process")
