"""Somebody joins an agency by a command in a manager's name; its first manager, in nobody's."""

import io

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from agencies.models import AuditEvent, Membership, User
from agencies.roles import AgencyKind, Role
from tests.factories.agencies import AgencyFactory, MembershipFactory, TeamFactory
from tests.factories.world import make_world

EVE = ["--first-name", "Eve", "--last-name", "Example", "--email", "eve@trust.example"]


@pytest.fixture
def world(db):
    """Police, two trusts, an ambulance service and a stranger."""
    return db.scene("world", make_world)


@pytest.fixture
def boss(world):
    """A manager of the trust."""
    return MembershipFactory(team=world.teams["trust"], role=Role.MANAGER)


def join(username, role, agency, *words, by=None):
    said = io.StringIO()
    named = ["--by", by.user.username] if by else []
    call_command("join", username, role, "--agency", agency, *words, *named, stdout=said)
    return said.getvalue()


def test_somebody_new_joins_and_signs_in_once_they_have_a_password(world, boss):
    desk = world.teams["trust"]
    words = [*EVE, "--team", desk.code, "--phone", "07700 900222"]
    said = join("eve", "supervisor", world.trust.agency_code, *words, by=boss)
    assert f"eve is supervisor of {desk} now" in said
    assert "manage.py changepassword eve" in said
    held = Membership.objects.current().select_related("user").get(user__username="eve")
    assert (held.team, held.role, held.phone) == (desk, Role.SUPERVISOR, "07700 900222")
    assert (held.user.shown_name, held.user.email) == ("Eve Example", "eve@trust.example")
    assert not held.user.has_usable_password()
    held.user.set_password("a long sentence of hers")
    held.user.save()
    browser = Client()
    browser.post("/accounts/login/", {"username": "eve", "password": "a long sentence of hers"})
    assert browser.get("/", follow=True).redirect_chain[-1][0] == "/admin/", "the worklist of NHS staff"


def test_the_log_says_who_let_them_join(world, boss, in_role):
    join("eve", "worker", world.trust.agency_code, *EVE, by=boss)
    with in_role("worker"):
        line = AuditEvent.objects.get(action="membership.begun")
    assert (line.actor["membership_id"], line.agency_id) == (boss.pk, world.trust.agency_id)


def test_whoever_signs_in_already_joins_as_who_they_are(world, boss):
    constable = MembershipFactory(team=world.teams["police"])
    name = constable.user.username
    with pytest.raises(CommandError, match="already: leave name and e-mail out"):
        join(name, "liaison", world.trust.agency_code, *EVE, by=boss)
    assert "changepassword" not in join(name, "liaison", world.trust.agency_code, by=boss)
    assert Membership.objects.current().filter(user=constable.user).count() == 2
    assert User.objects.get(pk=constable.user_id).shown_name == constable.user.shown_name


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "is new: give a first and a last name"),
        ([*EVE[:4], "--email", "nowhere"], "valid email"),
        ([*EVE, "--team", "police-desk"], "does not work for that agency"),
        ([*EVE, "--team", "none"], "there is no team none"),
    ],
)
def test_what_makes_no_member_makes_no_user_either(world, boss, words, said):
    with pytest.raises(CommandError, match=said):
        join("eve", "worker", world.trust.agency_code, *words, by=boss)
    assert not User.objects.filter(username="eve").exists()


def test_only_who_runs_the_agency_lets_anybody_join(world, boss):
    nurse = MembershipFactory(team=world.teams["trust"])
    constable = MembershipFactory(team=world.teams["police"], role=Role.MANAGER)
    for by in (nurse, constable):
        with pytest.raises(CommandError, match="is no manager or director of"):
            join("eve", "worker", world.trust.agency_code, *EVE, by=by)
    with pytest.raises(CommandError, match="name one with --by"):
        join("eve", "worker", world.trust.agency_code, *EVE)
    with pytest.raises(CommandError, match="there is no agency none"):
        join("eve", "worker", "none", *EVE)


def test_the_first_manager_of_an_agency_is_let_in_by_whoever_operates_the_system(db):
    police = AgencyFactory(kind=AgencyKind.POLICE)
    TeamFactory(agency=police)
    join("eve", "manager", police.code, *EVE)
    assert not User.objects.get(username="eve").is_staff, "the police work in the tracker"
    with pytest.raises(CommandError, match="name one with --by"):
        join("ben", "manager", police.code, *EVE)
