"""Makes the demonstration's cases: all their acts in the order of time, and the engine in between."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush

from django.db import connection

import notifications.services as notifications
from agencies.models import Team
from referrals.management.demo import past
from referrals.management.demo.cast import Cast
from referrals.management.demo.patients import patients
from referrals.management.demo.roster import Entry, route
from referrals.management.demo.stories import Story
from referrals.management.demo.tale import Plot, Tale
from referrals.models.keys import instant
from referrals.services import engine, feed

TICK = timedelta(seconds=20)
"""How soon after a look is due the engine looks: clocks that are due together are looked at together."""


@dataclass(order=True)
class Act:
    """The next act of one story, and when it is done."""

    at: datetime
    n: int
    story: Story = field(compare=False)


def tell(entries: Iterable[Entry], teams: dict[str, Team], cast: Cast, told: Callable[[], None]) -> None:
    """Tell every case as far as it has come by now. ``told`` is called after each story's last act."""
    now = instant()
    acts = [
        Act(now - timedelta(minutes=e.minutes_ago), t.n, e.story(t)) for e, t in _cast(entries, teams, cast)
    ]
    heapify(acts)
    while acts:
        act = heappop(acts)
        look_until(act.at)
        following = _after(act)
        if following is not None and following.at < now:
            heappush(acts, following)
        else:
            told()
    look_until(instant())
    deliver()


def _cast(entries: Iterable[Entry], teams: dict[str, Team], cast: Cast) -> Iterable[tuple[Entry, Tale]]:
    for n, (entry, person) in enumerate(zip(entries, patients(), strict=False)):
        category, between = route(n, entry)
        plot = Plot(category, entry.priority, *(teams[code] for code in between), pace=entry.pace)
        yield entry, Tale(n, plot, cast, person)


def _after(act: Act) -> Act | None:
    """Do the act at its time; the story's next, unless this was the last."""
    with past.at(act.at):
        minutes = next(act.story, None)
    return None if minutes is None else Act(act.at + timedelta(minutes=minutes), act.n, act.story)


def look_until(moment: datetime) -> None:
    """Have the engine look at every clock as it falls due, up to this moment."""
    while (due := _first_look()) is not None and due <= moment:
        engine.tick(now=min(due + TICK, moment))


def _first_look() -> datetime | None:
    with connection.cursor() as cursor:
        cursor.execute("select min(next_look_at) from referrals_clock where next_look_at is not null")
        return cursor.fetchone()[0]


def deliver() -> None:
    """Number the events and send what is owed, as the running system would have done long since."""
    while feed.number_events():
        pass
    while notifications.deliver_due(now=instant()):
        pass
