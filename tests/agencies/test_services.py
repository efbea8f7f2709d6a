"""Join and leave, change role; give a program access and take it back."""

import pytest
from oauth2_provider.models import AccessToken

from agencies import rostering, services
from agencies.acting import acting_for
from agencies.models import ApiClient, Membership
from agencies.roles import Role
from agencies.services import Refused
from tests.factories.agencies import (
    AccessTokenFactory,
    AgencyFactory,
    ApiClientFactory,
    MembershipFactory,
    TeamFactory,
    UserFactory,
    client_actor,
    member_actor,
)

CANNOT_DECIDE = [Role.WORKER, Role.SUPERVISOR, Role.LIAISON, Role.AUDITOR]


@pytest.fixture
def manager(db):
    return MembershipFactory(role=Role.MANAGER)


@pytest.fixture
def by(manager):
    return member_actor(manager)


@pytest.fixture
def acting(by):
    """Runs a service as the manager's request would."""

    def run(service, **asked):
        with acting_for(by.agency_id):
            return service(by=by, **asked)

    return run


@pytest.fixture
def colleague(manager):
    return MembershipFactory(team=manager.team)


def join(manager, **fields):
    return {
        "user": UserFactory(),
        "agency_id": manager.agency_id,
        "team_id": manager.team_id,
        "role": Role.WORKER,
        **fields,
    }


def test_who_joins_is_a_member_from_now_on_and_it_is_recorded(acting, manager, lines):
    membership = acting(services.join, **join(manager, role=Role.SUPERVISOR, phone="07700 900111"))
    assert Membership.objects.current().filter(pk=membership.pk).exists()
    line = lines()[-1]
    assert (line.action, line.target_id) == ("membership.begun", str(membership.pk))
    assert line.data == {"team_id": manager.team_id, "role": "supervisor"}
    assert line.actor["membership_id"] == manager.pk
    assert line.agency_id == manager.agency_id


def test_nobody_is_twice_in_one_team(acting, manager, colleague, lines):
    with pytest.raises(Refused, match="already"):
        acting(services.join, **join(manager, user=colleague.user))
    assert lines() == []


def test_nobody_is_twice_in_an_agency_at_large(acting, manager):
    asked = join(manager, team_id=None, role=Role.AUDITOR)
    acting(services.join, **asked)
    with pytest.raises(Refused, match="already"):
        acting(services.join, **asked)


def test_who_has_left_may_join_again(acting, manager, colleague):
    acting(services.leave, membership_id=colleague.pk)
    acting(services.join, **join(manager, user=colleague.user))
    assert Membership.objects.current().filter(user=colleague.user).count() == 1


def test_a_team_takes_members_of_agencies_that_it_serves_and_no_others(acting, manager):
    shared = TeamFactory(agency=AgencyFactory())
    with pytest.raises(Refused, match="does not work for"):
        acting(services.join, **join(manager, team_id=shared.pk))
    shared.serves.add(manager.agency)
    assert acting(services.join, **join(manager, team_id=shared.pk)).team == shared


def test_leaving_ends_the_membership_the_sessions_and_the_persons_tokens(acting, colleague, signed_in, lines):
    browsers = [signed_in(colleague), signed_in(colleague)]
    AccessTokenFactory(user=colleague.user)
    others = AccessTokenFactory()
    left = acting(services.leave, membership_id=colleague.pk)
    assert left.until is not None
    assert not Membership.objects.current().filter(pk=colleague.pk).exists()
    assert all("_auth_user_id" not in session_of(browser) for browser in browsers)
    assert list(AccessToken.objects.all()) == [others]
    assert lines()[-1].action == "membership.ended"


def session_of(browser):
    browser.get("/health/live/")  # a session that no longer holds is emptied when it is next used
    return browser.session


def test_leaving_ends_nobody_elses_session(acting, colleague, manager, signed_in):
    browser = signed_in(manager)
    acting(services.leave, membership_id=colleague.pk)
    assert "_auth_user_id" in session_of(browser)


def test_leaving_one_membership_leaves_the_others(acting, colleague):
    other = MembershipFactory(user=colleague.user)
    acting(services.leave, membership_id=colleague.pk)
    assert list(Membership.objects.current().filter(user=colleague.user)) == [other]


def test_a_rota_that_the_leaver_shared_is_read_no_more_and_others_are(acting, by, colleague):
    Membership.objects.filter(pk=colleague.pk).update(role=Role.SUPERVISOR)
    colleague.refresh_from_db()
    with acting_for(by.agency_id):
        theirs, kept = (rostering.share(by=who) for who in (member_actor(colleague), by))
    acting(services.leave, membership_id=colleague.pk)
    assert rostering.shared_with(theirs.token) is None
    assert rostering.shared_with(kept.token) == kept.feed


