"""Each flag is the first rung of a clock: raised once, told to somebody, and shown until it is met."""

from datetime import timedelta

import pytest

from agencies.acting import acting_for
from agencies.roles import TeamKind
from referrals.domain.missing import FLAGS, State
from referrals.models import Escalation, Event
from referrals.models.keys import instant
from referrals.reporting.missing_reports import read
from referrals.services import engine
from tests.factories.agencies import ApiClientFactory, MembershipFactory, TeamFactory, client_actor
from tests.factories.missing import clocks, kinds, report, report_at, said, step
from tests.factories.world import NURSE, act
from tests.referrals.services.reading import told

LATER = timedelta(days=40)


def tick(in_role, at):
    with in_role("worker"):
        while engine.tick(now=at).claimed:
            pass


def flags(by, found):
    """The flags that stand, as this actor sees them."""
    with acting_for(by.agency_id):
        return [flag.code for flag in read([found.pk], by)[0].flags]


def raised(found):
    """The flags that were raised, as the case's events have it."""
    events = Event.objects.filter(case=found.case_id, type="missing.flagged").order_by("seq")
    return [event.data["flag"] for event in events]


def late(world, in_role, found, kind):
    """Ticked when this promise is late; the flags raised since."""
    tick(in_role, clocks(world.trust, found)[f"missing_{kind}"].target_at)
    with in_role("worker"):
        return raised(found)


def test_a_draft_that_is_left(world, in_role):
    found = report(world, draft=True)
    assert late(world, in_role, found, "draft") == ["draft_left"]
    assert flags(world.trust, found) == ["draft_left"]
    assert told(world, "trust") == ["escalation.fired"]
    step(world.trust, found, "send")
    assert flags(world.trust, found) == []


def test_an_absence_that_is_confirmed_and_not_reported(world, in_role):
    found = report(world, draft=True, facts={"absence_confirmed_at": instant()})
    assert "absence_unreported" in late(world, in_role, found, "unreported")


def test_high_and_not_taken(world, in_role):
    found = report(world, facts={"immediate_risk": "yes"})
    assert late(world, in_role, found, "not_taken") == ["high_not_taken"]
    assert "escalation.fired" in told(world, "police")
    assert "escalation.fired" in told(world, "trust")
    assert flags(world.police, found) == ["high_not_taken"]


def test_a_review_that_is_overdue(world, in_role):
    found = step(world.trust, report(world), "grade", grade="medium")
    before = clocks(world.trust, found)["missing_review"].target_at - timedelta(minutes=1)
    tick(in_role, before)
    assert flags(world.trust, found) == [], "no reminder is a flag"
    assert late(world, in_role, found, "review") == ["review_overdue"]
    step(world.trust, found, "review")
    assert flags(world.trust, found) == []


@pytest.mark.parametrize(
    ("status", "started", "flagged"), [("s5_4", 1, True), ("s2", 24, False), ("s2", 24 * 27.5, True)]
)
def test_a_power_that_is_about_to_lapse(world, in_role, status, started, flagged):
    begun = instant() - timedelta(hours=started)
    found = report(world, facts={"legal_status": status, "section_started_at": begun})
    tick(in_role, instant())
    assert ("power_lapsing" in flags(world.police, found)) is flagged
    assert "power" in kinds(world.trust, found)


def test_missing_again_within_three_days(world, in_role):
    step(world.trust, report(world), "return")
    found = report(world)
    tick(in_role, instant())
    assert flags(world.trust, found) == ["missing_again"]
    step(world.trust, found, "grade")
    assert flags(world.trust, found) == ["missing_again"], "it stays true"
    assert "again" not in kinds(world.trust, found)


def test_another_patient_is_not_missing_again(world, in_role):
    step(world.trust, report(world), "return")
    found = report(world, person={"family_name": "SAMPLE"})
    tick(in_role, instant())
    assert flags(world.trust, found) == []


def test_a_unit_with_a_cluster_is_told_of_once(world, in_role):
    found = [report(world, person={"family_name": f"SAMPLE{n}"}) for n in range(4)]
    tick(in_role, instant())
    assert [flags(world.trust, each) for each in found] == [[], [], ["unit_cluster"], []]


def test_a_walk_out(world, in_role):
    unit = TeamFactory(kind=TeamKind.EMERGENCY_DEPARTMENT)
    MembershipFactory(team=unit, role="supervisor")
    by = client_actor(ApiClientFactory(team=unit), NURSE)
    from referrals.services import missing

    found = act(by, missing.create, said=said(world, unit=unit, facts={"immediate_risk": "no"}))
    tick(in_role, instant())
    assert flags(by, found) == ["walkout"]


def test_each_is_raised_once_however_often_the_engine_looks(world, in_role):
    step(world.trust, report(world), "return")
    found = report(world, facts={"immediate_risk": "yes"})
    tick(in_role, instant())
    step(world.trust, found, "grade", grade="high")
    for hours in (1, 2, 30, 900):
        tick(in_role, instant() + timedelta(hours=hours))
    with in_role("worker"):
        assert sorted(raised(found)) == ["high_not_taken", "missing_again", "review_overdue"]
        fired = Escalation.objects.filter(case=found.case_id, clock__kind__in=list(FLAGS))
        assert all(each.told for each in fired if not each.superseded), "told to somebody"


def test_over_it_rings_no_more(world, in_role):
    found = report_at(State.CANCELLED, world)
    tick(in_role, instant() + LATER)
    with in_role("worker"):
        assert raised(found) == []
