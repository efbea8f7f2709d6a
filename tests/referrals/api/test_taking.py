"""Late promises, their demands, and promised arrivals over HTTP."""

from datetime import timedelta

import pytest

from agencies.acting import acting_for
from referrals.domain.referral import State
from referrals.models import Demand
from referrals.models.keys import instant
from tests.factories.world import referral_at
from tests.referrals.api.conftest import AMY, PAT

MINUTE = timedelta(minutes=1)


@pytest.fixture
def late(ringing):
    return f"/referrals/{ringing.pk}/"


@pytest.fixture
def accepted(world):
    return f"/referrals/{referral_at(State.ACCEPTED, world).pk}/"


def test_somebody_takes_a_late_promise_and_gives_it_back(late, trust):
    promised = (instant() + 20 * MINUTE).isoformat()
    taken = trust.post(late + "clocks/decide/take/", {"by": AMY, "promised_at": promised})
    assert taken.status_code == 200
    assert "decide" in {clock["kind"] for clock in taken.json()["clocks"]}
    assert trust.post(late + "clocks/decide/release/", {"by": AMY}).status_code == 200
    assert trust.post(late + "clocks/decide/release/", {"by": AMY}).status_code == 409


def test_taking_needs_a_name_a_promise_that_rings_and_a_part_in_it(late, trust, stranger):
    assert trust.post(late + "clocks/decide/take/", {}).status_code == 422
    assert trust.post(late + "clocks/first_contact/take/", {"by": AMY}).status_code == 403
    assert trust.post(late + "clocks/review/take/", {"by": AMY}).status_code == 404
    assert stranger.post(late + "clocks/decide/take/", {"by": AMY}).status_code == 404
    assert trust.post(late + "clocks/decide/take/", {"by": AMY, "promised_at": "later"}).status_code == 400


def test_what_is_demanded_is_listed_and_ticked_by_its_side_once(late, trust, police, stranger):
    [demand] = police.get(late + "demands/").json()["results"]
    assert (demand["code"], demand["of"], demand["ticked_by"]) == (
        "phone_and_rerun_threshold",
        "sender",
        None,
    )
    tick = f"{late}demands/{demand['id']}/tick/"
    assert trust.post(tick, {"by": AMY}).status_code == 403
    assert stranger.post(tick, {"by": PAT}).status_code == 404
    ticked = police.post(tick, {"by": PAT})
    assert ticked.json()["ticked_by"]["name"] == PAT["name"]
    assert police.post(tick, {"by": PAT}).status_code == 409
    assert trust.get(late + "demands/").json() == {"next": None, "previous": None, "results": [ticked.json()]}


def test_a_demand_is_ticked_only_where_it_belongs(late, accepted, police, world):
    with acting_for(world.police.agency_id):
        demand = Demand.objects.first()
    assert police.post(f"{accepted}demands/{demand.pk}/tick/", {"by": PAT}).status_code == 404


def test_an_arrival_is_promised_moved_and_kept(accepted, trust, police):
    def at(minutes):
        return {"by": AMY, "arrives_at": (instant() + minutes * MINUTE).isoformat()}

    promised = trust.post(accepted + "arrival/", at(20))
    assert promised.status_code == 200
    assert "promised_arrival" in {clock["kind"] for clock in promised.json()["clocks"]}
    assert trust.post(accepted + "arrival/", at(50)).status_code == 200
    told = police.get(accepted + "demands/").json()["results"]
    assert [each["code"] for each in told] == ["review_slipped_arrival"]
    kept = trust.post(accepted + "arrived/", {"by": AMY})
    assert kept.status_code == 200
    assert trust.post(accepted + "arrived/", {"by": AMY}).status_code == 409
    assert police.post(accepted + "arrival/", at(20)).status_code == 403
