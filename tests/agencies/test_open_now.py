"""Whether a team is at its desk, by the clock on the wall in London."""

from datetime import UTC, date, datetime, timedelta

import pytest

from agencies.duty import bank_holidays, holidays_known_until, open_now
from agencies.instants import LONDON
from agencies.models import ServiceHours, Team
from tests.factories.agencies import ServiceHoursFactory, TeamFactory

MONDAY, FRIDAY, SATURDAY, SUNDAY = 0, 4, 5, 6
SECOND = timedelta(seconds=1)


def london(*when, fold=0):
    return datetime(*when, tzinfo=LONDON, fold=fold).astimezone(UTC)


def desk(*hours, **fields):
    """A team with these (weekday, opens, closes)."""
    team = TeamFactory(always_open=False, **fields)
    for weekday, opens, closes in hours:
        ServiceHoursFactory(team=team, weekday=weekday, opens=opens, closes=closes)
    return Team.objects.prefetch_related("hours").get(pk=team.pk)


def minutes_open(team, begin, end):
    """How many of the minutes from begin to end the team is open in."""
    length = int((end - begin) / timedelta(minutes=1))
    return sum(open_now(team, begin + timedelta(minutes=n)) for n in range(length))


def test_a_team_that_never_closes_is_open(db, django_assert_num_queries):
    team = TeamFactory()
    with django_assert_num_queries(0):
        assert open_now(team, london(2026, 12, 25, 3, 0))


def test_a_team_without_hours_is_shut(db):
    assert not open_now(desk(), london(2026, 1, 12, 12, 0))


@pytest.mark.parametrize(
    ("at", "there"),
    [
        (london(2026, 1, 12, 9, 0) - SECOND, False),
        (london(2026, 1, 12, 9, 0), True),
        (london(2026, 1, 12, 17, 0) - SECOND, True),
        (london(2026, 1, 12, 17, 0), False),
        (london(2026, 1, 13, 12, 0), False),
    ],
)
def test_hours_begin_on_the_minute_and_end_before_it(at, there, db):
    assert open_now(desk((MONDAY, "09:00", "17:00")), at) is there


def test_hours_are_londons_in_summer_too(db):
    team = desk((MONDAY, "09:00", "17:00"))
    assert open_now(team, datetime(2026, 7, 13, 8, 0, tzinfo=UTC))
    assert not open_now(team, datetime(2026, 7, 13, 16, 0, tzinfo=UTC))


def test_a_night_that_began_on_friday_is_open_on_saturday_morning(db):
    team = desk((FRIDAY, "20:00", "08:00"))
    assert open_now(team, london(2026, 1, 16, 23, 0))
    assert open_now(team, london(2026, 1, 17, 7, 59))
    assert not open_now(team, london(2026, 1, 17, 8, 0))
    assert not open_now(team, london(2026, 1, 16, 7, 59))


def test_two_stretches_on_one_day_leave_a_pause(db):
    team = desk((MONDAY, "08:00", "12:00"), (MONDAY, "13:00", "17:00"))
    assert [open_now(team, london(2026, 1, 12, hour, 30)) for hour in (11, 12, 13)] == [True, False, True]


@pytest.mark.parametrize(
    ("sunday", "hours"),
    [(date(2026, 1, 18), 24), (date(2026, 3, 29), 23), (date(2026, 10, 25), 25)],
    ids=["an ordinary day", "the day that loses an hour", "the day that gains one"],
)
def test_a_whole_day_is_open_from_midnight_to_midnight(sunday, hours, db):
    team = desk((SUNDAY, "00:00", "00:00"))
    midnight = london(sunday.year, sunday.month, sunday.day)
    after = london(sunday.year, sunday.month, sunday.day + 1)
    assert minutes_open(team, midnight, after) == hours * 60
    assert not open_now(team, midnight - SECOND)
    assert not open_now(team, after)


