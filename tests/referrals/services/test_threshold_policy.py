"""Policies by force and category: before one is live police attend as before; dates keep their history."""

from dataclasses import replace
from datetime import timedelta

import pytest

from agencies.acting import NamedPerson, acting_for
from referrals.domain.case import Category
from referrals.domain.errors import Invalid, MoveNotAllowed, NotThere, NotYourMove, ReasonNeeded
from referrals.domain.threshold import PHASES, POLICY_VERSION, QUESTIONS, as_stored, questions_for
from referrals.models import ThresholdPolicy, ThresholdPolicyVersion
from referrals.models.keys import instant
from referrals.services import threshold_policy
from referrals.services.threshold_policy import Declared
from tests.factories.world import act
from tests.race import race
from tests.referrals.services.deciding import MET, NO, decide

DAY = timedelta(days=1)


@pytest.fixture
def director(world):
    return world.police.asserting(NamedPerson("Dee Example", "chief superintendent", "020 7946 0109"))


def declare(director, live_from, **changes):
    said = {"category": "conveyance", "reason": "agreed with the trusts", **changes}
    return act(director, threshold_policy.declare, declared=Declared(live_from=live_from, **said))


def in_force(actor, at, category="conveyance"):
    with acting_for(actor.agency_id):
        return threshold_policy.in_force(actor.agency_id, category, at)


def dates(director, version):
    with acting_for(director.agency_id):
        return list(version.go_lives.order_by("id").values_list("live_from", "reason"))


def shipped_in(director, category):
    with acting_for(director.agency_id):
        return ThresholdPolicyVersion.objects.get(policy__agency=None, policy__category=category)


def shift(director, version, live_from, reason="the trusts are not ready"):
    words = {"version_id": version.pk, "live_from": live_from, "reason": reason}
    return act(director, threshold_policy.move_go_live, **words)


@pytest.mark.parametrize("category", Category)
def test_what_is_shipped_asks_what_the_domain_says_and_is_live(world, category):
    shipped = shipped_in(world.police, category)
    assert shipped.questions == as_stored(questions_for(category))
    standing = in_force(world.police, instant(), category)
    assert (standing.code, standing.is_live, standing.version_id) == (POLICY_VERSION, True, shipped.pk)


def test_every_category_has_its_phase():
    assert sorted(c for phase in PHASES.values() for c in phase) == sorted(Category)


def test_before_the_force_goes_live_police_attend_as_before(world, director):
    declare(director, instant() + DAY)
    made = decide(world.police, category="conveyance")
    assert (made.outcome, made.policy) == ("police_response", None)
    assert made.clauses[0].startswith("police-conveyance-1: not live before ")
    assert made.clauses[0].endswith("police attend as before")
    assert decide(world.police).outcome == "no_police_response", "another category is another phase"


def test_there_is_nothing_to_override_before(world, director):
    declare(director, instant() + DAY)
    with pytest.raises(Invalid) as refused:
        decide(world.police, category="conveyance", agrees=False)
    assert set(refused.value.errors) == {"/agrees"}


def test_a_force_that_stands_outside_attends_as_before(world, director):
    declare(director, instant() + timedelta(seconds=1), adopted=False)
    at = instant() + DAY
    standing = in_force(world.police, at)
    found = standing.find(NO)
    assert found.outcome == "police_response"
    assert found.clauses[0].startswith("police-conveyance-1: the force has not adopted Right Care")
    assert found.clauses[0].endswith(": police attend as before")


def test_another_forces_policy_is_its_own(world, director):
    declare(director, instant() + DAY)
    assert in_force(world.trust, instant()).is_live


def test_the_version_of_the_moment_decides(world, director):
    asks_less = tuple(each for each in QUESTIONS if each.decisive)
    declare(director, instant() + timedelta(seconds=1), questions=asks_less, code="ours-1")
    second = declare(director, instant() + 2 * DAY)
    now = instant()
    assert not in_force(world.police, now).is_live
    assert in_force(world.police, now + DAY).questions == asks_less
    assert in_force(world.police, now + 3 * DAY).version_id == second.pk


