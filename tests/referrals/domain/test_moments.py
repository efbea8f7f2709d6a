"""Moments that are told: a clock a little ahead is no error, and the future is."""

from datetime import UTC, datetime, timedelta

import pytest

from referrals.domain.errors import NotYet
from referrals.domain.moments import passed

NOW = datetime(2026, 11, 21, 23, 41, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("told", [NOW - timedelta(days=9), NOW - SECOND, NOW])
def test_what_has_passed_is_as_told(told):
    assert passed(told, NOW, "/at") == told


@pytest.mark.parametrize("ahead", [SECOND, timedelta(seconds=119), timedelta(minutes=2)])
def test_up_to_two_minutes_ahead_is_now(ahead):
    assert passed(NOW + ahead, NOW, "/at") == NOW


@pytest.mark.parametrize("ahead", [timedelta(seconds=121), timedelta(days=9)])
def test_later_has_not_happened_yet(ahead):
    with pytest.raises(NotYet) as refusal:
        passed(NOW + ahead, NOW, "/at")
    assert set(refusal.value.errors) == {"/at"}
