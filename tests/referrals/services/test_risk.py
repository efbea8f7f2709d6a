"""Risk is raised by anyone and shortens promises; it is lowered by a supervisor and lengthens none."""

from datetime import timedelta
from itertools import product

import pytest

from agencies.acting import NamedPerson
from referrals.domain.errors import Invalid, MoveNotAllowed, NotYourMove, ReasonNeeded
from referrals.domain.referral import State
from referrals.services import risk
from tests.factories.world import act, referral_at
from tests.referrals.services.reading import again, case_of, events, running, told

PRIORITIES = ["P1", "P2", "P3", "P4"]
WORKER = NamedPerson("Wen Example", "nurse", "020 7946 0105")


def change(actor, referral, direction, priority="", reason="he has taken tablets"):
    return act(
        actor, risk.change, referral_id=referral.pk, direction=direction, priority=priority, reason=reason
    )


def targets(world, referral):
    clocks = running(world.police, referral) | running(world.police, case=case_of(world.police, referral))
    return {kind: clock.target_at for kind, clock in clocks.items()}


@pytest.mark.parametrize(
    ("old", "new"), [(old, new) for old, new in product(PRIORITIES, repeat=2) if new <= old]
)
def test_raising_shortens_and_never_lengthens(world, old, new):
    referral = referral_at(State.SENT, world, priority=old)
    before = targets(world, referral)
    raised = change(world.trust, referral, "raise", new)
    after = targets(world, referral)
    assert raised.priority == new
    assert set(after) == set(before)
    assert all(after[kind] <= before[kind] for kind in before)
    assert any(after[kind] < before[kind] for kind in before) == (new < old)
    assert again(world.police, referral).breach_at == min(
        clock.target_at for clock in running(world.police, referral).values()
    )


def test_a_shortened_promise_is_the_new_prioritys_from_now(world):
    referral = referral_at(State.SENT, world, priority="P4")
    change(world.trust, referral, "raise", "P2")
    decide = running(world.police, referral)["decide"]
    assert decide.target_at - decide.started_at == timedelta(minutes=30)
    assert (decide.priority, decide.clause) == ("P2", "targets.P2.decide")


@pytest.mark.parametrize("priority", ["P3", "P4", ""])
def test_lowering_leaves_every_promise_as_it_was(world, priority):
    referral = referral_at(State.SENT, world, priority="P2")
    before = targets(world, referral)
    lowered = change(world.trust, referral, "lower", priority)
    assert lowered.priority == (priority or "P2")
    assert targets(world, referral) == before


def test_anyone_raises_but_only_a_supervisor_lowers(standing):
    world, referral = standing(State.ACCEPTED)
    worker = world.trust.asserting(WORKER)
    assert change(worker, referral, "raise").risk_raised_at is not None
    with pytest.raises(NotYourMove):
        change(worker, referral, "lower")
    assert change(world.trust, referral, "lower").risk_raised_at is None


@pytest.mark.parametrize("direction", ["raise", "lower"])
def test_a_reason_is_needed(standing, direction):
    world, referral = standing(State.SENT)
    with pytest.raises(ReasonNeeded):
        change(world.trust, referral, direction, reason="")


@pytest.mark.parametrize(("direction", "priority"), [("raise", "P3"), ("lower", "P1")])
def test_the_priority_goes_the_way_of_the_risk(standing, direction, priority):
    world, referral = standing(State.SENT)
    with pytest.raises(Invalid):
        change(world.trust, referral, direction, priority)


def test_everybody_else_is_told_and_the_why_is_not_in_the_message(standing):
    world, referral = standing(State.ACCEPTED)
    change(world.trust, referral, "raise", "P1")
    assert told(world, "police")[-1] == "risk.raised"
    assert told(world, "trust").count("risk.raised") == 0
    assert events(world.police, referral)[-1] == "risk.raised"


def test_nothing_changes_in_a_case_that_is_closed(standing):
    world, referral = standing(State.DISCARDED)
    with pytest.raises(MoveNotAllowed):
        change(world.police, referral, "raise")
