"""A request is one transaction, for one agency, and undone when it fails."""

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from agencies.acting import RefusedUnnoticed, acting_for
from agencies.models import Agency, AuditEvent
from tests.agencies.site import agencies_of_the_transaction
from tests.factories.agencies import AccessTokenFactory, AgencyFactory, MembershipFactory


@pytest.fixture(autouse=True)
def site(settings):
    settings.ROOT_URLCONF = "tests.agencies.site"


@pytest.fixture
def visitor(signed_in):
    visitor = signed_in(MembershipFactory())
    visitor.raise_request_exception = False
    return visitor


@pytest.fixture
def written(lines):
    return lambda: [line.action for line in lines() if line.action == "written"]


def test_what_a_good_answer_wrote_is_committed(visitor, written):
    assert visitor.get("/write/201/").status_code == 201
    assert written() == ["written"]


@pytest.mark.parametrize("status", [400, 403, 404, 409, 412, 422, 500, 503])
def test_what_a_failing_answer_wrote_is_undone(status, visitor, written):
    assert visitor.get(f"/write/{status}/").status_code == status
    assert written() == []


def test_a_failing_answer_may_keep_what_it_wrote(visitor, written):
    assert visitor.get("/write/422/?keep").status_code == 422
    assert written() == ["written"]


def test_an_exception_undoes_everything(visitor, written):
    assert visitor.get("/explode/").status_code == 500
    assert written() == []


def test_a_refused_statement_that_a_view_swallowed_is_an_error_and_no_silent_loss(visitor, written):
    assert visitor.get("/swallow/").status_code == 500
    assert written() == []
    visitor.raise_request_exception = True
    with pytest.raises(RefusedUnnoticed):
        visitor.get("/swallow/")


def test_rows_read_while_a_page_is_rendered_are_seen(visitor):
    visitor.get("/write/200/")
    assert "written" in visitor.get("/later/").content.decode()


def test_nothing_of_the_agency_is_left_on_the_connection(visitor):
    assert visitor.get("/who/").json()["seen"]
    assert connection.connection is not None
    assert agencies_of_the_transaction() == ""
    assert not AuditEvent.objects.exists()


@pytest.mark.parametrize("address", ["/write/500/", "/explode/", "/swallow/", "/own/", "/nested/"])
def test_nothing_is_left_after_a_failure_either(address, visitor):
    AgencyFactory()
    visitor.get(address)
    assert agencies_of_the_transaction() == ""


def test_the_next_request_on_the_same_connection_sees_its_own_rows_only(visitor, signed_in, bearing):
    visitor.get("/write/200/")
    before = connection.connection
    stranger = signed_in(MembershipFactory())
    AccessTokenFactory(token="t")
    assert "written" not in stranger.get("/later/").content.decode()
    assert "written" not in bearing("t").get("/later/").content.decode()
    assert Client().get("/later/").content.decode() == ""
    assert connection.connection is before


def test_acting_for_another_agency_in_between_puts_the_first_one_back(signed_in):
    membership = MembershipFactory()
    other = AgencyFactory()
    answer = signed_in(membership).get("/nested/").json()
    assert answer == {"within": str(other.pk), "after": str(membership.agency_id)}


def test_a_failure_in_between_puts_the_first_one_back_too(db):
    ours, theirs = AgencyFactory(), AgencyFactory()

    def clash():
        with acting_for(theirs.pk):
            Agency.objects.filter(pk=ours.pk).update(code=theirs.code)

    with acting_for(ours.pk):
        with pytest.raises(IntegrityError):
            clash()
        assert agencies_of_the_transaction() == str(ours.pk)


def test_acting_for_nobody_in_an_outer_transaction_puts_nobody_back(db):
    agency = AgencyFactory()
    with transaction.atomic():
        with acting_for(agency.pk):
            assert agencies_of_the_transaction() == str(agency.pk)
        assert agencies_of_the_transaction() == ""


def test_a_view_with_its_own_transactions_gets_none_and_keeps_what_it_committed(visitor, written):
    answer = visitor.get("/own/")
    assert answer.status_code == 500
    assert not answer.json()["in_transaction"]
    assert written() == ["written"]


@pytest.mark.parametrize("address", ["/own-class/", "/own-api/"])
def test_a_class_can_say_so_too(address, visitor):
    answer = visitor.get(address)
    assert answer.status_code == 200
    assert not answer.json()["in_transaction"]


def test_an_address_that_leads_nowhere_is_a_404(visitor):
    assert visitor.get("/nowhere/").status_code == 404
