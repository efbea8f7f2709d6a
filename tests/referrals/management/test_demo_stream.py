"""The demonstration goes on by itself while somebody watches, and never anywhere else."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from referrals.domain.referral import OPEN, State
from referrals.management.commands import demo_stream
from referrals.management.demo.cases import deliver, look_until
from referrals.management.demo.stream import AT_LAST, EVERY, TURNS, Stream
from referrals.management.scale.checks import broken
from referrals.models import Person, Referral
from referrals.models.keys import instant
from referrals.services import referral as referrals
from tests.factories.agencies import AgencyFactory
from tests.factories.world import act

# One process makes the demonstration, once.
pytestmark = pytest.mark.xdist_group("systems")


def watch(stream, began, minutes):
    """So many minutes of it, looked at every minute. How many acts were done."""
    return sum(stream.step(began + timedelta(minutes=n)) for n in range(minutes))


def test_somebody_asks_every_few_minutes_and_mostly_somebody_answers(demo, as_superuser):
    before = set(Referral.objects.values_list("pk", flat=True))
    began = instant()
    stream = Stream(began)
    assert stream.step(began) == 0
    every = int(EVERY.total_seconds() // 60)
    done = watch(stream, began, every * (len(TURNS) + 1))
    new = Referral.objects.exclude(pk__in=before)
    assert new.count() >= len(TURNS)
    assert done > new.count(), "most are answered"
    states = set(new.values_list("state", flat=True))
    assert State.SENT in states
    assert states - {State.SENT}
    look_until(instant())
    deliver()
    assert list(broken(as_superuser)) == []


def test_what_is_late_for_long_is_taken_up_at_last(demo):
    began = instant()
    late = Referral.objects.filter(state__in=OPEN, breach_at__lt=began - AT_LAST).order_by("breach_at")
    first = late.first()
    assert Stream(began).step(began + EVERY) >= 1
    moved = Referral.objects.get(pk=first.pk)
    assert (moved.state, moved.version) != (first.state, first.version)


def test_nobody_is_told_of_twice(demo):
    known = set(Person.objects.exclude(nhs_number="").values_list("nhs_number", flat=True))
    began = instant()
    watch(Stream(began), began, 21)
    numbers = list(Person.objects.exclude(nhs_number="").values_list("nhs_number", flat=True))
    assert len(numbers) == len(set(numbers)) > len(known)


def test_it_stops_asking_while_more_is_open_than_anybody_looks_at(demo, monkeypatch):
    monkeypatch.setattr("referrals.management.demo.stream.ENOUGH", 1)
    before, began = Referral.objects.count(), instant()
    assert Referral.objects.filter(state__in=OPEN).count() > 1
    watch(Stream(began), began, 10)
    assert Referral.objects.count() == before


def test_what_a_visitor_did_first_ends_the_story_there(demo):
    began = instant()
    stream = Stream(began)
    watch(stream, began, 6)
    for each in Referral.objects.filter(created_at__gt=began, state=State.SENT).select_related("from_team"):
        visitor = stream.cast.actor(each.from_team, 0)
        act(visitor, referrals.move, referral_id=each.pk, action="cancel", reason="found safe")
    assert watch(stream, began + timedelta(minutes=6), 20) > 0


@pytest.mark.parametrize("settings_module", ["config.settings.production", "real"])
def test_it_never_runs_where_it_is_not_the_demonstration(db, monkeypatch, settings_module):
    if settings_module == "real":
        AgencyFactory(code="a-real-one")
    else:
        monkeypatch.setenv("DJANGO_SETTINGS_MODULE", settings_module)
    monkeypatch.setattr(demo_stream.time, "sleep", lambda seconds: pytest.fail("it ran"))
    with pytest.raises(CommandError):
        call_command("demo_stream")
