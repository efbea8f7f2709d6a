"""The Actor: what it says of itself."""

from dataclasses import replace

from agencies.actor import Actor, NamedPerson
from agencies.roles import AgencyKind, Audience, Role

SERGEANT = NamedPerson("Alex Stone", "Sergeant", "07700 900123")
NURSE = Actor(
    agency_id=2,
    agency_code="trust",
    agency_kind=AgencyKind.ACUTE_TRUST,
    team_id=7,
    role=Role.WORKER,
    membership_id=3,
    user_id=4,
    person=NamedPerson("Kim Vale", "worker", "07700 900456"),
)
CLIENT = Actor(
    agency_id=1,
    agency_code="met",
    agency_kind=AgencyKind.POLICE,
    team_id=None,
    role=Role.WORKER,
    client_id=9,
    client_name="Control room system",
)


def test_a_program_alone_is_not_a_named_human():
    assert not CLIENT.is_named
    assert CLIENT.asserting(SERGEANT).is_named
    assert NURSE.is_named


def test_a_client_is_as_senior_as_the_person_it_asserts():
    assert CLIENT.level == Role.WORKER
    assert CLIENT.asserting(SERGEANT).level == Role.SUPERVISOR


def test_a_member_is_as_senior_as_the_membership_says():
    assert replace(NURSE, role=Role.MANAGER).level == Role.MANAGER


def test_nobody_who_is_signed_in_can_say_that_they_are_somebody_else():
    assert NURSE.asserting(SERGEANT) == NURSE


def test_the_kind_of_agency_gives_the_audience():
    assert CLIENT.audience == Audience.POLICE
    assert NURSE.audience == Audience.HEALTH


def test_an_event_keeps_the_person_and_the_program():
    assert CLIENT.asserting(SERGEANT).as_event() == {
        "name": "Alex Stone",
        "role": "Sergeant",
        "contact": "07700 900123",
        "agency": "met",
        "team_id": None,
        "membership_id": None,
        "client_id": 9,
    }


def test_an_event_by_a_program_alone_names_the_program():
    event = CLIENT.as_event()
    assert (event["name"], event["role"]) == ("Control room system", "system")
