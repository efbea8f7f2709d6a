"""Hours and stand-ins that change under what waits: its closing-time clock and who answers follow."""

from datetime import time

import pytest

from agencies.acting import acting_for
from agencies.desks import Span
from agencies.models import Team
from agencies.roles import Role
from agencies.services import Refused
from referrals.management.demo import past
from referrals.models import Clock
from referrals.services import desks
from tests.factories.agencies import MembershipFactory, TeamFactory
from tests.factories.world import act, move
from tests.referrals.services.test_closing import answering, ask, at, events, look, night, office, told

__all__ = ["ask", "look", "night", "office"]

LATER = [Span(day, time(9), time(19)) for day in range(5)]
SHUT_EARLY = [Span(day, time(9), time(16)) for day in range(5)]


def change(world, team, hours=(), *, always=False, when=(16, 20)):
    with past.at(at(*when)):
        return act(world.trust, desks.set_hours, team_id=team.pk, hours=list(hours), always=always,
                   closed_on_bank_holidays=False)  # fmt: skip


def stand_in(world, team, other, when=(16, 20)):
    with past.at(at(*when)):
        return act(world.trust, desks.set_fallback, team_id=team.pk, fallback_id=other and other.pk)


def turns(world, referral):
    """When its running closing-time clocks end."""
    with acting_for(world.police.agency_id):
        clocks = Clock.objects.running().filter(referral=referral, kind="handover")
        return [each.target_at for each in clocks]


def test_the_closing_time_clock_follows_the_new_hours(world, office, night, ask, look):
    sent = ask(16, 10)
    assert turns(world, sent) == [at(17)]
    assert change(world, office, LATER) is True
    assert turns(world, sent) == [at(19)]
    look(at(17))
    assert told(world, "trust", "referral.handed_over") == []
    look(at(18, 30))
    assert {each.team_id for each in told(world, "trust", "handover.coming")} == {night.pk}
    look(at(19))
    assert answering(world, sent) == night.pk


def test_hours_that_have_just_ended_hand_it_over_at_once(world, office, night, ask):
    sent = ask(16, 10)
    change(world, office, SHUT_EARLY)
    assert answering(world, sent) == night.pk
    assert [each["team"] for each in events(world, sent, "referral.handed_over")] == ["night-desk"]
    assert [each.team_id for each in told(world, "trust", "referral.handed_over")] == [night.pk]
    assert turns(world, sent) == [at(9, days=3)]


def test_where_nobody_answers_any_more_the_sender_is_told_at_once(world, office, ask):
    sent = ask(16, 10)
    change(world, office, SHUT_EARLY)
    (word,) = told(world, "police", "handover.nobody")
    assert word.data["phone"] == office.agency.phone
    assert len(events(world, sent, "referral.unanswered")) == 1
    stand_in(world, office, None)
    assert len(told(world, "police", "handover.nobody")) == 1, "once"


def test_a_desk_that_is_open_day_and_night_from_now_on_has_no_clock(world, office, night, ask):
    sent = ask(16, 10)
    change(world, office, SHUT_EARLY)
    change(world, office, always=True)
    assert (turns(world, sent), answering(world, sent)) == ([], None)
    assert [each["team"] for each in events(world, sent, "referral.handed_over")][-1] == office.code


def test_a_desk_that_was_always_open_and_is_no_more_gets_its_clock(world, office, night, ask):
    Team.objects.filter(pk=office.pk).update(always_open=True)
    sent = ask(16, 10)
    assert turns(world, sent) == []
    change(world, Team.objects.get(pk=office.pk), LATER)
    assert turns(world, sent) == [at(19)]


def test_what_was_accepted_follows_and_what_has_ended_does_not(world, office, night, ask):
    held, ended = ask(16, 10), ask(16, 10)
    with past.at(at(16, 15)):
        move(world.trust, held, "accept")
        move(world.police, ended, "cancel")
    change(world, office, LATER)
    assert (turns(world, held), turns(world, ended)) == ([at(19)], [])


def test_another_stand_in_answers_from_now_on(world, office, night, ask):
    sent = ask(16, 10)
    change(world, office, SHUT_EARLY)
    other = TeamFactory(code="other-night", agency=office.agency)
    assert stand_in(world, office, other, (16, 25)) is True
    assert answering(world, sent) == other.pk
    assert [each.team_id for each in told(world, "trust", "referral.handed_over")] == [night.pk, other.pk]


def test_the_stand_ins_own_hours_count_for_what_waits_at_the_desk_before_it(world, office, night, ask):
    sent = ask(16, 10)
    change(world, office, SHUT_EARLY)
    assert answering(world, sent) == night.pk
    change(world, night, [Span(5, time(9), time(17))], when=(16, 25))
    assert answering(world, sent) is None
    assert turns(world, sent) == [at(9, days=1)]
    assert len(told(world, "police", "handover.nobody")) == 1


def test_what_is_refused_plans_nothing_anew(world, office, ask):
    sent = ask(16, 10)
    with pytest.raises(Refused):
        change(world, office, [])
    assert turns(world, sent) == [at(17)]


def test_when_nobody_answers_is_said_in_the_rotas_words(world, office, in_role):
    now = at(16, 20)
    found = desks.nobody(office.pk, world.trust, now)
    assert found[0] == f"Friday 21 November 17:00 to Monday 09:00: nobody at tier 1 (worker) of {office.name}"
    night = TeamFactory(code="night-desk", agency=office.agency)
    assert desks.nobody(office.pk, world.trust, now, fallback=night.pk, change=True) == found, "no member"
    MembershipFactory(team=night, role=Role.WORKER)
    assert desks.nobody(office.pk, world.trust, now, fallback=night.pk, change=True) == []
    assert desks.nobody(office.pk, world.trust, now) == found


def test_what_was_declined_waits_at_no_desk(world, office, ask):
    sent = ask(16, 10)
    with past.at(at(16, 15)):
        move(world.trust, sent, "decline")
    change(world, office, LATER)
    assert turns(world, sent) == []
