"""Putting time forward over HTTP: for sandboxes, and within bounds."""

from agencies.models import Agency
from referrals.domain.referral import State
from tests.factories.world import referral_at
from tests.referrals.api.test_schema import checked

ADVANCE = "/sandbox/advance/"


def test_a_sandbox_puts_its_time_forward_and_nobody_else_does(document, world, trust, caller):
    Agency.objects.filter(code__in=["police", "trust"]).update(sandbox=True)
    referral = referral_at(State.SENT, world)
    answer = trust.post(ADVANCE, {"minutes": 30, "case": referral.case_reference})
    checked(document, "post", ADVANCE, answer)
    assert answer.json() == {"minutes": 30, "cases": 1}
    assert caller(world.ambulance).post(ADVANCE, {"minutes": 30}).status_code == 403
    for wrong in ({}, {"minutes": 0}, {"minutes": 10**6}, {"minutes": 5, "case": "x"}):
        assert trust.post(ADVANCE, wrong).status_code == 400
