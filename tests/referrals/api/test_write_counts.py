"""Writes that wait for something else first cost the same however much there is besides."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from agencies.acting import acting_for
from referrals.domain.referral import State
from referrals.models import Demand
from referrals.models.keys import instant
from referrals.services import arrival, engine
from referrals.services import referral as referrals
from tests.factories.world import act, decide_anew, referral_at
from tests.referrals.api.conftest import AMY, PAT

MAX = {"name": "Max Example", "role": "duty inspector", "contact": "020 7946 0103"}
MINUTE = timedelta(minutes=1)


@pytest.fixture
def late(world, in_role):
    """A referral whose promise to decide ran out a minute ago."""
    referral = referral_at(State.ACKNOWLEDGED, world)
    with in_role("worker"):
        engine.tick(instant() + 31 * MINUTE)
    return referral


def release(world, late, police, trust):
    """What was taken is given back."""
    path = f"/referrals/{late.pk}/clocks/decide/"
    assert trust.post(f"{path}take/", {"by": AMY}).status_code == 200
    return trust, f"{path}release/", {"by": AMY}


def tick(world, late, police, trust):
    """What was demanded is done."""
    with acting_for(world.police.agency_id):
        demand = Demand.objects.unticked().filter(referral=late).first()
    return police, f"/referrals/{late.pk}/demands/{demand.pk}/tick/", {"by": PAT}


def arrived(world, late, police, trust):
    """A promise is kept."""
    act(world.trust, arrival.promise, referral_id=late.pk, arrives_at=instant() + 20 * MINUTE)
    return trust, f"/referrals/{late.pk}/arrived/", {"by": AMY}


def review(world, late, police, trust):
    """A supervisor says how it stands."""
    decided = decide_anew(world, late, crime="unknown")
    said = {"verdict": "overturned", "rationale": "as heard", "outcome": "no_police_response", "by": MAX}
    return police, f"/threshold-decisions/{decided.pk}/review/", said


@pytest.mark.parametrize("prepared", [release, tick, arrived, review])
def test_it_costs_the_same_however_much_there_is_besides(world, late, police, trust, prepared):
    asker, path, body = prepared(world, late, police, trust)
    counted(asker, path, body)  # so that this process has read what it keeps
    few = counted(asker, path, body)
    for _ in range(4):
        asked = world.asked(case=late.case_reference, lead=False, person={}, to_team=world.teams["ambulance"])
        act(world.police, referrals.create, asked=asked)
        referral_at(State.ACCEPTED, world)
    assert counted(asker, path, body) == few


def counted(asker, path, body):
    """The queries of one write, which is undone."""
    with transaction.atomic():
        with CaptureQueriesContext(connection) as asked:
            answer = asker.post(path, body)
        transaction.set_rollback(True)
    assert answer.status_code in (200, 201), answer.content
    return len(asked)