@pytest.mark.parametrize(
    ("sunday", "hours"),
    [(date(2026, 1, 18), 12), (date(2026, 3, 29), 11), (date(2026, 10, 25), 13)],
    ids=["an ordinary night", "the night that loses an hour", "the night that gains one"],
)
def test_a_night_shift_ends_at_eight_by_the_wall_whatever_the_clocks_did(sunday, hours, db):
    team = desk((SATURDAY, "20:00", "08:00"))
    noon = london(sunday.year, sunday.month, sunday.day, 12)
    assert minutes_open(team, noon - timedelta(days=1), noon) == hours * 60
    assert open_now(team, london(sunday.year, sunday.month, sunday.day, 7, 59))
    assert not open_now(team, london(sunday.year, sunday.month, sunday.day, 8, 0))


def test_the_hour_that_comes_twice_is_open_both_times(db):
    team = desk((SUNDAY, "01:00", "02:00"))
    first, second = london(2026, 10, 25, 1, 30), london(2026, 10, 25, 1, 30, fold=1)
    assert second - first == timedelta(hours=1)
    assert open_now(team, first)
    assert open_now(team, second)
    assert not open_now(team, first - timedelta(minutes=31))
    assert not open_now(team, london(2026, 10, 25, 2, 0))


def test_hours_that_begin_in_the_hour_that_comes_twice_do_not_pause_in_it(db):
    team = desk((SUNDAY, "01:30", "05:00"), (SATURDAY, "20:00", "01:15"))
    begin = london(2026, 10, 25, 1, 30)
    assert minutes_open(team, begin, begin + timedelta(hours=4.5)) == 4.5 * 60
    assert open_now(team, london(2026, 10, 25, 1, 14, fold=1))


def test_a_time_that_does_not_exist_is_when_the_clocks_jump(db):
    jump = datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    team = desk((SUNDAY, "01:30", "05:00"))
    early = desk((SATURDAY, "20:00", "01:30"))
    assert not open_now(team, jump - SECOND)
    assert open_now(team, jump)
    assert open_now(early, jump - SECOND)
    assert not open_now(early, jump)
    assert open_now(team, london(2026, 3, 29, 4, 59))
    assert not open_now(team, london(2026, 3, 29, 5, 0))


@pytest.mark.parametrize("sunday", [date(2026, 3, 29), date(2026, 10, 25)])
def test_the_weeks_around_a_clock_change_keep_office_hours(sunday, db):
    team = desk(*[(weekday, "09:00", "17:00") for weekday in range(7)])
    for day in (sunday + timedelta(days=n) for n in range(-7, 8)):
        at = london(day.year, day.month, day.day, 9)
        assert not open_now(team, at - SECOND)
        assert open_now(team, at)
        assert open_now(team, at + timedelta(hours=8) - SECOND)
        assert not open_now(team, at + timedelta(hours=8))


def test_a_team_that_keeps_bank_holidays_is_shut_on_them_and_another_is_not(db):
    monday = london(2026, 5, 25, 12)  # spring bank holiday
    assert not open_now(desk((MONDAY, "09:00", "17:00"), closed_on_bank_holidays=True), monday)
    assert open_now(desk((MONDAY, "09:00", "17:00")), monday)
    assert open_now(desk((MONDAY, "09:00", "17:00"), closed_on_bank_holidays=True), london(2026, 6, 1, 12))


def test_a_night_that_began_before_a_bank_holiday_is_seen_through(db):
    team = desk((SUNDAY, "20:00", "08:00"), (MONDAY, "20:00", "08:00"), closed_on_bank_holidays=True)
    assert open_now(team, london(2026, 5, 25, 7, 59))
    assert not open_now(team, london(2026, 5, 25, 21, 0))
    assert not open_now(team, london(2026, 5, 26, 7, 0))


def test_it_is_known_when_the_list_of_bank_holidays_ends():
    assert holidays_known_until() in bank_holidays()
    assert not {day for day in bank_holidays() if day > holidays_known_until()}


def test_bank_holidays_are_englands():
    assert date(2026, 4, 6) in bank_holidays()  # Easter Monday: not in Scotland
    assert date(2026, 11, 30) not in bank_holidays()  # St Andrew's Day: only in Scotland
    assert date(2027, 12, 27) in bank_holidays()  # Christmas Day, on a Saturday, is kept on Monday


def test_without_prefetching_a_team_asks_once(db, django_assert_num_queries):
    team = Team.objects.get(pk=ServiceHoursFactory().team_id)
    with django_assert_num_queries(1):
        open_now(team, london(2026, 1, 12, 12))
    assert ServiceHours.objects.count() == 1
