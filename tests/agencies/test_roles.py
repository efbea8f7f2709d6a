"""The words for who: titles and audiences."""

from pathlib import Path

import pytest

from agencies.roles import AUDIENCE_OF, TIERS, TITLES, AgencyKind, Audience, Role, level_of


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
        ("Sgt", Role.SUPERVISOR),
        ("Sgt.", Role.SUPERVISOR),
        ("PS 1234", Role.SUPERVISOR),
        ("PS No. 1234", Role.SUPERVISOR),
        ("A/PS 12AB", Role.SUPERVISOR),
        ("Sergeant (custody)", Role.SUPERVISOR),
        ("DS", Role.SUPERVISOR),
        ("Clinical lead", Role.SUPERVISOR),
        ("Ward sister", Role.SUPERVISOR),
        ("Shift co-ordinator", Role.SUPERVISOR),
        ("Insp", Role.MANAGER),
        ("Ch Insp 77", Role.MANAGER),
        ("FIM", Role.MANAGER),
        ("Inspector of the control room", Role.MANAGER),
        ("Manager in the crisis hub", Role.MANAGER),
        ("Head of service", Role.MANAGER),
        ("Deputy head of service at Northbank", Role.MANAGER),
        ("Nurse in charge of the ward", Role.SUPERVISOR),
        ("Tactical commander", Role.MANAGER),
        ("Consultant psychiatrist", Role.MANAGER),
        ("On-call consultant psychiatrist", Role.MANAGER),
        ("Det Supt", Role.DIRECTOR),
        ("Director of nursing", Role.DIRECTOR),
        ("Assistant Chief Constable", Role.DIRECTOR),
    ],
)
def test_a_title_that_is_listed_has_its_tier(title, level):
    assert level_of(title) == level


@pytest.mark.parametrize(
    "title",
    [
        "Assistant to the director",
        "Nurse",
        "directorate clerk",
        "goldsmith",
        "driver for the gold",
        "Not a manager",
        "not the manager",
        "non-manager",
        "no inspector",
        "former director",
        "ex-sergeant",
        "trainee clinical lead",
        "student nurse in charge",
        "PC 1234",
        "DC",
        "caps",
        "steps",
        "office of the director",
        "office of the head of service",
        "in the office of the nurse in charge",
        "clerk in the office of the chief executive",
        "IT consultant",
        "1234",
    ],
)
def test_a_title_that_only_mentions_a_listed_one_is_a_worker(title):
    assert level_of(title) == Role.WORKER


@pytest.mark.parametrize("title", [each for titles in TITLES.values() for each in titles])
def test_every_listed_title_is_known_and_told(title):
    assert level_of(title) == next(tier for tier, titles in TITLES.items() if title in titles)
    assert f"`{title}`" in " ".join(Path("docs/api.md").read_text().split())


def test_every_kind_of_agency_has_an_audience():
    assert set(AUDIENCE_OF) == set(AgencyKind)
    assert set(AUDIENCE_OF.values()) == set(Audience)


def test_liaison_and_auditor_stand_beside_the_tiers():
    assert set(Role) - set(TIERS) == {Role.LIAISON, Role.AUDITOR}
