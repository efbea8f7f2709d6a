"""Only so many do one work at once; whoever is stopped while at it does not hold up the others for ever."""

import pytest
from django.db import connection

from agencies.locks import Lock, alone

TAKE = "select pg_advisory_xact_lock(%s)"
PATIENCE = "show idle_session_timeout"


def asked(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]


def test_whoever_comes_second_is_told_so(as_superuser):
    as_superuser.execute(TAKE, [Lock.WEBHOOKS])
    with alone(Lock.WEBHOOKS) as mine:
        assert not mine
    as_superuser.rollback()
    with alone(Lock.WEBHOOKS) as mine:
        assert mine


def test_another_work_goes_on_meanwhile(as_superuser):
    as_superuser.execute(TAKE, [Lock.WEBHOOKS])
    with alone(Lock.PROOF) as mine:
        assert mine


def test_of_several_places_the_first_that_is_free_is_taken(as_superuser):
    places = (Lock.FIRST_DELIVERY, Lock.SECOND_DELIVERY)
    as_superuser.execute(TAKE, [places[0]])
    with alone(*places) as mine:
        assert mine
    as_superuser.execute(TAKE, [places[1]])
    with alone(*places) as mine:
        assert not mine


def test_the_place_is_free_again_afterwards_whatever_went_wrong(as_superuser):
    with pytest.raises(KeyError), alone(Lock.PROOF):
        raise KeyError
    assert as_superuser.execute("select pg_try_advisory_lock(%s)", [Lock.PROOF]).fetchone() == (True,)


def test_a_session_that_falls_silent_while_it_holds_a_place_is_ended(db):
    assert asked(PATIENCE) == "0"
    with alone(Lock.PROOF):
        assert asked(PATIENCE) == "90s"
    assert asked(PATIENCE) == "0"
