"""The admin looks, at the actor's own agency, and changes nothing."""

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from agencies import audit
from agencies.acting import acting_for
from agencies.admin import OVERSEERS
from agencies.models import Agency, ApiClient, AuditEvent, Membership, ShiftOverride, Team, User
from agencies.roles import Role
from tests.factories.agencies import (
    AgencyCodeFactory,
    ApiClientFactory,
    MembershipFactory,
    ServiceHoursFactory,
    ShiftOverrideFactory,
    TeamFactory,
    UserFactory,
    member_actor,
)

OWN = (Membership, ShiftOverride, User, ApiClient, AuditEvent)
DIRECTORY = (Agency, Team)


@pytest.fixture
def staff(db):
    return MembershipFactory(role=Role.AUDITOR, user__is_staff=True)


@pytest.fixture
def visitor(staff, signed_in):
    return signed_in(staff)


def furnish(membership):
    """One row of every kind in the member's agency."""
    ServiceHoursFactory(team=membership.team)
    AgencyCodeFactory(agency=membership.agency)
    with acting_for(membership.agency_id):
        audit.record(action="export", by=member_actor(membership))
        line = AuditEvent.objects.filter(action="export").first()
    client = ApiClientFactory(team=membership.team, client_secret="the-secret")
    return {
        Agency: membership.agency,
        Team: membership.team,
        Membership: membership,
        ShiftOverride: ShiftOverrideFactory(membership=membership, tier=Role.WORKER),
        User: membership.user,
        ApiClient: client,
        AuditEvent: line,
    }


def page(model, name="changelist", *args):
    return reverse(f"admin:agencies_{model._meta.model_name}_{name}", args=args)


@pytest.mark.parametrize("model", [*OWN, *DIRECTORY])
def test_every_list_search_and_page_shows_the_agencys_own_rows(model, staff, visitor):
    row = furnish(staff)[model]
    assert visitor.get(page(model)).status_code == 200
    assert visitor.get(page(model), {"q": "x"}).status_code == 200
    assert visitor.get(page(model, "change", row.pk)).status_code == 200


@pytest.mark.parametrize("model", OWN)
def test_another_agencys_rows_are_not_there(model, visitor):
    row = furnish(MembershipFactory())[model]
    assert row.pk not in {shown.pk for shown in visitor.get(page(model)).context["cl"].result_list}
    assert visitor.get(page(model, "change", row.pk)).status_code == 302
    assert visitor.get(page(model, "history", row.pk)).status_code == 302


@pytest.mark.parametrize("model", DIRECTORY)
def test_the_directory_is_everybodys(model, visitor):
    row = furnish(MembershipFactory())[model]
    assert visitor.get(page(model, "change", row.pk)).status_code == 200


@pytest.mark.parametrize("model", [*OWN, *DIRECTORY])
@pytest.mark.parametrize("superuser", [False, True])
def test_nothing_can_be_added_changed_or_deleted_even_by_a_superuser(model, superuser, staff, visitor):
    User.objects.filter(pk=staff.user_id).update(is_superuser=superuser)
    row = furnish(staff)[model]
    assert visitor.get(page(model, "add")).status_code == 403
    assert visitor.post(page(model, "add"), {}).status_code == 403
    assert visitor.post(page(model, "change", row.pk), {"name": "changed"}).status_code == 403
    assert visitor.get(page(model, "delete", row.pk)).status_code == 403
    assert visitor.post(page(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    delete = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    visitor.post(page(model), delete)
    assert type(row)._base_manager.filter(pk=row.pk).exists() or model is AuditEvent


def test_no_page_shows_a_password_or_a_secret(staff, visitor):
    rows = furnish(staff)
    shown = "".join(
        visitor.get(address).content.decode()
        for model, row in rows.items()
        for address in (page(model), page(model, "change", row.pk))
    )
    assert staff.user.username in shown
    assert rows[ApiClient].client_id in shown
    assert User.objects.get(pk=staff.user_id).password not in shown
    assert ApiClient.objects.get().client_secret not in shown
    assert "the-secret" not in shown


@pytest.mark.parametrize(
    ("model", "asker", "field"), [(User, "membership", "user"), (Membership, "shift", "membership")]
)
def test_an_autocompletion_offers_only_the_agencys_own(model, asker, field, staff, visitor):
    furnish(MembershipFactory())
    own = {User: staff.user, Membership: staff}[model]
    asked = {"app_label": "agencies", "model_name": asker, "field_name": field, "term": ""}
    offered = visitor.get(reverse("admin:autocomplete"), asked).json()
    assert [row["id"] for row in offered["results"]] == [str(own.pk)]


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("model", [ApiClient, AuditEvent])
def test_programs_and_the_log_are_for_those_who_oversee(role, model, signed_in):
    visitor = signed_in(MembershipFactory(role=role, user__is_staff=True))
    assert visitor.get(page(model)).status_code == (200 if role in OVERSEERS else 403)


@pytest.mark.parametrize("model", [*OWN, *DIRECTORY])
def test_a_superuser_who_acts_for_no_agency_sees_nothing(model, db):
    client = Client()
    client.force_login(
        UserFactory(is_staff=True, is_superuser=True), "django.contrib.auth.backends.ModelBackend"
    )
    assert client.get(page(model)).status_code == 403


def test_the_libraries_own_pages_are_gone():
    libraries = {"auth", "oauth2_provider", "axes"}
    assert not libraries & {model._meta.app_label for model in admin.site._registry}


@pytest.mark.parametrize(
    ("model", "queries"),
    [(Agency, 2), (Team, 2), (Membership, 2), (ShiftOverride, 2), (User, 2), (ApiClient, 2), (AuditEvent, 2)],
)
@pytest.mark.parametrize("many", [1, 10])
def test_a_list_costs_the_same_for_any_number_of_rows(
    model, queries, many, staff, visitor, django_assert_num_queries
):
    for _ in range(many):
        furnish(MembershipFactory(team=TeamFactory(agency=staff.agency)))
    visitor.get(page(model))  # the first one of a session also writes it
    around = 7  # session, user, memberships, the engine's last heartbeat, the transaction
    with django_assert_num_queries(around + queries):
        visitor.get(page(model))
