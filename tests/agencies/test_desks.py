"""A team's hours, stand-in and phone are changed by who runs the rota, whole or not at all, and audited."""

from datetime import time

import pytest

from agencies import desks
from agencies.acting import NamedPerson
from agencies.desks import Span
from agencies.models import Team
from agencies.services import Refused
from tests.factories.agencies import ServiceHoursFactory, TeamFactory
from tests.factories.world import act, make_world

NINE, FIVE, EIGHT_PM, EIGHT = time(9), time(17), time(20), time(8)
WORKER = NamedPerson("Wen Example", "nurse", "020 7946 0105")
OFFICE = [Span(day, NINE, FIVE) for day in range(5)]


@pytest.fixture
def world(db):
    """Police, trusts and the others, each with a team."""
    return make_world()


@pytest.fixture
def team(world):
    return world.teams["trust"]


def hours(world, team, spans, *, always=False, closed=False, by=None):
    return act(by or world.trust, desks.set_hours, team_id=team.pk, hours=spans, always=always,
               closed_on_bank_holidays=closed)  # fmt: skip


def stand_in(by, team, fallback_id):
    return act(by, desks.set_fallback, team_id=team.pk, fallback_id=fallback_id)


def ring_at(by, team, phone):
    return act(by, desks.set_phone, team_id=team.pk, phone=phone)


def again(team):
    return Team.objects.get(pk=team.pk)


def test_hours_replace_those_before_and_the_audit_has_both(world, team, lines):
    ServiceHoursFactory(team=team, weekday=6)
    Team.objects.filter(pk=team.pk).update(always_open=False)
    assert hours(world, team, OFFICE, closed=True) is True
    assert (desks.hours_of(again(team)), again(team).closed_on_bank_holidays) == (OFFICE, True)
    line = lines()[-1]
    assert (line.action, line.target_label, line.target_id) == ("team.hours_changed", "team", str(team.pk))
    assert line.data["before"] == ["Sunday 09:00 to 17:00"]
    assert line.data["after"] == [*map(str, OFFICE), "closed on bank holidays"]


def test_day_and_night_leaves_no_hours_and_no_holidays(world, team):
    hours(world, team, OFFICE, closed=True)
    assert hours(world, team, OFFICE, always=True, closed=True) is True
    found = again(team)
    assert (found.always_open, found.closed_on_bank_holidays, desks.hours_of(found)) == (True, False, [])


def test_the_same_again_changes_nothing_and_is_no_line(world, team, lines):
    hours(world, team, OFFICE)
    ring_at(world.trust, team, "020 7946 0333")
    before = len(lines())
    assert hours(world, team, [*reversed(OFFICE)]) is False
    assert ring_at(world.trust, team, "020 7946 0333") is False
    assert stand_in(world.trust, team, None) is False
    assert len(lines()) == before


OVERLAPS = {
    "in a day": [Span(0, NINE, FIVE), Span(0, time(16), EIGHT_PM)],
    "at one moment": [Span(0, NINE, FIVE), Span(0, NINE, EIGHT_PM)],
    "into the next morning": [Span(0, EIGHT_PM, EIGHT), Span(1, time(7), FIVE)],
    "from Sunday into Monday": [Span(0, time(7), FIVE), Span(6, EIGHT_PM, EIGHT)],
}


@pytest.mark.parametrize("spans", OVERLAPS.values(), ids=OVERLAPS)
def test_hours_that_overlap_are_refused_by_name_and_nothing_changes(world, team, spans):
    with pytest.raises(Refused, match="overlap"):
        hours(world, team, spans)
    assert again(team).always_open


@pytest.mark.parametrize(
    "spans",
    [
        [Span(0, NINE, time(12)), Span(0, time(12), FIVE)],
        [Span(day, EIGHT_PM, EIGHT) for day in range(7)],
        [Span(day, time(0), time(0)) for day in range(7)],
        [Span(0, NINE, NINE)],
    ],
)
def test_hours_that_only_touch_are_taken(world, team, spans):
    assert hours(world, team, spans) is True


def test_a_desk_that_never_opens_is_refused(world, team):
    with pytest.raises(Refused, match="never opens answers nobody"):
        hours(world, team, [])


