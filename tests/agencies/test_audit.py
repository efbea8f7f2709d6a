"""The audit log: append-only, and its own agency's, in the database itself."""

import psycopg
import pytest
from django.db import connection

from agencies import audit
from agencies.acting import acting_for
from agencies.models import AuditEvent
from tests.factories.agencies import AgencyFactory, MembershipFactory, member_actor

CHANGES = (
    "update agencies_auditevent set action = 'nothing'",
    "delete from agencies_auditevent",
    "truncate agencies_auditevent",
)


@pytest.fixture
def ours(db):
    return MembershipFactory()


@pytest.fixture
def theirs(db):
    return MembershipFactory()


@pytest.fixture
def line(ours):
    with acting_for(ours.agency_id):
        audit.record(action="export", by=member_actor(ours), target_label="case", target_id=7)
    return ours


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("role", ["as_web", "as_worker"])
def test_neither_web_nor_worker_may_change_a_line(change, role, line, request):
    raw = request.getfixturevalue(role)
    raw.execute("select set_config('app.agency_ids', %s, true)", [str(line.agency_id)])
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        raw.execute(change)


@pytest.mark.parametrize("change", CHANGES)
def test_not_even_the_owner_changes_a_line(change, line, as_owner):
    with pytest.raises(psycopg.errors.RestrictViolation, match="append-only"):
        as_owner.execute(change)


@pytest.mark.parametrize("change", CHANGES)
def test_without_its_triggers_the_owner_could(change, line, as_owner):
    as_owner.execute("alter table agencies_auditevent disable trigger user")
    as_owner.execute(change)
    assert as_owner.execute("select from agencies_auditevent where action = 'export'").rowcount == 0


def test_a_line_says_who_what_and_when(line):
    with acting_for(line.agency_id):
        found = AuditEvent.objects.get()
    assert (found.action, found.target_label, found.target_id) == ("export", "case", "7")
    assert found.actor["name"] == line.user.shown_name
    assert found.recorded_at is not None


def test_the_web_reads_the_lines_of_the_agency_it_acts_for_and_no_others(line, theirs):
    with acting_for(theirs.agency_id):
        assert not AuditEvent.objects.exists()
    assert not AuditEvent.objects.exists()
    with acting_for(line.agency_id):
        assert AuditEvent.objects.count() == 1


def test_the_application_filters_as_well(line, theirs, in_role):
    with in_role("worker"):
        assert AuditEvent.objects.visible_to(member_actor(line)).count() == 1
        assert AuditEvent.objects.visible_to(member_actor(theirs)).count() == 0


def test_the_web_cannot_write_in_another_agencys_name(line, theirs):
    with pytest.raises(Exception, match="row-level security"), acting_for(line.agency_id):
        audit.record(action="forged", by=None, agency_id=theirs.agency_id)


def test_a_line_about_nobody_we_know_is_written_by_the_web_and_read_by_the_worker(db, as_worker):
    audit.record(action="sign_in.failed", by=None)
    assert not AuditEvent.objects.exists()
    assert as_worker.execute("select action from agencies_auditevent").fetchall() == [("sign_in.failed",)]


def test_the_worker_reads_and_writes_every_agencys_lines(line, theirs, in_role):
    with in_role("worker"):
        audit.record(action="swept", by=None, agency_id=theirs.agency_id)
        assert set(AuditEvent.objects.values_list("action", flat=True)) == {"export", "swept"}


def test_a_line_falls_with_what_it_tells(ours):
    def record_and_fail():
        with acting_for(ours.agency_id):
            audit.record(action="export", by=member_actor(ours))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        record_and_fail()
    with acting_for(ours.agency_id):
        assert not AuditEvent.objects.exists()


def test_without_an_agency_the_policies_function_answers_null(db):
    AgencyFactory()
    with connection.cursor() as cursor:
        cursor.execute("select my_agencies()")
        assert cursor.fetchone() == (None,)
