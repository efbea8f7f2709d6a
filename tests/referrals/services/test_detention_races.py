"""Two act on one detention at the same moment: what is true once is entered once."""

from agencies.acting import acting_for
from referrals.domain.errors import MoveNotAllowed
from referrals.models import Detention, DetentionMilestone, OfficerWait
from tests.referrals.services.detaining import accept, ago, arrive, ask, detain, enter, now, running, waits


def rows(world, model, held, **which):
    with acting_for(world.police.agency_id):
        return model.objects.filter(detention=held, **which).count()


def test_of_two_places_that_accept_at_once_one_has_the_person(world, race):
    held = detain(world.police)
    one, other = ask(world, held, "trust", "other_trust")
    outcomes = race(lambda: accept(world.trust, one), lambda: accept(world.other_trust, other))
    assert sorted(outcome.won for outcome in outcomes) == [False, True]
    assert isinstance(next(o.error for o in outcomes if not o.won), MoveNotAllowed)
    assert rows(world, DetentionMilestone, held, kind="health_accepted") == 1
    assert now(world.police, held).row.state == "accepted"


def test_of_two_who_detain_one_person_in_one_case_one_does(world, race):
    from referrals.domain.referral import State
    from tests.factories.world import referral_at

    case = referral_at(State.SENT, world).case_reference
    outcomes = race(*[lambda: detain(world.police, case=case, person={})] * 2)
    assert sorted(outcome.won for outcome in outcomes) == [False, True]
    with acting_for(world.police.agency_id):
        assert Detention.objects.filter(case__reference=case).count() == 1


def test_two_arrivals_at_once_leave_one_clock_from_the_earlier(world, race):
    held = detain(world.police)
    early, late = ago(50), ago(40)
    outcomes = race(*[lambda at=at: arrive(world, held, at=at) for at in (late, early)])
    assert all(outcome.won for outcome in outcomes)
    assert running(world.police, held)["detention_limit"].started_at == early


def test_one_milestone_is_entered_once(world, race):
    held = detain(world.police)
    arrive(world, held)
    outcomes = race(*[lambda: enter(world.police, held, "last_officer_released")] * 2)
    assert sorted(outcome.won for outcome in outcomes) == [False, True]


def test_one_officer_is_relieved_once(world, race):
    held = detain(world.police)
    waits(world.police, held, identifier="PC 1", since=ago(60))
    reliefs = [
        lambda who=who: waits(world.police, held, identifier=who, relieves="PC 1") for who in ("PC 2", "PC 3")
    ]
    outcomes = race(*reliefs)
    assert sorted(outcome.won for outcome in outcomes) == [False, True]
    assert rows(world, OfficerWait, held, supersedes__isnull=False) == 1
