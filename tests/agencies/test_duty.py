"""Who answers for a team at a moment: somebody, always."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError

from agencies.duty import Answer, Recipient, answering
from agencies.models import Shift, Team
from agencies.roles import TIERS, Role
from tests.factories.agencies import (
    AgencyFactory,
    MembershipFactory,
    ServiceHoursFactory,
    ShiftFactory,
    TeamFactory,
)

# A Tuesday, in winter, so that London's clocks show UTC.
NOW = datetime(2026, 1, 13, 22, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
TONIGHT = (NOW - HOUR, NOW + HOUR)


@pytest.fixture
def team(db):
    return TeamFactory()


@pytest.fixture
def closed(db):
    """A team that works on Mondays only."""
    return ServiceHoursFactory().team


def answer(team, tier=Role.SUPERVISOR, at=NOW):
    return answering({(team.pk, tier)}, at)[team.pk, tier]


def told(*members):
    return tuple(Recipient(m.agency_id, m.pk, m.user_id, m.user.shown_name, m.role) for m in members)


def duty_contact(team):
    return Answer((Recipient(team.agency_id, None, None, "Duty Contact", "duty contact"),), gap=True)


def supervisor(team, **fields):
    return MembershipFactory(team=team, role=Role.SUPERVISOR, **fields)


def test_whoever_is_on_call_answers_and_those_off_duty_are_left_alone(team):
    off_duty, on_call = supervisor(team), supervisor(team)
    ShiftFactory(membership=on_call, during=TONIGHT)
    assert answer(team) == Answer(told(on_call), gap=False)
    assert off_duty.pk not in {r.membership_id for r in answer(team).recipients}


def test_several_on_call_together_are_all_told(team):
    both = [supervisor(team), supervisor(team)]
    for member in both:
        ShiftFactory(membership=member, during=TONIGHT)
    assert answer(team).recipients == told(*both)


def test_somebody_on_call_twice_is_told_once(team):
    member = supervisor(team)
    ShiftFactory(membership=member, during=TONIGHT)
    ShiftFactory(membership=member, during=TONIGHT, team=TeamFactory())
    assert answer(team).recipients == told(member)


def test_a_shift_begins_on_its_instant_and_is_over_on_its_last(team):
    early, late = supervisor(team), supervisor(team)
    ShiftFactory(membership=early, during=(NOW - HOUR, NOW))
    ShiftFactory(membership=late, during=(NOW, NOW + HOUR))
    assert answer(team, at=NOW - timedelta(microseconds=1)).recipients == told(early)
    assert answer(team, at=NOW).recipients == told(late)


def test_with_nobody_on_call_the_members_at_that_tier_answer(team):
    members = [supervisor(team), supervisor(team)]
    MembershipFactory(team=team, role=Role.WORKER)
    MembershipFactory(team=team, role=Role.MANAGER)
    assert answer(team) == Answer(told(*members), gap=False)


@pytest.mark.parametrize("tier", TIERS)
def test_every_tier_has_its_own_members(tier, team):
    members = {each: MembershipFactory(team=team, role=each) for each in TIERS}
    assert answer(team, tier) == Answer(told(members[tier]), gap=False)


@pytest.mark.parametrize(
    ("asked", "found"), [(a, f) for a in TIERS for f in TIERS if TIERS.index(f) > TIERS.index(a)]
)
def test_with_nobody_at_a_tier_the_next_that_has_somebody_answers_and_it_is_a_gap(asked, found, team):
    member = MembershipFactory(team=team, role=found)
    assert answer(team, asked) == Answer(told(member), gap=True)


def test_it_is_told_who_comes_next(team):
    first, boss = supervisor(team), MembershipFactory(team=team, role=Role.DIRECTOR)
    assert answer(team).then == told(boss)
    assert answer(team, Role.DIRECTOR).then == duty_contact(team).recipients
    ShiftFactory(membership=first, tier=Role.DIRECTOR, during=TONIGHT)
    assert answer(team).then == duty_contact(team).recipients, "nobody comes after themselves"
    assert answer(TeamFactory()).then == ()


def test_nobody_below_the_tier_is_ever_told_in_its_stead(team):
    MembershipFactory(team=team, role=Role.WORKER)
    assert answer(team, Role.DIRECTOR) == duty_contact(team)


@pytest.mark.parametrize("beside", [Role.LIAISON, Role.AUDITOR])
def test_beside_the_ladder_a_supervisor_comes_next(beside, team):
    boss = supervisor(team)
    assert answer(team, beside) == Answer(told(boss), gap=True)
    own = MembershipFactory(team=team, role=beside)
    assert answer(team, beside) == Answer(told(own), gap=False)


def test_with_nobody_at_all_the_fallback_team_answers_and_it_is_a_gap(team):
    standing_in = supervisor(TeamFactory())
    Team.objects.filter(pk=team.pk).update(fallback=standing_in.team)
    assert answer(team) == Answer(told(standing_in), gap=True)


def test_the_fallback_of_a_fallback_answers_when_that_is_empty_too(team):
    standing_in = supervisor(TeamFactory())
    between = TeamFactory(fallback=standing_in.team)
    Team.objects.filter(pk=team.pk).update(fallback=between)
    assert answer(team) == Answer(told(standing_in), gap=True)


def test_the_teams_own_higher_tiers_come_before_the_fallback_team(team):
    director = MembershipFactory(team=team, role=Role.DIRECTOR)
    Team.objects.filter(pk=team.pk).update(fallback=supervisor(TeamFactory()).team)
    assert answer(team).recipients == told(director)


def test_teams_that_fall_back_on_one_another_end_with_the_duty_contact(team):
    other = TeamFactory(fallback=team)
    Team.objects.filter(pk=team.pk).update(fallback=other)
    assert answer(team) == duty_contact(team)
    assert answer(other) == duty_contact(other)


def test_with_nobody_anywhere_the_agencys_duty_contact_answers(team):
    assert answer(team) == duty_contact(team)


def test_the_members_of_a_closed_team_are_not_there(closed):
    supervisor(closed)
    assert answer(closed) == duty_contact(closed)


def test_a_closed_team_has_its_fallback_answer(closed):
    supervisor(closed)
    standing_in = supervisor(TeamFactory())
    Team.objects.filter(pk=closed.pk).update(fallback=standing_in.team)
    assert answer(closed) == Answer(told(standing_in), gap=True)


def test_whoever_is_on_call_answers_for_a_closed_team_too(closed):
    on_call = supervisor(closed)
    ShiftFactory(membership=on_call, during=TONIGHT)
    assert answer(closed) == Answer(told(on_call), gap=False)


@pytest.mark.parametrize(
    "gone",
    [{"until": NOW}, {"since": NOW + HOUR}, {"user__is_active": False}],
    ids=["left", "to come", "locked"],
)
def test_nobody_who_left_or_is_to_come_answers_even_if_on_the_rota(gone, team):
    member = supervisor(team, **gone)
    assert answer(team) == duty_contact(team)
    ShiftFactory(membership=member, during=TONIGHT)
    assert answer(team) == duty_contact(team)


def test_whoever_covers_from_another_agency_answers_with_their_own(team):
    cover = supervisor(TeamFactory(agency=AgencyFactory()))
    ShiftFactory(membership=cover, team=team, during=TONIGHT)
    assert answer(team).recipients == told(cover)
    assert answer(team).recipients[0].agency_id == cover.agency_id != team.agency_id


def test_one_person_may_be_on_call_at_a_tier_that_is_not_their_role(team):
    worker = MembershipFactory(team=team)
    ShiftFactory(membership=worker, tier=Role.MANAGER, during=TONIGHT)
    assert answer(team, Role.MANAGER) == Answer(told(worker), gap=False)


def test_nothing_asked_is_nothing_answered(db):
    assert answering(set(), NOW) == {}


@pytest.mark.parametrize("many", [1, 20])
def test_six_queries_answer_for_any_number_of_teams(many, db, django_assert_num_queries):
    teams = [TeamFactory(fallback=TeamFactory()) for _ in range(many)]
    for number, each in enumerate(teams):
        ServiceHoursFactory(team=each)
        member = supervisor(each if number % 2 else each.fallback)
        ShiftFactory(membership=member, during=TONIGHT)
    pairs = {(each.pk, tier) for each in teams for tier in TIERS}
    with django_assert_num_queries(6):
        assert set(answering(pairs, NOW)) == pairs


def test_the_database_refuses_the_same_shift_twice(team):
    member = supervisor(team)
    ShiftFactory(membership=member, during=TONIGHT)
    with pytest.raises(IntegrityError, match="shift_of_a_member_does_not_overlap_itself"):
        ShiftFactory(membership=member, during=(NOW, NOW + 2 * HOUR))


@pytest.mark.parametrize("during", [(None, NOW), (NOW, None), (NOW, NOW)])
def test_the_database_refuses_a_shift_without_beginning_or_end(during, team):
    with pytest.raises(IntegrityError, match="shift_begins_and_ends"):
        ShiftFactory(membership=supervisor(team), during=during)
    assert not Shift.objects.exists()
