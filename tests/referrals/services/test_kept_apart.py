"""Trial runs and real work are kept apart: neither asks the other, by name, by place or by standing in."""

import pytest
from django.core.exceptions import ValidationError

from agencies.models import Agency, Team
from agencies.roles import AgencyKind, TeamKind
from referrals.domain.errors import Invalid
from referrals.domain.referral import State
from referrals.models.keys import instant
from referrals.screens.forms import TeamField
from referrals.services import missing, routing
from tests.factories.agencies import AgencyFactory, TeamFactory
from tests.factories.world import act, move, referral_at

AREA = "SE1"


@pytest.fixture(params=["police", "trust"], ids=["a trial asks", "a trial is asked"])
def mixed(request, world):
    """One of the two that work together is a sandbox; both know where the other is."""
    Team.objects.filter(pk=world.teams["trust"].pk).update(areas=[AREA])
    Agency.objects.filter(code=request.param).update(sandbox=True)
    for name in ("police", "trust"):
        world.teams[name] = Team.objects.select_related("agency").get(pk=world.teams[name].pk)
    return world


def test_a_real_desk_and_a_trial_one_ask_nothing_of_each_other(mixed):
    with pytest.raises(Invalid, match="desk for trial runs") as refused:
        referral_at(State.SENT, mixed)
    assert set(refused.value.errors) == {"/to_team"}


def test_nor_pass_anything_on(world):
    held = referral_at(State.ACCEPTED, world)
    Agency.objects.filter(code="other-trust").update(sandbox=True)
    with pytest.raises(Invalid, match="desk for trial runs"):
        move(world.trust, held, "redirect", to_team=Team.objects.get(code="other-trust-desk"))


def test_a_place_leads_to_nobody_on_the_other_side(mixed):
    with pytest.raises(Invalid, match="no team covers SE1"):
        act(mixed.police, routing.route, area=AREA, category="concern_for_welfare")


def test_two_sandboxes_find_each_other_by_place(mixed):
    Agency.objects.filter(code__in=["police", "trust"]).update(sandbox=True)
    team, _ = act(mixed.police, routing.route, area=AREA, category="concern_for_welfare")
    assert team == mixed.teams["trust"]
    assert referral_at(State.SENT, mixed, to_team=team).state == State.SENT


def test_what_is_named_instead_and_what_is_listed_is_on_the_same_side(mixed):
    desk = mixed.teams["trust"]
    beside = routing.open_beside(mixed.teams["ambulance"], mixed.police, instant(), set())
    assert desk not in beside
    listed = {code for _, group in TeamField(mixed.police, "Which")._choices[1:] for code, _ in group}
    assert str(desk.pk) not in listed
    assert str(mixed.teams["police"].pk) in listed


def test_a_ward_of_trials_reports_to_police_of_trials_and_no_other_does(world):
    trial = AgencyFactory(code="trial-police", kind=AgencyKind.POLICE, sandbox=True)
    room = TeamFactory(agency=trial, kind=TeamKind.CONTROL_ROOM, code="trial-room")
    assert missing.police_for(world.teams["trust"]) == world.teams["police"]
    Agency.objects.filter(code="trust").update(sandbox=True)
    assert missing.police_for(Team.objects.get(pk=world.teams["trust"].pk)) == room


def test_neither_stands_in_for_the_other(mixed):
    desk = mixed.teams["trust"]
    desk.fallback = mixed.teams["police"]
    with pytest.raises(ValidationError, match="do not stand in for each other"):
        desk.clean()
