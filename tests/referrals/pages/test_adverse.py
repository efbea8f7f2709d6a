"""An adverse outcome is recorded in the tracker, as codes, and stands in the case's story."""

import pytest

from agencies.acting import acting_for
from agencies.roles import Role
from referrals.domain.referral import State
from referrals.models import Event
from tests.factories.world import move, referral_at

HERE = "/tracker/measures/adverse/"


@pytest.fixture
def made(world):
    return referral_at(State.ACCEPTED, world)


@pytest.fixture
def said(made):
    at = f"{made.sent_at:%Y-%m-%dT%H:%M}"
    return {"case": made.case_reference, "outcome": "death", "inquest": "yes", "occurred_at": at}


def recorded(actor):
    with acting_for(actor.agency_id):
        found = Event.objects.visible_to(actor).filter(type="case.adverse_outcome").order_by("seq")
        return [each.data for each in found]


def test_it_is_recorded_as_codes_and_every_party_reads_it(world, desk, made, said):
    answer = desk("trust").post(HERE, {**said, "case": made.case_reference.lower()}, follow=True)
    assert "Recorded afterwards: death, with an inquest" in answer.content.decode()
    assert recorded(world.police) == [{"outcome": "death", "inquest": "yes"}]
    shown = desk("police").get(f"/tracker/cases/{made.case_reference}/").content.decode()
    assert "Recorded afterwards: death, with an inquest" in shown


def test_what_turns_out_otherwise_is_recorded_anew(world, desk, said):
    browser = desk("police")
    for outcome in ("serious_harm", "none"):
        browser.post(HERE, {**said, "outcome": outcome, "inquest": "unknown"})
    assert [each["outcome"] for each in recorded(world.police)] == ["serious_harm", "none"]


@pytest.mark.parametrize(
    ("wrong", "field", "words"),
    [
        ({"case": ""}, "case", "Give the case"),
        ({"case": "C-0000-0000"}, "case", "Your agency has no part in such a case"),
        ({"outcome": ""}, "outcome", "Choose one"),
        ({"inquest": "perhaps"}, "inquest", ""),
        ({"occurred_at": ""}, "occurred_at", "A date and a time"),
        ({"occurred_at": "2099-01-01T09:00"}, "occurred_at", "This is still to come"),
        ({"occurred_at": "2020-01-01T09:00"}, "occurred_at", "at most 24 hours before the case began"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(world, desk, said, wrong, field, words):
    answer = desk("police").post(HERE, {**said, **wrong})
    assert list(answer.context["form"].errors) == [field]
    assert words in answer.content.decode()
    assert recorded(world.police) == []


def test_who_has_no_part_in_the_case_or_is_too_junior_does_not(world, desk, said):
    assert desk("stranger").post(HERE, said).status_code == 422
    worker = desk("police", Role.WORKER)
    assert worker.post(HERE, said).status_code == 403
    assert "A supervisor or somebody more senior" in worker.get(HERE).content.decode()
    assert HERE not in worker.get("/tracker/measures/").content.decode()
    assert HERE in desk("police").get("/tracker/measures/").content.decode()
    assert recorded(world.police) == []


def test_a_closed_case_takes_it_too(world, desk, made, said):
    move(world.trust, made, "start")
    move(world.trust, made, "complete")
    move(world.police, made, "close")
    assert desk("police").post(HERE, said).status_code == 302
