"""A year that was mistyped is refused where it was typed: of a detention, its milestones and a sighting."""

from datetime import timedelta

import pytest

from referrals.domain.errors import Invalid
from referrals.models.keys import instant
from referrals.services import sighting
from referrals.services.sighting import Seen
from tests.factories.missing import report
from tests.factories.world import act
from tests.referrals.services.detaining import HEALTH_BASED, ago, detain, enter, now

HOUR, DAY, TEN_YEARS = timedelta(hours=1), timedelta(days=1), timedelta(days=3_650)


def errors(doing):
    with pytest.raises(Invalid) as refusal:
        doing()
    assert "look at its date" in "".join(refusal.value.errors.values())
    return set(refusal.value.errors)


@pytest.mark.parametrize("before", [32 * DAY, TEN_YEARS])
def test_a_detention_of_another_year_is_refused_by_its_field(world, before):
    assert errors(lambda: detain(world.police, detained_at=instant() - before)) == {"/detained_at"}


def test_one_that_was_kept_on_paper_is_entered(world):
    at = instant() - 30 * DAY
    assert detain(world.police, detained_at=at).detained_at == at


@pytest.mark.parametrize("kind", ["amhp_notified", "handover_requested", "detained"])
def test_so_is_a_milestone(world, kind):
    held = detain(world.police, 90)
    more = {"corrects": now(world.police, held).milestones[0].row.pk} if kind == "detained" else {}
    when = instant() - TEN_YEARS
    assert errors(lambda: enter(world.police, held, kind, at=when, **more)) == {"/at"}


def test_and_the_other_time_of_an_arrival(world):
    held = detain(world.police, 90)
    said = {"place": world.teams["trust"], **HEALTH_BASED, "disputed_at": instant() - TEN_YEARS}
    assert errors(lambda: enter(world.police, held, "arrived", 30, **said)) == {"/disputed_at"}


def test_what_led_to_a_detention_was_hours_before_it(world):
    held = detain(world.police, 90)
    enter(world.police, held, "professional_consulted", at=ago(90 + 11 * 60))
    assert errors(lambda: enter(world.police, held, "ambulance_requested", at=ago(90 + 60 * 24))) == {"/at"}


def test_a_sighting_of_another_year_is_refused_by_its_field(world):
    made = report(world)
    seen = Seen("station", instant() - TEN_YEARS)
    assert errors(lambda: act(world.police, sighting.log, report_id=made.pk, seen=seen)) == {"/seen_at"}


def test_one_on_the_day_before_they_were_missed_is_taken(world):
    made = report(world)
    seen = Seen("station", instant() - 20 * HOUR)
    act(world.police, sighting.log, report_id=made.pk, seen=seen)
