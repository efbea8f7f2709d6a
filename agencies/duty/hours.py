"""When a team is at its desk, by the clock on the wall in London."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

from govuk_bank_holidays.bank_holidays import BankHolidays

from agencies.instants import LONDON, day_of
from agencies.models import Team

DAY = timedelta(days=1)


def open_now(team: Team, at: datetime) -> bool:
    """Whether the team is at its desk at that instant, by the clock on the wall in London.

    Hours that began the evening before still count. Prefetch ``hours`` for many teams.
    """
    return opening(team).covers(at)


def opening(team: Team) -> "Opening":
    """When the team is at its desk. Prefetch ``hours`` for many teams."""
    if team.always_open:
        return Opening(always=True)
    spans = tuple((each.weekday, each.opens, each.closes) for each in team.hours.all())
    return Opening(spans=spans, closed_on_bank_holidays=team.closed_on_bank_holidays)


@dataclass(frozen=True)
class Opening:
    """A desk's hours: spans of a weekday (0 is Monday), from when to when; or always."""

    always: bool = False
    spans: tuple[tuple[int, time, time], ...] = ()
    closed_on_bank_holidays: bool = False

    def covers(self, at: datetime) -> bool:
        """Whether it is open at that instant."""
        if self.always:
            return True
        today = day_of(at)
        return any(begins <= at < ends for begins, ends in self._on(today - DAY, today))

    def edges(self, since: datetime, until: datetime) -> set[datetime]:
        """The instants after ``since``, up to ``until``, at which some span begins or ends."""
        first, last = day_of(since) - DAY, day_of(until)
        found = {each for span in self._on(first, last) for each in span}
        return {each for each in found if since < each <= until}

    def _on(self, first: date, last: date) -> Iterator[tuple[datetime, datetime]]:
        """The spans that begin on these days."""
        for number in range((last - first).days + 1):
            day = first + number * DAY
            if self.closed_on_bank_holidays and day in bank_holidays():
                continue
            for weekday, opens, closes in self.spans:
                if weekday == day.weekday():
                    ends = day + DAY if closes <= opens else day
                    yield _readings(day, opens)[0], _readings(ends, closes)[1]


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


def holidays_known_until() -> date:
    """The last of England's bank holidays that are known: a desk that keeps them is open on a later one."""
    return max(bank_holidays())
