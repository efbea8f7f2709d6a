"""Late promises on a page: somebody takes the alarm, gives it back, ticks a demand, promises an arrival."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agencies.acting import acting_for
from referrals.domain.referral import State
from referrals.models import Clock, Demand
from referrals.models.keys import instant
from referrals.services import engine
from tests.factories.world import referral_at


@pytest.fixture
def late(world, in_role):
    """A P2 that nobody decided: its deadline passed a minute ago, and its ladder demanded a call."""
    referral = referral_at(State.ACKNOWLEDGED, world)
    with in_role("worker"):
        engine.tick(instant() + timedelta(minutes=31))
    return referral


def page_of(browser, referral):
    return browser.get(f"/tracker/referrals/{referral.reference}/").content.decode()


def address(referral, action):
    return f"/tracker/referrals/{referral.reference}/{action}/"


def running(world, referral, kind):
    with acting_for(world.trust.agency_id):
        return Clock.objects.running().get(referral=referral, kind=kind)


@pytest.mark.parametrize("who", ["police", "trust"])
def test_either_side_takes_an_alarm_and_gives_it_back(world, desk, late, who):
    browser, clock = desk(who), running(world, late, "decide")
    taking = f"{address(late, 'take')}?clock={clock.pk}"
    assert taking in page_of(browser, late)
    assert f'name="clock" value="{clock.pk}"' in browser.get(taking).content.decode()
    taken = browser.post(address(late, "take"), {"clock": clock.pk, "minutes": "20"}, follow=True)
    shown = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", taken.content.decode()))
    assert re.search(r"Alarm taken by .+: nobody else is told before", shown)
    minutes = (running(world, late, "decide").quiet_until - instant()).total_seconds() / 60
    assert 19 < minutes <= 20
    assert browser.post(address(late, "release"), {"clock": clock.pk}).status_code == 302
    assert "Alarm taken by" not in page_of(browser, late)


def test_an_alarm_that_does_not_ring_is_not_taken(world, desk):
    referral = referral_at(State.ACKNOWLEDGED, world)
    browser, clock = desk("trust"), running(world, referral, "decide")
    assert "Take this alarm" not in page_of(browser, referral)
    answer = browser.post(address(referral, "take"), {"clock": clock.pk, "minutes": "20"})
    assert answer.status_code == 409
    assert "there is nothing to take" in answer.content.decode()
    assert 'value="20"' in answer.content.decode()


def test_a_time_that_is_none_is_said_at_its_field(world, desk, late):
    clock = running(world, late, "decide")
    answer = desk("trust").post(address(late, "take"), {"clock": clock.pk, "minutes": "soon"})
    assert answer.status_code == 422
    assert "A number of minutes" in answer.content.decode()


def test_nobody_else_takes_it_and_a_stranger_learns_nothing(world, desk, late):
    clock = running(world, late, "decide")
    own = referral_at(State.SENT, world, to_team=world.teams["stranger"])
    said = {"clock": clock.pk, "minutes": "20"}
    assert desk("stranger").post(address(late, "take"), said).status_code == 404
    assert desk("stranger").post(address(own, "take"), said).status_code == 404
    assert running(world, late, "decide").taken_by is None


def test_the_sender_ticks_what_the_ladder_demanded_and_the_receiver_only_sees_it(world, desk, late):
    with acting_for(world.police.agency_id):
        demand = Demand.objects.unticked().get()
    form = f'name="demand" value="{demand.pk}"'
    police, trust = page_of(desk("police"), late), page_of(desk("trust"), late)
    assert form in police
    assert "To do now" in police
    assert form not in trust
    assert "Demanded of" in trust
    assert desk("trust").post(address(late, "tick"), {"demand": demand.pk}).status_code == 403
    assert desk("police").post(address(late, "tick"), {"demand": demand.pk}).status_code == 302
    assert form not in page_of(desk("police"), late)


@pytest.mark.parametrize("minutes", [31, 61])  # by then the referral's clocks, and the case's too
def test_one_deed_meets_all_that_demanded_it(world, desk, in_role, minutes):
    referral = referral_at(State.SENT, world)
    with in_role("worker"):
        engine.tick(instant() + timedelta(minutes=minutes))
    with acting_for(world.police.agency_id):
        keys = [str(key) for key in Demand.objects.unticked().order_by("id").values_list("pk", flat=True)]
    assert len(keys) > 1
    browser = desk("police")
    assert page_of(browser, referral).count("To do now") == 1
    assert f'name="demand" value="{",".join(keys)}"' in page_of(browser, referral)
    assert browser.post(address(referral, "tick"), {"demand": ",".join(keys)}).status_code == 302
    assert "To do now" not in page_of(browser, referral)
    for nonsense in ("", "x", "1,", "1;2"):
        assert browser.post(address(referral, "tick"), {"demand": nonsense}).status_code == 422


def test_the_receiver_promises_an_arrival_and_says_that_somebody_is_there(world, desk):
    referral = referral_at(State.ACCEPTED, world)
    browser = desk("trust")
    assert f'"{address(referral, "arrival")}"' in page_of(browser, referral)
    assert f'"{address(referral, "arrival")}"' not in page_of(desk("police"), referral)
    assert browser.post(address(referral, "arrival"), {"minutes": "40"}).status_code == 302
    ahead = (running(world, referral, "promised_arrival").target_at - instant()).total_seconds() / 60
    assert 39 < ahead <= 40
    assert "Promised arrival: " in re.sub(r"<[^>]+>", "", page_of(desk("police"), referral))
    arrived = re.search(rf'action="{address(referral, "arrived")}"', page_of(browser, referral))
    assert arrived
    assert not re.search(rf'action="{address(referral, "arrived")}"', page_of(desk("police"), referral))
    assert browser.post(address(referral, "arrived")).status_code == 302
    assert "arrived/" not in page_of(browser, referral)


def test_a_later_arrival_has_the_sender_review_it(world, desk):
    referral = referral_at(State.ACCEPTED, world)
    for minutes in ("10", "60"):
        desk("trust").post(address(referral, "arrival"), {"minutes": minutes})
    assert "review whether the person can wait" in page_of(desk("police"), referral)


def test_the_number_of_queries_does_not_grow_with_alarms(world, desk, late, in_role):
    def cost():
        browser = desk("police")
        page_of(browser, late)
        with CaptureQueriesContext(connection) as ran:
            page_of(browser, late)
        return len(ran)

    few = cost()
    desk("police").post(address(late, "claim"), {"name": "A", "role": "nurse", "contact": "1"})
    desk("trust").post(address(late, "arrival"), {"minutes": "40"})
    with in_role("worker"):
        engine.tick(instant() + timedelta(hours=3))
    assert cost() == few
