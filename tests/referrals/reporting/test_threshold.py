"""The measures of threshold decisions, against an example that was counted by hand."""

from datetime import timedelta

import pytest

from agencies.acting import acting_for
from referrals.domain.referral import State
from referrals.models.keys import instant
from referrals.reporting.threshold import deployments_avoided, override_rate
from referrals.services import referral as referrals
from referrals.services import threshold_review
from referrals.services.threshold_review import Review
from tests.factories.world import act, referral_at
from tests.referrals.services.deciding import MET, UNSURE, decide, supervisor

HOUR = timedelta(hours=1)


@pytest.fixture
def period():
    now = instant()
    return now - timedelta(days=3), now - timedelta(days=1)


def counted(world, measure, period):
    with acting_for(world.police.agency_id):
        return measure(world.police, *period)


def review(world, decision, verdict, after=HOUR):
    said = Review(verdict, "as the log has it", occurred_at=decision.occurred_at + after)
    act(supervisor(world.police), threshold_review.review, decision_id=decision.pk, said=said)


def test_override_rate(world, period):
    """Five: overturned, ratified, ratified and then overturned, two waiting; one is too old."""
    inside = period[0] + HOUR
    made = [decide(world.police, occurred_at=inside, answers=MET) for _ in range(4)]
    decide(world.police, occurred_at=inside, answers=MET, agrees=False)
    old = decide(world.police, occurred_at=period[0] - HOUR)
    review(world, made[0], "overturned")
    review(world, made[1], "ratified")
    review(world, made[2], "ratified")
    review(world, made[2], "overturned")
    review(world, old, "overturned")
    found = counted(world, override_rate, period)
    assert (found.numerator, found.denominator, found.rate) == (1, 3, 1 / 3)
    assert found.left_out == {"not reviewed": 2}
    assert found.beside == {"overridden by the officer when decided": 1}
    assert (found.name, found.version) == ("override_rate", 1)


def test_deployments_avoided_and_those_deployed_later(world, period):
    """Not met and referred: avoided; met anew after 23 hours; overturned after an hour; met after 25 hours.

    Not referred, met at first and undetermined at first are none of these; one is younger than a day.
    """
    inside = period[0] + HOUR
    four = [decide(world.police, occurred_at=inside) for _ in range(4)]
    for each in four:
        act(world.police, referrals.create, asked=world.asked(threshold_decision=each.pk))
    decide(world.police, occurred_at=inside + 23 * HOUR, answers=MET, case=four[1].case.reference)
    review(world, four[2], "overturned")
    decide(world.police, occurred_at=inside + 25 * HOUR, answers=MET, case=four[3].case.reference)
    decide(world.police, occurred_at=inside)  # nobody was asked
    decide(world.police, occurred_at=inside, answers=MET)
    decide(world.police, occurred_at=inside, answers=UNSURE)
    decide(world.police, occurred_at=instant() - HOUR)
    found = counted(world, deployments_avoided, (period[0], instant()))
    assert (found.numerator, found.denominator) == (2, 4)
    assert found.beside == {"deployed later, within 24 hours": 2}
    assert found.left_out == {"not referred to anybody": 1, "decided less than 24 hours ago": 1}


def test_nothing_has_no_rate(world, period):
    found = counted(world, override_rate, period)
    assert (found.denominator, found.rate) == (0, None)


def test_another_forces_decisions_are_not_ones_own(world, period):
    referral = referral_at(State.SENT, world)
    decide(world.police, occurred_at=period[0] + HOUR, case=referral.case_reference)
    with acting_for(world.trust.agency_id):
        assert override_rate(world.trust, *period).left_out == {"not reviewed": 0}