def test_back_entered_it_is_decided_by_the_policy_of_its_time(world, director):
    declare(director, instant() + timedelta(seconds=1), adopted=False)
    made = decide(world.police, category="conveyance", answers=MET, occurred_at=instant() - DAY)
    assert made.clauses[0].startswith("police-conveyance-1: not live before ")


def test_a_date_moves_before_it_is_reached_and_its_history_is_kept(world, director):
    first = instant() + DAY
    version = declare(director, first)
    shift(director, version, first + 30 * DAY)
    assert dates(director, version) == [
        (first, "agreed with the trusts"),
        (first + 30 * DAY, "the trusts are not ready"),
    ]
    assert not in_force(world.police, first + DAY).is_live


def test_a_date_that_was_reached_stays(world, director):
    with pytest.raises(NotYourMove):
        shift(director, shipped_in(director, "conveyance"), instant() + DAY)
    version = declare(director, instant() + timedelta(milliseconds=200))
    while instant() < dates(director, version)[0][0]:
        pass
    with pytest.raises(MoveNotAllowed):
        shift(director, version, instant() + DAY)


def test_a_manager_moves_a_date_and_declares_nothing(world, director):
    manager = world.police.asserting(NamedPerson("Max Example", "duty manager", "020 7946 0108"))
    version = declare(director, instant() + DAY)
    shift(manager, version, instant() + 2 * DAY)
    assert len(dates(director, version)) == 2
    with pytest.raises(NotYourMove):
        declare(manager, instant() + DAY)
    with pytest.raises(NotYourMove):
        shift(world.police, version, instant() + 3 * DAY)


def test_every_force_stands_in_every_category_as_it_would_be_asked(world, director):
    """The plans that are shown agree with what is in force, now and on the day after."""
    declare(director, instant() + DAY)
    for at in (instant(), instant() + 2 * DAY):
        with acting_for(world.police.agency_id):
            plans = threshold_policy.plans(world.police.agency_id, at)
            for category, plan in plans.items():
                standing = threshold_policy.in_force(world.police.agency_id, category, at)
                assert standing.version_id == (plan.in_force and plan.in_force.version_id)
    assert set(plans) == set(Category)


def test_who_may_not_and_what_is_missing(world, director):
    for somebody, refusal in [(world.police, NotYourMove), (world.trust, NotYourMove)]:
        with pytest.raises(refusal):
            declare(somebody, instant() + DAY)
    with pytest.raises(ReasonNeeded):
        declare(director, instant() + DAY, reason="")
    with pytest.raises(Invalid):
        declare(director, instant() - DAY)
    with pytest.raises(NotThere):
        shift(director, ThresholdPolicyVersion(pk=0), instant() + DAY)
    with acting_for(director.agency_id):
        assert not ThresholdPolicy.objects.exclude(agency=None).exists()


def test_questions_that_say_not_what_they_stand_on_are_declared_by_nobody(world, director):
    with pytest.raises(Invalid) as refused:
        declare(director, instant() + DAY, questions=(replace(QUESTIONS[0], clause=""), *QUESTIONS[1:]))
    assert set(refused.value.errors) == {"/questions/0/clause"}


def test_of_two_directors_at_one_moment_each_has_a_version_or_is_told(world, director):
    declare(director, instant() + DAY)
    outcomes = race(*[lambda: declare(director, instant() + 2 * DAY)] * 2)
    assert all(each.won or isinstance(each.error, MoveNotAllowed) for each in outcomes)
    with acting_for(director.agency_id):
        numbers = ThresholdPolicyVersion.objects.filter(policy__agency=director.agency_id)
        found = sorted(numbers.values_list("number", flat=True))
    assert found == list(range(1, 2 + sum(each.won for each in outcomes)))
