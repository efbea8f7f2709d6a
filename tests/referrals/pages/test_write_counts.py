"""What is typed and taken costs the same however much there is besides: the same person's papers among it."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from agencies.roles import Role
from referrals.domain.referral import State
from referrals.services import referral as referrals
from referrals.services.cleaning.__main__ import answer
from tests.factories.missing import report
from tests.factories.world import act, referral_at
from tests.referrals.api.test_importing import text
from tests.referrals.pages import test_missing, test_policy, test_threshold
from tests.referrals.pages.test_adverse import HERE as ADVERSE
from tests.referrals.pages.test_files import attach
from tests.referrals.pages.test_importing import send, typed
from tests.referrals.pages.test_policy import declare
from tests.referrals.services.deciding import decide

ASKED = {
    "priority": "P2",
    "category": "concern_for_welfare",
    "family_name": "Newcomer",
    "given_name": "Ada",
    "scene_safety": "unsafe",
    "summary": "On the bridge.",
    "location_text": "Bridge Street",
    "do": "send",
    "hints_seen": "1",
}
NEW = "/tracker/referrals/new/"


def new(world, desk, standing):
    """A referral is typed and sent."""
    browser, said = desk("police"), {**ASKED, "to_team": world.teams["trust"].pk}
    return lambda: browser.post(NEW, said)


def draft(world, desk, standing):
    """What was kept is sent."""
    browser, said = desk("police"), {**ASKED, "to_team": world.teams["trust"].pk}
    kept = browser.post(f"{NEW}draft/", said).json()["saved"]
    return lambda: browser.post(NEW, {**said, "draft": kept})


def record(world, desk, standing):
    """A decision."""
    said = {**test_threshold.KIND, **test_threshold.ANSWERED, **test_threshold.WHY, "do": "record"}
    browser = desk("police")
    return lambda: browser.post("/tracker/decide/", {**said, "description": "a man in a red coat"})


def disagree(world, desk, standing):
    """A professional of the case disagrees."""
    made = decide(world.police, case=standing.case_reference)
    browser = desk("trust")
    return lambda: browser.post(f"/tracker/decisions/{made.pk}/disagree/", {"reason": "he has a knife"})


def missing(world, desk, standing):
    """A patient is reported missing."""
    browser, said = desk("trust"), test_missing.typed(world, family_name="Newcomer", given_name="Ada")
    return lambda: browser.post(test_missing.NEW, said)


def photo(world, desk, standing):
    """A photo is attached."""
    browser = desk("trust")
    return lambda: attach(browser, f"/tracker/cases/{standing.case_reference}/files/")


def paper(world, desk, standing):
    """What was written on paper is entered."""
    browser = desk("police")
    return lambda: send(browser, text({}, {}), do="write")


def adverse(world, desk, standing):
    """What became of it is recorded afterwards."""
    at = f"{standing.sent_at:%Y-%m-%dT%H:%M}"
    said = {"case": standing.case_reference, "outcome": "death", "inquest": "yes", "occurred_at": at}
    browser = desk("police")
    return lambda: browser.post(ADVERSE, said)


def date(world, desk, standing):
    """The date of a policy is moved."""
    made, browser = declare(world), desk("police", Role.MANAGER)
    return lambda: browser.post(f"/tracker/policies/{made.pk}/date/", test_policy.SAID)


WRITES = [new, draft, record, disagree, missing, photo, paper, adverse, date]


@pytest.mark.parametrize("prepared", WRITES)
def test_it_costs_the_same_however_much_there_is_besides(world, desk, monkeypatch, prepared):
    # Files are opened in this process: quicker, and the same code.
    monkeypatch.setattr("referrals.services.inspection._asked", answer)
    standing = referral_at(State.ACCEPTED, world)
    grow(world, standing)  # so many reports of one unit are a cluster, which is told once
    press = prepared(world, desk, standing)
    counted(press)  # so that this process has read what it keeps
    few = counted(press)
    grow(world, standing)
    assert counted(press) == few


def grow(world, standing):
    """Four more asks in the case, cases of the same person, and patients missing from the unit."""
    for _ in range(4):
        asked = world.asked(
            case=standing.case_reference, lead=False, person={}, to_team=world.teams["ambulance"]
        )
        act(world.police, referrals.create, asked=asked)
        referral_at(State.SENT, world)
        report(world, person={"description": "a man in a blue gown"})


def counted(press):
    """The queries of one press, which is undone."""
    with transaction.atomic():
        with CaptureQueriesContext(connection) as asked:
            told = press()
        transaction.set_rollback(True)
    assert told.status_code == 302 or typed(told) == "", told.content.decode()  # a table that is entered
    return len(asked)
