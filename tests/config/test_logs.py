"""The log as machines read it: with the request and the case, and never with the person."""

import io
import json
import logging
from contextlib import contextmanager
from datetime import timedelta

import pytest
from celery import Celery, beat
from django.db import IntegrityError
from django.http import HttpResponse
from django.urls import path

from agencies.acting import acting_for
from config.logs import logging_settings
from referrals import tasks
from referrals.domain.referral import State
from referrals.models import Person
from referrals.reporting.proving import prove
from referrals.services import engine
from tests.factories.world import PERSON, make_world, referral_at

# Of the person, of what was said about them, and of where they are.
NEVER = [*PERSON.values(), "neighbour worried", "Example Street"]


def works(request):
    """Takes a referral through its states."""
    return HttpResponse(referral_at(State.COMPLETED, make_world()).case_reference)


def breaks(request):
    """Fails with words that somebody entered."""
    raise ValueError(f"no such name: {PERSON['given_name']} {PERSON['family_name']}")


def is_refused(request):
    """Is refused by the database, which quotes the row where it may."""
    made = referral_at(State.SENT, make_world())
    with acting_for(made.from_agency_id):
        Person.objects.filter(case=made.case_id).update(age=-1)


urlpatterns = [path("works/", works), path("breaks/", breaks), path("refused/", is_refused)]


@contextmanager
def everything_logged(*, as_json, level=logging.DEBUG):
    """``with … as written``: whatever is logged meanwhile, in a stream."""
    made = dict(logging_settings(level="DEBUG", as_json=as_json)["formatters"]["line"])
    handler = logging.StreamHandler(io.StringIO())
    handler.setFormatter(made.pop("()")(**made))
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(level)
    yield handler.stream
    root.removeHandler(handler)
    root.setLevel(before)


@pytest.fixture
def logged(settings):
    """``logged()``: the lines written since the test began, as objects."""
    settings.ROOT_URLCONF = __name__
    with everything_logged(as_json=True) as written:
        yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]


def never(lines):
    """Whether nothing of the person is anywhere in these lines."""
    return not [word for word in NEVER if word.lower() in json.dumps(lines).lower()]


def test_a_request_is_logged_with_its_id_and_its_case(db, client, logged):
    answer = client.get("/works/", headers={"X-Request-ID": "abc"})
    (line,) = [line for line in logged() if line["event"] == "answered"]
    assert line["request_id"] == "abc"
    assert line["case"] == answer.content.decode()
    client.get("/nothing/", headers={"X-Request-ID": "def"})
    assert "case" not in logged()[-1]
    assert never(logged())


def test_an_error_is_logged_with_its_kind_and_place_and_without_its_words(db, client, logged):
    client.raise_request_exception = False
    assert client.get("/breaks/", headers={"X-Request-ID": "abc"}).status_code == 500
    (line,) = [line for line in logged() if "exception" in line]
    assert line["request_id"] == "abc"
    assert "in breaks" in line["exception"]
    assert line["exception"].endswith("builtins.ValueError")
    assert never(logged())


def test_what_the_database_refuses_is_named_by_its_rule(db, client, logged):
    with pytest.raises(IntegrityError):
        client.get("/refused/")
    (line,) = [line for line in logged() if "exception" in line]
    assert "CheckViolation 23514 referrals_person_age_check" in line["exception"]
    assert never(logged())


def test_a_task_that_fails_is_logged_by_name_and_without_its_arguments(logged):
    app = Celery("alone", set_as_current=False)

    @app.task(name="a.task")
    def fails(words):
        raise ValueError(words)

    fails.apply(args=(f"{PERSON['given_name']} EXAMPLE",), task_id="t-1")
    (line,) = [line for line in logged() if line["event"] == "a task failed"]
    assert (line["task"], line["request_id"]) == ("a.task", "t-1")
    assert line["exception"].endswith("builtins.ValueError")
    assert never(logged())


@pytest.mark.parametrize("as_json", [True, False])
def test_a_broker_that_is_away_costs_a_line_for_each_wake_up(as_json, monkeypatch):
    """Each second without a broker beat would write its stack twice, with a hundred lines of it."""
    monkeypatch.delenv("CELERY_BROKER_URL", raising=False)  # it would be asked instead
    entry = beat.ScheduleEntry("tick", "referrals.tasks.tick_clocks", schedule=timedelta(seconds=1))
    app = Celery("nobody", broker="redis://127.0.0.1:1/0", set_as_current=False)
    app.conf.task_publish_retry = False
    with everything_logged(as_json=as_json, level=logging.ERROR) as written:
        beat.Scheduler(app, lazy=True).apply_entry(entry)
    (line,) = written.getvalue().splitlines()
    assert "a wake-up was not sent: Couldn't apply scheduled task tick: " in line


def test_a_log_for_people_shows_where_it_broke_and_no_local_variable():
    person = "Example-Name"
    with everything_logged(as_json=False) as written:
        try:
            raise ValueError("no such thing")
        except ValueError:
            logging.getLogger("anything").exception("it broke")
    assert "ValueError: no such thing" in written.getvalue()
    assert person not in written.getvalue()


def test_what_works_by_itself_logs_nothing_of_the_person(db, in_role, logged, as_superuser):
    made = referral_at(State.SENT, make_world())
    as_superuser.execute("update referrals_clock set started_at = started_at - interval '1 hour',"
                         " target_at = target_at - interval '1 hour',"
                         " next_look_at = next_look_at - interval '1 hour'")  # fmt: skip
    as_superuser.commit()
    with in_role("worker"):
        assert any(not outcome.well for outcome in prove())
        tasks.prove_standing()
        assert engine.tick().fired
        tasks.tick_clocks()
        tasks.deliver_messages()
        tasks.prove_standing()
    first = next(line for line in logged() if line["event"] == "proof fails")
    assert first["check"] == "looks_in_time"
    assert set(first["references"]) == {made.reference, made.case_reference}
    assert never(logged())