def test_nobody_leaves_twice(acting, colleague):
    acting(services.leave, membership_id=colleague.pk)
    with pytest.raises(Refused, match="has ended"):
        acting(services.leave, membership_id=colleague.pk)
    with pytest.raises(Refused, match="has ended"):
        acting(services.change_role, membership_id=colleague.pk, role=Role.DIRECTOR)


def test_of_two_who_end_a_membership_at_once_one_is_told_that_it_has_ended(by, colleague, race, lines):
    def leave():
        with acting_for(by.agency_id):
            services.leave(membership_id=colleague.pk, by=by)

    outcomes = race(leave, leave)
    assert sorted(outcome.won for outcome in outcomes) == [False, True]
    assert all(isinstance(outcome.error, Refused) for outcome in outcomes if not outcome.won)
    assert [line.action for line in lines()] == ["membership.ended"]


def test_a_change_of_role_is_recorded_with_what_was_before(acting, colleague, lines):
    acting(services.change_role, membership_id=colleague.pk, role=Role.SUPERVISOR)
    colleague.refresh_from_db()
    assert colleague.role == Role.SUPERVISOR
    assert lines()[-1].data == {"before": "worker", "role": "supervisor"}


def test_a_new_client_is_recorded_without_its_secret(acting, manager, lines):
    new = acting(
        services.create_client,
        name="Ward system",
        agency_id=manager.agency_id,
        team_id=manager.team_id,
        scopes=["events:read", "cases:read"],
    )
    assert len(new.secret) > 60
    line = lines()[-1]
    assert line.data == {"name": "Ward system", "scopes": ["cases:read", "events:read"]}
    assert new.secret not in str((line.data, line.actor, line.target_id))


def test_a_client_gets_no_scope_that_does_not_exist(acting, manager):
    with pytest.raises(Refused, match="no such scope: everything"):
        acting(
            services.create_client,
            name="Greedy",
            agency_id=manager.agency_id,
            team_id=None,
            scopes=["cases:read", "everything"],
        )
    assert not ApiClient.objects.exists()


def test_a_revoked_client_is_recorded_and_cannot_be_revoked_again(acting, manager, lines):
    token = AccessTokenFactory(application=ApiClientFactory(team=manager.team))
    assert acting(services.revoke_client, client_id=token.application_id).revoked_at is not None
    assert not AccessToken.objects.exists()
    assert lines()[-1].action == "client.revoked"
    with pytest.raises(Refused, match="revoked before"):
        acting(services.revoke_client, client_id=token.application_id)


def every_service(manager, colleague):
    client = ApiClientFactory(team=manager.team)
    new = {"name": "New", "agency_id": manager.agency_id, "team_id": None, "scopes": []}
    return [
        (services.join, join(manager)),
        (services.leave, {"membership_id": colleague.pk}),
        (services.change_role, {"membership_id": colleague.pk, "role": Role.DIRECTOR}),
        (services.create_client, new),
        (services.revoke_client, {"client_id": client.pk}),
    ]


@pytest.mark.parametrize("role", CANNOT_DECIDE)
def test_only_who_runs_the_agency_decides(role, manager, colleague, lines):
    actor = member_actor(MembershipFactory(team=manager.team, role=role))
    for service, asked in every_service(manager, colleague):
        with pytest.raises(Refused, match="only a manager or director"):
            service(by=actor, **asked)
    assert lines() == []


def test_who_runs_another_agency_decides_nothing_here(manager, colleague, lines):
    actor = member_actor(MembershipFactory(role=Role.DIRECTOR))
    for service, asked in every_service(manager, colleague):
        with pytest.raises(Refused, match="only a manager or director"):
            service(by=actor, **asked)
    assert lines() == []


def test_a_program_decides_nothing_by_itself(manager, colleague):
    actor = client_actor(ApiClientFactory(team=manager.team))
    with pytest.raises(Refused, match="only a manager or director"):
        services.leave(membership_id=colleague.pk, by=actor)


@pytest.mark.parametrize("role", [Role.MANAGER, Role.DIRECTOR])
def test_managers_and_directors_decide(role, manager, colleague):
    actor = member_actor(MembershipFactory(team=manager.team, role=role))
    for service, asked in every_service(manager, MembershipFactory(team=manager.team)):
        if service is not services.change_role:  # that member has just left
            with acting_for(actor.agency_id):
                service(by=actor, **asked)


def test_whoever_operates_the_system_decides_too(colleague, in_role, lines):
    with in_role("worker"):
        services.change_role(membership_id=colleague.pk, role=Role.MANAGER, by=None)
    assert lines()[-1].actor is None