def test_a_stand_in_is_set_taken_away_and_audited(world, team, lines):
    night = TeamFactory(agency=team.agency, code="night-desk")
    assert stand_in(world.trust, team, night.pk) is True
    assert again(team).fallback_id == night.pk
    assert (lines()[-1].action, lines()[-1].data) == (
        "team.fallback_changed", {"before": None, "after": "night-desk"},
    )  # fmt: skip
    assert stand_in(world.trust, team, None) is True
    assert again(team).fallback_id is None


def test_no_team_stands_in_for_itself_nor_another_agencys(world, team):
    with pytest.raises(Refused, match="cannot stand in for itself"):
        stand_in(world.trust, team, team.pk)
    with pytest.raises(Refused, match="a team of your own agency"):
        stand_in(world.trust, team, world.teams["police"].pk)


def test_a_ring_is_refused_and_named(world, team):
    night = TeamFactory(agency=team.agency, name="Night desk", fallback=team)
    early = TeamFactory(agency=team.agency, name="Early desk", fallback=night)
    with pytest.raises(Refused, match=f"{team.name} → Early desk → Night desk → {team.name}"):
        stand_in(world.trust, team, early.pk)
    assert again(team).fallback_id is None


def test_a_ring_further_on_is_no_ring_of_this_team_and_ends(world, team):
    first = TeamFactory(agency=team.agency)
    second = TeamFactory(agency=team.agency, fallback=first)
    Team.objects.filter(pk=first.pk).update(fallback=second)
    assert desks.ring(team, first.pk) == []


def test_the_phone_is_changed_and_audited(world, team, lines):
    before = team.phone
    assert ring_at(world.trust, team, "020 7946 0333") is True
    assert again(team).phone == "020 7946 0333"
    assert (lines()[-1].action, lines()[-1].data) == (
        "team.phone_changed", {"before": before, "after": "020 7946 0333"},
    )  # fmt: skip


@pytest.mark.parametrize("who", ["worker", "another agency"])
def test_nobody_else_changes_anything(world, team, who):
    by = world.trust.asserting(WORKER) if who == "worker" else world.police
    for change in (
        lambda: hours(world, team, OFFICE, by=by),
        lambda: stand_in(by, team, None),
        lambda: ring_at(by, team, "020 7946 0333"),
    ):
        with pytest.raises(Refused, match="supervisor, manager or director of the agency"):
            change()


def cover(by, team, *areas):
    return act(by, desks.set_areas, team_id=team.pk, areas=areas)


class TestWhatItCovers:
    """Areas by which new work is routed, changed by who runs the agency."""

    @pytest.fixture
    def boss(self, world):
        return world.trust.asserting(NamedPerson("Dee Example", "duty manager", "020 7946 0109"))

    def test_they_are_kept_in_one_way_each_once_and_audited(self, boss, team, lines):
        assert cover(boss, team, "se15", " Kingston  upon Thames", "SE15", "") is True
        assert again(team).areas == ["SE15", "Kingston upon Thames"]
        line = lines()[-1]
        assert (line.action, line.data["after"]) == ("team.areas_changed", again(team).areas)
        assert cover(boss, team, "SE15", "Kingston upon Thames") is False

    def test_none_is_an_answer(self, boss, team):
        cover(boss, team, "SE15")
        assert cover(boss, team) is True
        assert again(team).areas == []

    @pytest.mark.parametrize(
        ("areas", "words"),
        [
            (["SE15 4AA"], "whole postcode: give its district, SE15"),
            (["x" * 61], "longer than 60"),
            ([f"N{n}" for n in range(1000, 1401)], "at most 400 areas"),
        ],
    )
    def test_what_cannot_be_routed_by_is_refused(self, boss, team, areas, words):
        with pytest.raises(Refused, match=words):
            cover(boss, team, *areas)

    def test_neither_a_supervisor_nor_another_agency_changes_them(self, world, team):
        for somebody in (world.trust, world.police.asserting(NamedPerson("Bo", "director", "020 7946 0109"))):
            with pytest.raises(Refused):
                cover(somebody, team, "SE15")

    def test_what_nobody_would_cover_is_named(self, world, boss, team):
        cover(boss, team, "SE15", "N1", "Peckham")
        TeamFactory(areas=["n1"])
        assert desks.left_uncovered(again(team), ["peckham"]) == ["SE15"]
