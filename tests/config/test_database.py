"""The tests' own database: real commits, real roles, and nothing left behind."""

from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import connection
from django.utils import timezone


def make_session(key="left-behind"):
    return Session.objects.create(session_key=key, session_data="", expire_date=timezone.now())


def test_django_is_the_role_that_the_web_has(db):
    with connection.cursor() as cursor:
        cursor.execute("select current_user, current_setting('is_superuser')")
        assert cursor.fetchone() == ("rcrp_web", "off")


def test_what_a_test_saves_is_committed(db, as_owner):
    make_session()
    assert as_owner.execute("select session_key from django_session").fetchall() == [("left-behind",)]


def test_what_a_test_leaves_is_removed(db):
    make_session()
    db.wipe()
    assert not Session.objects.exists()


def test_rows_shipped_by_migrations_are_put_back(db, as_superuser):
    before = ContentType.objects.count()
    assert before > 10
    as_superuser.execute("set session_replication_role = replica")
    as_superuser.execute("delete from django_content_type")
    as_superuser.commit()
    db.wipe()
    assert ContentType.objects.count() == before


def test_each_role_is_who_it_says(as_web, as_worker, as_owner, as_superuser):
    roles = [
        connection.execute("select current_user").fetchone()[0]
        for connection in (as_web, as_worker, as_owner, as_superuser)
    ]
    assert roles == ["rcrp_web", "rcrp_worker", "rcrp_owner", "postgres"]


def test_none_but_the_superuser_can_pass_row_security(as_web):
    above = "select rolname from pg_roles where rolname like 'rcrp%' and (rolsuper or rolbypassrls)"
    assert as_web.execute(above).fetchall() == []


def test_django_can_take_another_role_for_a_while(in_role):
    def who():
        with connection.cursor() as cursor:
            cursor.execute("select current_user")
            return cursor.fetchone()[0]

    with in_role("worker"):
        assert who() == "rcrp_worker"
    with in_role("owner"):
        assert who() == "rcrp_owner"
    assert who() == "rcrp_web"


def test_racers_have_connections_of_their_own(race):
    def backend():
        with connection.cursor() as cursor:
            cursor.execute("select pg_backend_pid()")
            return cursor.fetchone()[0]

    outcomes = race(backend, backend, lambda: 1 / 0)
    assert len({outcome.value for outcome in outcomes[:2]}) == 2
    assert [outcome.won for outcome in outcomes] == [True, True, False]
    assert isinstance(outcomes[2].error, ZeroDivisionError)
