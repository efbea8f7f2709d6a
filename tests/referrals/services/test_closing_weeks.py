"""Random weeks lived through by the engine itself: nothing open is ever left with nobody, unsaid.

With rows, clocks and messages: what ``tests/agencies/test_turns.py`` tries of the rule alone.
"""

import os
from datetime import UTC, datetime, time, timedelta
from random import Random

import pytest

from agencies import duty
from agencies.acting import acting_for
from agencies.models import Team
from notifications.models import Message
from referrals.management.demo import past
from referrals.models import Clock
from referrals.services import closing, engine
from referrals.services import referral as referrals
from tests.factories.agencies import ServiceHoursFactory, TeamFactory
from tests.factories.world import act, move
from tests.referrals.services.reading import again

HALF_AN_HOUR = timedelta(minutes=30)
SEEDS = range(int(os.environ.get("WEEKS", "150")) // 50)  # 200 in the long form
WEEK, SECOND = timedelta(days=7), timedelta(seconds=1)
OFFICE = [(day, time(9), time(17)) for day in range(5)]
NIGHT = [(day, time(17), time(9)) for day in range(7)]


def quarter(rng):
    return time(rng.randrange(24), rng.choice([0, 15, 30, 45]))


def hours_of(rng):
    """A desk's hours in a week: always, an office's, a night desk's, or any; perhaps none."""
    anything = {(rng.randrange(7), quarter(rng)): quarter(rng) for _ in range(rng.randrange(6))}
    spans = [(day, opens, closes) for (day, opens), closes in anything.items()]
    return rng.choice([None, OFFICE, OFFICE, NIGHT, spans, spans])


def keeps(desk, spans, rng):
    desk.always_open = spans is None
    desk.closed_on_bank_holidays = spans is not None and rng.random() < 0.5
    desk.save()
    for day, opens, closes in spans or []:
        ServiceHoursFactory(team=desk, weekday=day, opens=opens, closes=closes)


def chain(world, rng):
    """The trust's desk, which closes, and one or two of its own agency that may stand in."""
    desk = world.teams["trust"]
    keeps(desk, hours_of(rng) or OFFICE, rng)
    for _ in range(rng.randrange(3)):
        desk.fallback = TeamFactory(agency=desk.agency)
        keeps(desk.fallback, hours_of(rng), rng)
        desk.save()
        desk = desk.fallback


def answers(referral, at):
    """Which desk is open then, the nearest to home first; by the hours alone."""
    team, teams = referral.to_team_id, duty.with_fallbacks({referral.to_team_id})
    return next((d.pk for d in closing.chain_of(team, teams) if duty.opening(d).covers(at)), None)


def told(world):
    """How often the sender's desk was told that nobody will answer."""
    with acting_for(world.police.agency_id):
        team = world.teams["police"]
        return Message.objects.filter(kind="handover.nobody", team=team, channel="inbox").count()


def clock_of(world, referral):
    with acting_for(world.police.agency_id):
        return Clock.objects.running().filter(referral=referral, kind="handover").first()


def see(world, referral, since, until):
    """Whoever is open answers, from the first second to the last."""
    for at in (since, since + (until - since) / 2, until - SECOND):
        found = again(world.police, referral)
        assert answers(referral, at) in (found.answering_team_id or found.to_team_id, None), at


def asked_of(world, rng, sent):
    """What the police ask of the desk then; half of it is accepted at once."""
    with past.at(sent):
        desk = Team.objects.get(pk=world.teams["trust"].pk)
        asked = act(world.police, referrals.create, asked=world.asked(priority="P4", to_team=desk))
        if rng.random() < 0.5:
            move(world.trust, asked, "accept")
    return asked


def look(in_role, at):
    with in_role("worker"):
        while engine.tick(now=at).looked:
            pass


def early(world, referral, turn):
    """Whether doors that open for less than half an hour have the sender told of their closing at once."""
    soon = clock_of(world, referral)
    is_short = soon is not None and soon.target_at - turn <= HALF_AN_HOUR
    return int(is_short and answers(referral, soon.target_at) is None)


@pytest.mark.parametrize("seed", SEEDS)
def test_whoever_is_open_answers_or_the_sender_was_told_before_the_doors_closed(world, in_role, seed):
    rng = Random(seed)
    chain(world, rng)
    sent = datetime(2025, 1, 1, tzinfo=UTC) + rng.randrange(60 * 24 * 365) * timedelta(minutes=1)
    asked = asked_of(world, rng, sent)
    at, expected = sent + SECOND, int(answers(asked, sent) is None)
    assert told(world) == expected
    while at < sent + WEEK and (running := clock_of(world, asked)):
        turn = running.target_at
        see(world, asked, at, turn)
        expected += answers(asked, turn) is None
        look(in_role, min(max(at, running.next_look_at), turn - SECOND))
        assert told(world) == expected, "told before the doors close"
        look(in_role, turn)
        assert told(world) == expected + early(world, asked, turn), "and once"
        at = turn
    see(world, asked, at, max(at, sent + WEEK) + SECOND)
