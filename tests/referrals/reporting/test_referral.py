"""The measures of referrals, against examples that were counted by hand."""

from datetime import timedelta

import pytest

from agencies.acting import acting_for
from referrals.domain.referral import State
from referrals.management.demo import past
from referrals.models.keys import instant
from referrals.reporting.referral import GROUPS, MEASURES
from referrals.reporting.report import Asked
from tests.factories.world import move, referral_at

MINUTE = timedelta(minutes=1)


@pytest.fixture
def now(db):
    return instant()


def counted(actor, measure, now, by="all"):
    with acting_for(actor.agency_id):
        asked = Asked(actor, now - timedelta(days=2), now + timedelta(days=1), now=instant(), by=by)
        return MEASURES[measure].count(asked)


def told(actor, measure, now, by="all"):
    return {
        line.group: (line.numerator, line.denominator, line.value)
        for line in counted(actor, measure, now, by).lines
    }


@pytest.fixture
def at(now):
    """``at(minutes, …)``: what is done so many minutes ago."""

    def act(minutes, act, *words, **more):
        with past.at(now - minutes * MINUTE):
            return act(*words, **more)

    return act


def test_time_to_acknowledge(world, now, at):
    """P2, 15 minutes: after 5, 10 and 40; one waits, one was cancelled; one was a mistake, one is a draft."""
    for minutes in (5, 10, 40):
        made = at(100, referral_at, State.SENT, world)
        at(100 - minutes, move, world.trust, made, "acknowledge")
    at(100, referral_at, State.SENT, world)
    at(100, referral_at, State.CANCELLED, world)
    at(100, referral_at, State.ENTERED_IN_ERROR, world)
    at(100, referral_at, State.DRAFT, world)
    for actor in (world.police, world.trust):
        found = counted(actor, "time-to-acknowledge", now)
        assert [(g, n, d, round(v)) for g, n, d, v in found.lines] == [
            ("all", 2, 3, 10), ("all, 90th centile", 2, 3, 34),
        ]  # fmt: skip
        assert (found.counted, found.left_out) == (
            3, {"not acknowledged yet": 1, "ended before anybody acknowledged": 1},
        )  # fmt: skip
    assert counted(world.stranger, "time-to-acknowledge", now).counted == 0


def test_within_target_counts_open_breaches_as_broken(world, now, at):
    """P2: acknowledge within 15 minutes, decide within 30. Of one, both kept; of one, both are long past;
    one was cancelled before either was due; one is young."""
    kept = at(100, referral_at, State.SENT, world)
    at(95, move, world.trust, kept, "acknowledge")
    at(90, move, world.trust, kept, "decline")
    at(80, move, world.police, kept, "no_further_action")
    at(100, referral_at, State.SENT, world)
    at(100, referral_at, State.CANCELLED, world)
    at(1, referral_at, State.SENT, world)
    assert told(world.trust, "within-target", now, "promise") == {
        "acknowledge": (1, 2, 50.0), "decide": (1, 2, 50.0), "re_action": (1, 1, 100.0),
    }  # fmt: skip
    found = counted(world.trust, "within-target", now)
    assert found.lines[0] == ("all", 3, 5, 60.0)
    assert found.left_out == {"ended before it was due": 2, "not due yet": 2}


def test_decline_rate_and_its_reasons(world, now, at):
    """Three declined, of whom one was taken after all; one accepted; one waits, one was cancelled."""
    at(100, referral_at, State.DECLINED, world)
    made = at(100, referral_at, State.SENT, world)
    at(90, move, world.trust, made, "decline", reason_code="no_capacity")
    at(100, referral_at, State.DECLINED, world)
    at(100, referral_at, State.ACCEPTED, world)
    at(100, referral_at, State.SENT, world)
    at(100, referral_at, State.CANCELLED, world)
    for actor in (world.police, world.trust):
        found = counted(actor, "decline-rate", now)
        assert found.lines == [("all", 3, 4, 75.0)]
        assert found.left_out == {"not decided yet": 1, "ended before it was decided": 1}
    assert told(world.trust, "decline-rate", now, "reason") == {
        "no_capacity": (1, 4, 25.0), "not_our_area": (2, 4, 50.0),
    }  # fmt: skip


def test_orphan_minutes(world, now, at):
    """Acknowledged 25 minutes past the target; declined for 40 minutes; one kept, one not yet late."""
    late = at(100, referral_at, State.SENT, world)
    at(60, move, world.trust, late, "acknowledge")
    back = at(100, referral_at, State.SENT, world)
    at(95, move, world.trust, back, "decline")
    at(55, move, world.police, back, "no_further_action")
    at(100, referral_at, State.ACCEPTED, world)
    at(1, referral_at, State.SENT, world)
    found = counted(world.police, "orphan-minutes", now)
    assert [(g, round(n), d) for g, n, d, _ in found.lines] == [
        ("all", 65, 4),
        ("all, past the target, not acknowledged", 25, 4),
        ("all, declined or failed, not re-actioned", 40, 4),
    ]
    assert found.left_out == {"never without somebody": 2}


def test_by_side_and_by_the_other_agency(world, now, at):
    at(100, referral_at, State.DECLINED, world)
    assert told(world.police, "decline-rate", now, "side") == {"asked by your agency": (1, 1, 100.0)}
    assert told(world.trust, "decline-rate", now, "side") == {"asked of your agency": (1, 1, 100.0)}
    (other,) = told(world.trust, "decline-rate", now, "agency")
    assert other == world.teams["police"].agency.name


def test_figures_stand_when_a_part_has_ended(world, now, at):
    """The trust declined and has no part in the case any more; what it did still counts as its own."""
    made = at(100, referral_at, State.SENT, world)
    at(90, move, world.trust, made, "decline")
    at(80, move, world.police, made, "resend", to_team=world.teams["other_trust"])
    assert told(world.trust, "decline-rate", now) == {"all": (1, 1, 100.0)}
    assert counted(world.trust, "time-to-acknowledge", now).counted == 1
    assert counted(world.other_trust, "time-to-acknowledge", now).left_out["not acknowledged yet"] == 1


@pytest.mark.parametrize("measure", MEASURES)
def test_nothing_has_no_rate_and_every_grouping_works(world, now, measure):
    for by in MEASURES[measure].groups:
        assert {line.value for line in counted(world.trust, measure, now, by).lines} <= {None}
    referral_at(State.DECLINED, world)
    for by in MEASURES[measure].groups:
        assert counted(world.trust, measure, now, by).lines
    assert set(GROUPS) <= set(MEASURES[measure].groups)
