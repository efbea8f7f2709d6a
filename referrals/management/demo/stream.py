"""The demonstration goes on: every few minutes somebody asks for help, and mostly somebody answers.

So that whoever watches sees clocks run out, ladders fire and work being taken. Invented people act, by
the services alone; some of them forget, and what is late for long somebody takes up at last. Nobody asks
while more is open than anybody could look at.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import islice

from agencies.acting import acting_for
from agencies.models import ApiClient, Team
from referrals.domain.case import Priority
from referrals.domain.errors import Refused
from referrals.domain.referral import OPEN, TRANSITIONS, Side, State
from referrals.management.demo import directory, stories
from referrals.management.demo.cast import Cast
from referrals.management.demo.patients import patients
from referrals.management.demo.places import PLACES
from referrals.management.demo.roster import ROUTES, Entry, route
from referrals.management.demo.stories import Story
from referrals.management.demo.tale import Plot, Tale, needed
from referrals.models import Case, Referral
from referrals.services import referral

EVERY = timedelta(minutes=4)
AT_LAST = timedelta(minutes=45)  # past a deadline
TAKEN_UP = 3  # each time
ENOUGH = 150  # open referrals

# In turn. Those whose pace is above 1 are late at everything; ``sent`` nobody ever answers.
TURNS = (
    Entry(stories.ended, Priority.P2, 0, pace=0.4),
    Entry(stories.ended, Priority.P1, 0, pace=0.8),
    Entry(stories.sent, Priority.P2, 0),
    Entry(stories.resent_and_ended, Priority.P2, 0, pace=0.6),
    Entry(stories.ended, Priority.P3, 0, pace=1.3),
    Entry(stories.info_answered, Priority.P2, 0, pace=0.7),
    Entry(stories.ended, Priority.P2, 0, pace=1.6),
    Entry(stories.sent, Priority.P1, 0),
)

# What somebody does at last, and at which end.
NEXT_MOVE = {
    State.DRAFT: (Side.SENDER, "discard"),
    State.SENT: (Side.RECEIVER, "accept"),
    State.ACKNOWLEDGED: (Side.RECEIVER, "accept"),
    State.INFO_REQUESTED: (Side.SENDER, "answer_info"),
    State.ACCEPTED: (Side.RECEIVER, "start"),
    State.IN_PROGRESS: (Side.RECEIVER, "complete"),
    State.COMPLETED: (Side.SENDER, "close"),
    State.DECLINED: (Side.SENDER, "no_further_action"),
    State.FAILED: (Side.SENDER, "no_further_action"),
}


@dataclass(order=True)
class Next:
    """The next act of a story, and when it is due."""

    at: datetime
    n: int
    story: Story = field(compare=False)


class Stream:
    """What is being told, and when the next case begins."""

    def __init__(self, now: datetime) -> None:
        self.begins_at = now + EVERY
        self.acts: list[Next] = []
        desks = {code for ways in ROUTES.values() for way in ways for code in way}
        self.teams = {team.code: team for team in Team.objects.filter(code__in=desks)}
        members = directory.memberships(PLACES)
        agencies = {member.agency_id for member in members}
        self.cast = Cast(members, ApiClient.objects.filter(agency__in=agencies, revoked_at=None))
        self.people = islice(enumerate(patients()), Case.objects.count(), None)  # nobody a second time

    def step(self, now: datetime) -> int:
        """Do what is due by ``now``. How many acts were done."""
        if now >= self.begins_at:
            self.begins_at = now + EVERY
            self._take_up(now)
            if Referral.objects.filter(state__in=OPEN).count() < ENOUGH:
                heappush(self.acts, self._begin(now))
        done = 0
        while self.acts and self.acts[0].at <= now:
            self._act(heappop(self.acts))
            done += 1
        return done

    def _begin(self, now: datetime) -> Next:
        n, person = next(self.people)
        entry = TURNS[n % len(TURNS)]
        category, between = route(n, entry)
        plot = Plot(category, entry.priority, *(self.teams[code] for code in between), pace=entry.pace)
        return Next(now, n, entry.story(Tale(n, plot, self.cast, person)))

    def _take_up(self, now: datetime) -> None:
        """Of what is late for long, somebody takes up what is late the longest."""
        late = Referral.objects.filter(state__in=OPEN, breach_at__lt=now - AT_LAST)
        for n, each in enumerate(
            late.select_related("from_team", "to_team").order_by("breach_at")[:TAKEN_UP]
        ):
            side, action = NEXT_MOVE[State(each.state)]
            team = each.from_team if side == Side.SENDER else each.to_team
            by = self.cast.actor(team, 2 * n, TRANSITIONS[action].level)
            with suppress(Refused), acting_for(by.agency_id):
                referral.move(referral_id=each.pk, action=action, by=by, **needed(action, n))

    def _act(self, act: Next) -> None:
        """A visitor of the demonstration may have acted first: then the story ends there."""
        try:
            minutes = next(act.story, None)
        except Refused:
            return
        if minutes is not None:
            heappush(self.acts, Next(act.at + timedelta(minutes=minutes), act.n, act.story))
