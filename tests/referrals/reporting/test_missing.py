"""The measures of missing patients, against examples that were counted by hand."""

from datetime import timedelta

import pytest

from agencies.acting import acting_for
from referrals.models import MissingReport
from referrals.models.keys import instant
from referrals.reporting.missing import GROUPS, MEASURES
from referrals.reporting.report import Asked
from tests.factories.missing import ask_of, report, step
from tests.factories.world import move

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
WRONG = "found before last seen, as entered"
TOO_LATE = "not found before your agency's part ended"


@pytest.fixture
def now(db):
    return instant()


def counted(actor, measure, now, by="all", later=timedelta(0)):
    with acting_for(actor.agency_id):
        asked = Asked(actor, now - HOUR * 24, now + HOUR * 240, now=now + later, by=by)
        return MEASURES[measure].count(asked)


def patient(name):
    return {"family_name": name, "nhs_number": ""}


def test_missing_duration(world, now):
    """Found after 58, 30 and 122 minutes: 210 together. One is still missing, one was never said when."""
    for minutes in (58, 30, 122):
        made = report(world, person=patient(f"P{minutes}"), facts={"last_seen_at": now - minutes * MINUTE})
        step(world.police, made, "locate", occurred_at=now)
    report(world, person=patient("AWAY"))
    unsaid = report(world, person=patient("UNSAID"), facts={"last_seen_at": None})
    step(world.police, unsaid, "locate")
    step(world.trust, report(world, person=patient("MISTAKE")), "cancel")
    report(world, draft=True)
    wrong = report(world, person=patient("WRONG"), facts={"last_seen_at": now - 90 * MINUTE})
    step(world.police, wrong, "locate", occurred_at=now - 60 * MINUTE)
    with acting_for(world.trust.agency_id):  # as was taken down before that was refused
        MissingReport.objects.filter(pk=wrong.pk).update(last_seen_at=now - 30 * MINUTE)
    for actor in (world.trust, world.police):
        found = counted(actor, "missing-duration", now)
        assert found.lines == [("all", 210.0, 3, 70.0), ("all, median", 58.0, 3, 58.0),
                               ("all, 90th", 109.2, 3, 109.2)]  # fmt: skip
        left_out = {"not found yet": 1, "not known when last seen": 1, TOO_LATE: 0, WRONG: 1}
        assert (found.counted, found.left_out) == (3, left_out)
    assert counted(world.other_trust, "missing-duration", now).counted == 0


def test_report_delay(world, now):
    """Confirmed 2, 14 and 40 minutes before it was sent: two of three in time. One does not say."""
    for minutes in (2, 14, 40):
        facts = {"absence_confirmed_at": now - minutes * MINUTE}
        report(world, person=patient(f"P{minutes}"), facts=facts)
    report(world, person=patient("UNSAID"))
    found = counted(world.trust, "missing-report-delay", now)
    assert found.lines[0] == ("all", 2, 3, 66.7)
    assert 14 <= found.lines[1].value < 15
    assert (found.counted, found.left_out) == (3, {"not known when confirmed": 1})


def test_missing_again(world, now):
    """Back and missing again at once; back for good; seen from three days later, and from a week later."""
    step(world.trust, report(world), "return")
    report(world)
    step(world.trust, report(world, person=patient("GOOD")), "return")
    young = counted(world.trust, "missing-again", now)
    assert (young.counted, young.left_out) == (0, {"back for less than 72 hours": 2})
    assert young.lines == [("all", 0, 0, None), ("all, within 7 days", 0, 0, None)]
    assert counted(world.trust, "missing-again", now, later=73 * HOUR).lines == [
        ("all", 1, 2, 50.0), ("all, within 7 days", 0, 0, None),
    ]  # fmt: skip
    assert counted(world.trust, "missing-again", now, later=169 * HOUR).lines == [
        ("all", 1, 2, 50.0), ("all, within 7 days", 1, 2, 50.0),
    ]  # fmt: skip


def test_high_taken(world, now):
    """One taken at once, one never, one found before it was due; an hour later the second is overdue."""
    high = {"immediate_risk": "yes"}
    taken, never, found = (report(world, person=patient(f"P{n}"), facts=high) for n in range(3))
    move(world.police, ask_of(world.trust, taken), "accept")
    step(world.trust, found, "grade", grade="low", reason="rang her mother")
    soon = counted(world.trust, "missing-high-taken", now)
    assert soon.lines == [("all", 1, 1, 100.0)]
    assert soon.left_out == {"found, lowered or cancelled before it was due": 1, "not due yet": 1}
    assert counted(world.police, "missing-high-taken", now, later=HOUR).lines == [("all", 1, 2, 50.0)]
    assert never.state == "reported"


@pytest.mark.parametrize("measure", MEASURES)
def test_nothing_has_no_rate_and_every_grouping_works(world, now, measure):
    for by in GROUPS:
        found = counted(world.trust, measure, now, by)
        assert {line.value for line in found.lines} == {None}
    step(world.trust, report(world, facts={"immediate_risk": "yes"}), "return")
    for by in GROUPS:
        assert counted(world.trust, measure, now, by, later=HOUR * 200).lines
