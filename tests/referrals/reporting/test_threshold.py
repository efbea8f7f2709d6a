"""The measures of threshold decisions, against an example that was counted by hand."""

from datetime import UTC, datetime, timedelta

import pytest

from agencies.acting import acting_for
from referrals.domain.referral import State
from referrals.models.keys import instant
from referrals.reporting.report import Asked
from referrals.reporting.threshold import MEASURES
from referrals.services import referral as referrals
from referrals.services import threshold_review
from referrals.services.threshold_review import Review
from tests.factories.world import act, referral_at
from tests.referrals.services.deciding import MET, UNSURE, decide, supervisor
from tests.referrals.services.detaining import ask, detain

HOUR = timedelta(hours=1)


@pytest.fixture
def period():
    now = instant()
    return now - timedelta(days=3), now - timedelta(days=1)


def counted(actor, measure, period, by="all"):
    with acting_for(actor.agency_id):
        return MEASURES[measure].count(Asked(actor, *period, now=instant(), by=by))


def review(world, decision, verdict, after=HOUR):
    said = Review(verdict, "as the log has it", occurred_at=decision.occurred_at + after)
    act(supervisor(world.police), threshold_review.review, decision_id=decision.pk, said=said)


def refer(world, decision, **said):
    """Referred on; of somebody whom nothing else is known of, unless said."""
    plain = {"person": {"description": f"somebody at door {decision.pk}"}, **said}
    act(world.police, referrals.create, asked=world.asked(threshold_decision=decision.pk, **plain))


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
    found = counted(world.police, "override-rate", period)
    assert found.lines == [
        ("all", 1, 3, 33.3),
        ("all, overridden by the officer when decided", 1, 5, 20.0),
    ]
    assert (found.counted, found.left_out) == (3, {"not reviewed": 2})


def test_deployments_avoided_and_those_deployed_later(world, period):
    """Not met and referred: avoided; met anew after 23 hours; overturned after an hour; met after 25 hours.

    Not referred, met at first and undetermined at first are none of these; one is younger than a day.
    """
    inside = period[0] + HOUR
    four = [decide(world.police, occurred_at=inside) for _ in range(4)]
    for each in four:
        refer(world, each)
    decide(world.police, occurred_at=inside + 23 * HOUR, answers=MET, case=four[1].case.reference)
    review(world, four[2], "overturned")
    decide(world.police, occurred_at=inside + 25 * HOUR, answers=MET, case=four[3].case.reference)
    decide(world.police, occurred_at=inside)  # nobody was asked
    decide(world.police, occurred_at=inside, answers=MET)
    decide(world.police, occurred_at=inside, answers=UNSURE)
    decide(world.police, occurred_at=instant() - HOUR)
    found = counted(world.police, "deployments-avoided", (period[0], instant()))
    assert found.lines == [
        ("all", 2, 4, 50.0),
        ("all, deployed later, within 24 hours", 2, 4, 50.0),
    ]
    assert found.counted == 4
    assert found.left_out == {"not referred to anybody": 1, "decided less than 24 hours ago": 1}


def test_police_who_detained_within_a_day_were_deployed(world, period):
    """Not met and referred: detained after 23 hours, after 25, before the decision, and never."""
    inside = period[0] + HOUR
    four = [decide(world.police, occurred_at=inside) for _ in range(4)]
    for made, after in zip(four, (23, 25, -1, None), strict=True):
        refer(world, made)
        if after is not None:
            at = inside + after * HOUR
            detain(world.police, case=made.case.reference, person={}, detained_at=at)
    found = counted(world.police, "deployments-avoided", (period[0], instant()))
    assert found.lines == [
        ("all", 3, 4, 75.0),
        ("all, deployed later, within 24 hours", 1, 4, 25.0),
    ]


def test_police_who_went_to_the_same_incident_in_another_case_were_deployed(world, period):
    """Not met and referred: the same person detained anew, the same incident, another, and the day after."""
    inside = period[0] + HOUR
    person = {"family_name": "SAMPLE", "given_name": "Robin", "nhs_number": "9990000034"}
    same_person, same_number, another, too_late = (decide(world.police, occurred_at=inside) for _ in range(4))
    refer(world, same_person, person=person)
    detain(world.police, person=person, detained_at=inside + 2 * HOUR)
    for made, number in ((same_number, "INC-1"), (another, "INC-2"), (too_late, "INC-3")):
        refer(world, made, source_incident_number=number)
    for number, after in (("INC-1", 3), ("INC-3", 30), ("", 4)):
        held = detain(
            world.police, person={"description": f"a man, {number}"}, detained_at=inside + after * HOUR,
            source_incident_number=number,
        )  # fmt: skip
        ask(world, held)
    found = counted(world.police, "deployments-avoided", (period[0], instant()))
    assert found.lines == [
        ("all", 2, 4, 50.0),
        ("all, deployed later, within 24 hours", 2, 4, 50.0),
    ]


@pytest.mark.parametrize("measure", MEASURES)
def test_nothing_has_no_rate(world, period, measure):
    found = counted(world.police, measure, period)
    assert found.counted == 0
    assert {line.value for line in found.lines} == {None}


def test_they_are_counted_by_category_and_by_londons_week(world):
    """Two on welfare by a Sunday night, one on conveyance within the hour after, which is overturned."""
    late = datetime(2026, 7, 5, 22, 30, tzinfo=UTC)  # in London: 23:30 on Sunday of week 27
    made = [
        decide(world.police, occurred_at=late, answers=MET),
        decide(world.police, occurred_at=late - timedelta(days=1), answers=MET),
        decide(world.police, occurred_at=late + timedelta(hours=1), answers=MET, category="conveyance"),
    ]
    for decision, verdict in zip(made, ("ratified", "ratified", "overturned"), strict=True):
        review(world, decision, verdict)
    period = (late - timedelta(days=7), late + timedelta(days=7))
    by_category = counted(world.police, "override-rate", period, "category").lines
    assert by_category[::2] == [("concern_for_welfare", 0, 2, 0.0), ("conveyance", 1, 1, 100.0)]
    by_week = counted(world.police, "override-rate", period, "week").lines
    assert by_week[::2] == [("2026-W27", 0, 2, 0.0), ("2026-W28", 1, 1, 100.0)]


def test_another_forces_decisions_are_not_ones_own(world, period):
    referral = referral_at(State.SENT, world)
    decide(world.police, occurred_at=period[0] + HOUR, case=referral.case_reference)
    assert counted(world.trust, "override-rate", period).left_out == {"not reviewed": 0}
