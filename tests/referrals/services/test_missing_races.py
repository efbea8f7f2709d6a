"""Two people act on one report at the same moment: one wins, the other is told how things stand."""

import pytest

from agencies.acting import acting_for
from referrals.domain.errors import Invalid, MoveNotAllowed
from referrals.domain.missing import State
from referrals.models import MissingMove
from tests.factories.missing import again, clocks, report, report_at, step


def moves(world, found, action):
    with acting_for(world.trust.agency_id):
        return MissingMove.objects.filter(report=found.pk, action=action).count()


def test_two_who_find_the_patient_at_once(world, race):
    found = report(world)
    racers = [lambda by=by: step(by, found, "locate") for by in (world.police, world.trust)]
    outcomes = race(*racers)
    assert sorted(each.won for each in outcomes) == [False, True]
    assert isinstance(next(each.error for each in outcomes if not each.won), MoveNotAllowed)
    assert moves(world, found, "locate") == 1


def test_two_who_grade_alike_at_once(world, race):
    found = report(world)
    racers = [lambda by=by: step(by, found, "grade", grade="high") for by in (world.police, world.trust)]
    outcomes = race(*racers)
    assert sorted(each.won for each in outcomes) == [False, True]
    assert isinstance(next(each.error for each in outcomes if not each.won), Invalid)
    assert set(clocks(world.trust, found)) >= {"missing_review", "missing_not_taken"}


@pytest.mark.parametrize("_", range(2))
def test_one_who_grades_while_another_finds(world, race, _):
    found = report(world)
    outcomes = race(lambda: step(world.police, found, "locate"), lambda: step(world.trust, found, "grade"))
    assert outcomes[0].won
    now = again(world.trust, found)
    assert now.state == State.LOCATED
    assert (now.grade == "medium") is outcomes[1].won
    assert {kind for kind in clocks(world.trust, found) if kind.startswith("missing_")} == {"missing_return"}


def test_two_who_send_one_draft_ask_once(world, race):
    found = report_at(State.DRAFT, world)
    outcomes = race(*[lambda: step(world.trust, found, "send")] * 2)
    assert sorted(each.won for each in outcomes) == [False, True]
    with acting_for(world.trust.agency_id):
        from referrals.models import Referral

        assert Referral.objects.filter(case=found.case_id).count() == 1
