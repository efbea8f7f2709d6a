"""Tests that share something dear share one process: those of the live system; those that start systems of
their own or fill databases, which two at once would make late for each other."""

import os

import pytest


@pytest.mark.xdist_group("one-process")
@pytest.mark.skipif("PYTEST_XDIST_WORKER" not in os.environ, reason="one process runs everything")
def test_the_tests_of_a_group_are_kept_together(request):
    """xdist groups by a suffix of the test's id; when it cannot write it, it says nothing."""
    assert request.node.nodeid.endswith("@one-process")
