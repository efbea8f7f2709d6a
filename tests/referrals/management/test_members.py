"""A member leaves, or becomes something else, by a command in a manager's name."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from agencies import rostering
from agencies.acting import acting_for
from agencies.models import AuditEvent, Membership
from agencies.roles import Role
from referrals.domain.referral import State
from referrals.models import Referral
from tests.factories.agencies import AccessTokenFactory, MembershipFactory, member_actor
from tests.factories.world import make_world, move, referral_at


@pytest.fixture
def world(db):
    """Police, two trusts, an ambulance service and a stranger."""
    return db.scene("world", make_world)


@pytest.fixture
def boss(world):
    """A manager of the trust."""
    return MembershipFactory(team=world.teams["trust"], role=Role.MANAGER)


@pytest.fixture
def amy(world):
    """A supervisor of the trust, who is signed in, holds a referral, and shares the rota."""
    return MembershipFactory(team=world.teams["trust"], role=Role.SUPERVISOR)


@pytest.fixture
def told(world, boss):
    """``told(command, member, …)``: what a command about a member of the trust says."""

    def run(command, member, *words, by=boss):
        said = io.StringIO()
        named = ["--agency", world.trust.agency_code, "--by", by.user.username]
        call_command(command, member.user.username, *words, *named, stdout=said)
        return said.getvalue()

    return run


def is_signed_in(browser):
    browser.get("/health/live/")  # a session that no longer holds is emptied when it is next used
    return "_auth_user_id" in browser.session


def asks(address, **headers):
    """What a program that remembers nothing is answered."""
    return Client(headers=headers).get(address).status_code


def test_of_whoever_left_session_token_and_rota_are_dead_and_the_work_is_the_teams(world, amy, told):
    browser = Client()
    browser.force_login(amy.user, "django.contrib.auth.backends.ModelBackend")
    bearer = {"authorization": f"Bearer {AccessTokenFactory(user=amy.user).token}"}
    held = move(member_actor(amy), referral_at(State.SENT, world), "acknowledge")
    with acting_for(amy.agency_id):
        calendar = reverse("tracker:rota-feed", args=[rostering.share(by=member_actor(amy)).token])
    assert (is_signed_in(browser), asks("/api/v1/teams/", **bearer), asks(calendar)) == (True, 200, 200)

    assert f"{amy.user.username} is no longer supervisor of" in told("leave", amy)

    assert (is_signed_in(browser), asks("/api/v1/teams/", **bearer), asks(calendar)) == (False, 401, 404)
    with acting_for(amy.agency_id):
        assert Referral.objects.get(pk=held.pk).held_by is None


def test_the_log_says_who_ended_it(amy, boss, told, in_role):
    told("leave", amy)
    with in_role("worker"):
        line = AuditEvent.objects.get(action="membership.ended")
    assert line.actor["membership_id"] == boss.pk


def test_whoever_is_in_two_teams_may_leave_one(world, amy, told):
    other = MembershipFactory(user=amy.user, team=None, agency=amy.agency, role=Role.LIAISON)
    told("leave", amy, "--team", world.teams["trust"].code)
    assert list(Membership.objects.current().filter(user=amy.user)) == [other]


def test_without_a_team_all_of_them_end(amy, told):
    MembershipFactory(user=amy.user, team=None, agency=amy.agency, role=Role.LIAISON)
    told("leave", amy)
    assert not Membership.objects.current().filter(user=amy.user).exists()


@pytest.mark.parametrize("words", [["leave"], ["change_role", "worker"]])
def test_only_who_runs_the_agency_says_so(words, amy, told, world):
    command, *role = words
    nurse = MembershipFactory(team=world.teams["trust"])
    constable = MembershipFactory(team=world.teams["police"], role=Role.MANAGER)
    for by in (nurse, constable):
        with pytest.raises(CommandError, match="is no manager or director of"):
            told(command, amy, *role, by=by)
    assert Membership.objects.current().get(pk=amy.pk).role == Role.SUPERVISOR


def test_nobody_leaves_twice(amy, told):
    told("leave", amy)
    with pytest.raises(CommandError, match="is no member of"):
        told("leave", amy)


def test_a_member_becomes_something_else(amy, told):
    assert "was supervisor of" in told("change_role", amy, "worker")
    assert Membership.objects.get(pk=amy.pk).role == Role.WORKER


def test_of_several_teams_the_one_is_named(world, amy, told):
    MembershipFactory(user=amy.user, team=None, agency=amy.agency, role=Role.LIAISON)
    with pytest.raises(CommandError, match="name one with --team"):
        told("change_role", amy, "worker")
    told("change_role", amy, "worker", "--team", world.teams["trust"].code)
    assert Membership.objects.get(pk=amy.pk).role == Role.WORKER
