"""The words for who: titles and audiences."""

import pytest

from agencies.roles import AUDIENCE_OF, TIERS, AgencyKind, Audience, Role, level_of


@pytest.mark.parametrize(
    ("title", "level"),
    [
        ("Police constable", Role.WORKER),
        ("", Role.WORKER),
        ("Sergeant", Role.SUPERVISOR),
        ("duty supervisor", Role.SUPERVISOR),
        ("Shift lead", Role.SUPERVISOR),
        ("Nurse in charge", Role.SUPERVISOR),
        ("nurse-in-charge", Role.SUPERVISOR),
        ("  Detective   SERGEANT ", Role.SUPERVISOR),
        ("Inspector", Role.MANAGER),
        ("on-call manager", Role.MANAGER),
        ("Chief superintendent", Role.DIRECTOR),
        ("On-call director", Role.DIRECTOR),
        ("Gold", Role.DIRECTOR),
        ("Clinical director for acute care", Role.DIRECTOR),
    ],
)
def test_a_title_that_is_listed_has_its_tier(title, level):
    assert level_of(title) == level


@pytest.mark.parametrize(
    "title", ["Assistant to the director", "Nurse", "directorate clerk", "goldsmith", "driver for the gold"]
)
def test_a_title_that_only_mentions_a_listed_one_is_a_worker(title):
    assert level_of(title) == Role.WORKER


def test_every_kind_of_agency_has_an_audience():
    assert set(AUDIENCE_OF) == set(AgencyKind)
    assert set(AUDIENCE_OF.values()) == set(Audience)


def test_liaison_and_auditor_stand_beside_the_tiers():
    assert set(Role) - set(TIERS) == {Role.LIAISON, Role.AUDITOR}
