"""When a team is at its desk, by the clock on the wall in London."""

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from govuk_bank_holidays.bank_holidays import BankHolidays

from agencies.models import ServiceHours, Team

LONDON = ZoneInfo("Europe/London")
DAY = timedelta(days=1)


def open_now(team: Team, at: datetime) -> bool:
    """Whether the team is at its desk at that instant, by the clock on the wall in London.

    Hours that began the evening before still count. Prefetch ``hours`` for many teams.
    """
    if team.always_open:
        return True
    today = at.astimezone(LONDON).date()
    return any(
        _begins(hours, day) <= at < _ends(hours, day)
        for hours in team.hours.all()
        for day in (today - DAY, today)
        if hours.weekday == day.weekday() and not (team.closed_on_bank_holidays and day in bank_holidays())
    )


def _begins(hours: ServiceHours, day: date) -> datetime:
    return _readings(day, hours.opens)[0]


def _ends(hours: ServiceHours, day: date) -> datetime:
    next_morning = hours.closes <= hours.opens
    return _readings(day + DAY if next_morning else day, hours.closes)[1]


def _readings(day: date, at: time) -> tuple[datetime, datetime]:
    """The first and the last instant (UTC) at which the wall shows this time.

    They differ in the hour that comes twice. In the hour that is left out, both are
    the jump: London's clocks jump on the hour.
    """
    wall = datetime.combine(day, at, tzinfo=LONDON)
    first, last = wall.astimezone(UTC), wall.replace(fold=1).astimezone(UTC)
    if first > last:
        first = last = wall.replace(minute=0, second=0, microsecond=0).astimezone(UTC)
    return first, last


@cache
def bank_holidays() -> frozenset[date]:
    """England's, as the government published them with the library: no network is asked."""
    published = BankHolidays(use_cached_holidays=True)
    days = published.get_holidays(division=BankHolidays.ENGLAND_AND_WALES)
    return frozenset(day["date"] for day in days)
