"""The demonstration goes on by itself while somebody watches, and never anywhere else."""

from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command

from referrals.domain.referral import OPEN, State
from referrals.management.commands import demo_stream
from referrals.management.demo.stream import Stream
from referrals.models import Person, Referral
from referrals.models.keys import instant
from referrals.services import referral as referrals
from tests.factories.agencies import AgencyFactory
from tests.factories.world import act


def watch(stream, began, minutes):
    """So many minutes of it, looked at every half minute. How many acts were done."""
    return sum(stream.step(began + timedelta(seconds=30 * n)) for n in range(2 * minutes))


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
