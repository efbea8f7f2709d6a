"""Writes that wait for something else first cost the same however much there is besides."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from agencies.acting import acting_for
from referrals.domain.referral import State
from referrals.models import Demand
from referrals.models.keys import instant
from referrals.services import arrival
from referrals.services import referral as referrals
from tests.factories.world import act, decide_anew, referral_at
from tests.referrals.api.conftest import AMY, PAT

MAX = {"name": "Max Example", "role": "duty inspector", "contact": "020 7946 0103"}
MINUTE = timedelta(minutes=1)


def release(world, ringing, police, trust):
    """What was taken is given back."""
    path = f"/referrals/{ringing.pk}/clocks/decide/"
    assert trust.post(f"{path}take/", {"by": AMY}).status_code == 200
    return trust, f"{path}release/", {"by": AMY}


def tick(world, ringing, police, trust):
    """What was demanded is done."""
    with acting_for(world.police.agency_id):
        demand = Demand.objects.unticked().filter(referral=ringing).first()
    return police, f"/referrals/{ringing.pk}/demands/{demand.pk}/tick/", {"by": PAT}


def arrived(world, ringing, police, trust):
    """A promise is kept."""
    act(world.trust, arrival.promise, referral_id=ringing.pk, arrives_at=instant() + 20 * MINUTE)
    return trust, f"/referrals/{ringing.pk}/arrived/", {"by": AMY}


def review(world, ringing, police, trust):
    """A supervisor says how it stands."""
    decided = decide_anew(world, ringing, crime="unknown")
    said = {"verdict": "overturned", "rationale": "as heard", "outcome": "no_police_response", "by": MAX}
    return police, f"/threshold-decisions/{decided.pk}/review/", said


@pytest.mark.parametrize("prepared", [release, tick, arrived, review])
def test_it_costs_the_same_however_much_there_is_besides(world, ringing, police, trust, prepared):
    asker, path, body = prepared(world, ringing, police, trust)
    counted(asker, path, body)  # so that this process has read what it keeps
    few = counted(asker, path, body)
    for _ in range(4):
        asked = world.asked(
            case=ringing.case_reference, lead=False, person={}, to_team=world.teams["ambulance"]
        )
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
