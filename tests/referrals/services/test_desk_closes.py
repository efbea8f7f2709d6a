"""What waits for a sender's desk is named before it closes, to somebody who is there then."""

import pytest

from agencies.acting import acting_for
from agencies.models import ServiceHours
from agencies.roles import Role
from notifications.channels import wording
from notifications.models import Message
from referrals.domain.clocks import ClockKind
from referrals.domain.must import MUST
from referrals.domain.referral import State
from referrals.management.demo import past
from referrals.pages.inbox import line
from referrals.services import call_back, desk_closes
from tests.factories.agencies import MembershipFactory, TeamFactory, keeps_office_hours
from tests.factories.world import act, move, referral_at
from tests.referrals.services.deciding import UNSURE, case_of, decide
from tests.referrals.services.test_closing import at


@pytest.fixture
def office(world):
    """The police's desk keeps office hours."""
    return keeps_office_hours(world.teams["police"])


@pytest.fixture
def look(in_role):
    """The worker looks then; how many messages it owes."""

    def tell(moment):
        with in_role("worker"):
            return desk_closes.tell(now=moment)

    return tell


def waiting(world, state):
    with past.at(at(14)):
        return referral_at(state, world, priority="P4")


def told(world):
    with acting_for(world.police.agency_id):
        return list(Message.objects.filter(kind="desk.closes").order_by("created_at", "membership_id"))


@pytest.mark.parametrize("state", desk_closes.WAITS)
def test_whoever_stands_in_is_told_what_waits_before_the_doors_close(world, office, look, state):
    night = TeamFactory(agency=office.agency, code="night")
    worker = MembershipFactory(team=night, role=Role.WORKER)
    office.fallback = night
    office.save()
    referral = waiting(world, State(state))
    assert look(at(16, 29)) == 0
    assert look(at(16, 30)) == 2
    person, desk = told(world)
    assert (desk.team_id, person.membership_id) == (night.pk, worker.pk)
    assert person.then[0][0] == "email", "an inbox that nobody opens is not the end of it"
    assert person.data["references"] == [referral.reference]
    assert f"{referral.reference} {desk_closes.WAITS[state]}" in line(person, "tracker")["text"]
    assert wording.head(person.data) == f"{office.name} closes, and 1 wait for it"
    assert look(at(16, 31)) == 0, "once"


def test_where_nobody_stands_in_whoever_manages_the_desk_is_told(world, office, look):
    waiting(world, State.DECLINED)
    assert look(at(16, 45)) == 1
    (word,) = told(world)
    assert word.membership.role == Role.MANAGER


def test_what_comes_back_in_the_last_half_hour_is_told_too_and_alone(world, office, look):
    waiting(world, State.DECLINED)
    look(at(16, 30))
    with past.at(at(16, 40)):
        late = referral_at(State.FAILED, world, priority="P4")
    assert look(at(16, 41)) == 1
    assert told(world)[-1].data["references"] == [late.reference]


def test_what_a_desk_promised_without_asking_anybody_is_named_too(world, office, look):
    """A call that is owed, interim support, a decision that is open: each once, by its case."""
    with past.at(at(14)):
        decided = decide(world.police, answers=UNSURE)
        reference = case_of(decided).reference
        owed = call_back.Owed("Kim Example", "020 7946 0120", due_at=at(19))
        act(world.police, call_back.owe, reference=reference, owed=owed)
    assert look(at(16, 30)) == 1
    (word,) = told(world)
    assert word.data["references"] == [reference]
    assert word.data["said"] == [f"{reference}: {MUST[ClockKind.UNDETERMINED]}"], "the most urgent of it"
    assert look(at(16, 31)) == 0, "once"


def test_there_is_a_word_for_every_clock():
    assert set(MUST) == set(ClockKind)


def test_what_waits_for_the_other_side_and_what_has_ended_is_not_named(world, office, look):
    for state in (State.SENT, State.ACCEPTED, State.IN_PROGRESS):
        waiting(world, state)
    with past.at(at(14)):
        move(world.police, referral_at(State.COMPLETED, world), "close")
    assert look(at(16, 30)) == 0


def test_a_desk_that_goes_on_is_not_said_to_close(world, office, look):
    waiting(world, State.DECLINED)
    ServiceHours.objects.filter(team=office).update(closes=at(20).time())
    assert look(at(16, 45)) == 0
