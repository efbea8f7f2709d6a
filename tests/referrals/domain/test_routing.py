"""Routing is total: any ask has one answer, an open desk with a reason, or a number to phone."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from referrals.domain.routing import EMERGENCY, Desk, Routed, Unrouted, Wanted, answering, handed_on, route

WANTED = Wanted("NW1", frozenset({"nw1"}), "conveyance")
HUB = Desk(1, "hub", "020 7946 0001", frozenset({"nw1"}), frozenset({"conveyance"}))

DESKS = st.dictionaries(
    st.integers(1, 8),
    st.builds(
        Desk,
        team=st.just(0),
        name=st.sampled_from(["hub", "ward", "desk"]),
        phone=st.sampled_from(["", "020 7946 0001"]),
        areas=st.frozensets(st.sampled_from(["nw1", "camden", "se5"])),
        categories=st.frozensets(st.sampled_from(["conveyance", "medical_need"])),
        youngest=st.sampled_from([None, 0, 18, 65]),
        oldest=st.sampled_from([None, 17, 64]),
        is_open=st.booleans(),
        fallback=st.sampled_from([None, *range(1, 10)]),
        agreed=st.booleans(),
    ),
).map(lambda found: {key: replace(desk, team=key) for key, desk in found.items()})
ASKS = st.builds(
    Wanted,
    area=st.just("NW1"),
    ways=st.frozensets(st.sampled_from(["nw1", "camden", "se5", "n4"])),
    category=st.sampled_from(["conveyance", "medical_need", "s135_support"]),
    age=st.sampled_from([None, 9, 17, 18, 40, 80]),
    under_18=st.booleans(),
)


@given(DESKS, ASKS)
def test_every_ask_has_one_answer_with_a_reason(desks, asked):
    found = route(desks, asked)
    assert found.why
    if isinstance(found, Routed):
        assert desks[found.team].is_open
    else:
        assert isinstance(found, Unrouted)
        assert found.phone
        assert found.remedy
        assert set(found.desks) <= set(desks)


@given(DESKS, ASKS)
def test_nobody_is_routed_past_a_desk_that_covers_it(desks, asked):
    found = route(desks, asked)
    covering = [
        each
        for each in desks.values()
        if each.areas & asked.ways
        and (not each.categories or asked.category in each.categories)
        and each.takes(asked.assumed)
    ]
    reachable = {last.team for each in covering if (last := answering(desks, each.team))}
    if isinstance(found, Routed):
        assert found.team in reachable
    else:
        assert len(reachable) != 1


@given(DESKS, st.integers(1, 8))
def test_a_closed_desk_hands_on_to_an_open_one_or_keeps_it(desks, team):
    if team not in desks:
        return
    found = handed_on(desks, team)
    if found is not None:
        assert not desks[team].is_open
        assert desks[found.team].is_open
    elif not desks[team].is_open:
        assert answering(desks, team) is None


def test_the_fallbacks_may_go_round_in_a_circle():
    closed = replace(HUB, is_open=False)
    circle = {1: replace(closed, fallback=2), 2: replace(closed, team=2, areas=frozenset(), fallback=1)}
    assert isinstance(route(circle, WANTED), Unrouted)


@pytest.mark.parametrize(
    ("rival", "said"),
    [
        ({"agreed": True}, "as agreed between the two agencies"),
        ({"youngest": 18}, "sees this age (taken to be 18)"),
    ],
)
def test_of_two_the_one_that_fits_better_is_asked_and_it_says_why(rival, said):
    found = route({1: HUB, 2: replace(HUB, team=2, name="rival", **rival)}, WANTED)
    assert (found.team, said in found.why) == (2, True)


def test_a_desk_for_this_kind_of_help_goes_before_one_for_all():
    found = route({1: HUB, 2: replace(HUB, team=2, categories=frozenset())}, WANTED)
    assert (found.team, found.why) == (1, "hub covers NW1 for conveyance")


@pytest.mark.parametrize(
    ("asked", "team"),
    [({"age": 12}, 1), ({"under_18": True}, 1), ({}, 2), ({"age": 40, "under_18": True}, 2)],
)
def test_children_and_adults_have_desks_of_their_own(asked, team):
    both = {1: replace(HUB, oldest=17), 2: replace(HUB, team=2, youngest=18)}
    assert route(both, replace(WANTED, **asked)).team == team


def test_those_that_fit_alike_are_named_with_their_numbers():
    found = route({1: HUB, 2: replace(HUB, team=2, name="other", phone="020 7946 0002")}, WANTED)
    assert found.desks == (1, 2)
    assert "hub (020 7946 0001), other (020 7946 0002)" in found.remedy


@pytest.mark.parametrize(
    ("desks", "own", "phone"),
    [
        ({1: replace(HUB, is_open=False)}, "", HUB.phone),
        ({1: replace(HUB, categories=frozenset({"medical_need"}))}, "", HUB.phone),
        ({}, "020 7946 0100", "020 7946 0100"),
        ({}, "", EMERGENCY),
    ],
)
def test_there_is_always_a_number_to_phone(desks, own, phone):
    found = route(desks, WANTED, own)
    assert found.phone == phone
    assert phone in found.remedy
