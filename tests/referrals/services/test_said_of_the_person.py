"""What is said of a person later fills gaps; what differs is shown beside, with who said it, and found."""

from datetime import date

import pytest

from agencies.acting import acting_for
from referrals.models import Person, Referral
from referrals.services import referral as referrals
from referrals.services import searching, statements
from tests.factories.world import act, referral_at

NUMBER, OTHER = "9990000018", "9990000026"


def ask_again(world, first, **person):
    """The police ask the ambulance service as well, and say this of the person."""
    asked = world.asked(
        case=first.case_reference, lead=False, to_team=world.teams["ambulance"], person=person
    )
    return act(world.police, referrals.create, asked=asked)


def known(world, referral):
    with acting_for(world.police.agency_id):
        return Person.objects.get(case=referral.case_id)


def beside(actor, referral):
    with acting_for(actor.agency_id):
        return [each.said for each in statements.beside([referral.case_id], actor).get(referral.case_id, [])]


def found(actor, condition):
    with acting_for(actor.agency_id):
        return set(Referral.objects.visible_to(actor).filter(condition).values_list("pk", flat=True))


def test_gaps_are_filled(world):
    first = referral_at("sent", world, person={"description": "a woman in a green coat"})
    ask_again(world, first, family_name="EXAMPLE", nhs_number=NUMBER, date_of_birth=date(1980, 2, 1))
    about = known(world, first)
    assert (about.family_name, about.nhs_number, about.date_of_birth) == (
        "EXAMPLE", NUMBER, date(1980, 2, 1),
    )  # fmt: skip
    assert about.description == "a woman in a green coat"
    assert beside(world.police, first) == []


def test_what_differs_stands_beside_and_changes_nothing(world):
    first = referral_at("sent", world, person={"family_name": "EXAMPLE", "nhs_number": NUMBER})
    ask_again(world, first, family_name="Example", given_name="Robin", nhs_number=OTHER, age=40)
    about = known(world, first)
    assert (about.family_name, about.given_name, about.nhs_number, about.age) == (
        "EXAMPLE", "Robin", NUMBER, 40,
    )  # fmt: skip
    for who in ("police", "trust", "ambulance"):
        assert beside(getattr(world, who), first) == [{"nhs_number": OTHER}]


def test_of_what_one_agency_said_its_last_word_counts(world):
    first = referral_at("sent", world, person={"family_name": "EXAMPLE"})
    ask_again(world, first, family_name="SAMPLE")
    ask_again(world, first, family_name="EXEMPLE")
    assert beside(world.police, first) == [{"family_name": "EXEMPLE"}]
    ask_again(world, first, family_name="EXAMPLE")
    assert beside(world.police, first) == []


def test_somebody_not_yet_described_was_not_called_so(world):
    first = referral_at("sent", world, person={"description": "Not yet described"})
    ask_again(world, first, family_name="EXAMPLE")
    assert beside(world.police, first) == []


@pytest.mark.parametrize("text", ["SAMPL", "sample robin", "Robin EXAMPLE"])
def test_every_name_finds_them(world, text):
    first = referral_at("sent", world, person={"family_name": "EXAMPLE", "given_name": "Robin"})
    ask_again(world, first, family_name="SAMPLE", given_name="Robin")
    assert first.pk in found(world.police, searching.meant(text, world.police))
    assert first.pk in found(world.trust, searching.meant(text, world.trust))
    assert found(world.stranger, searching.meant(text, world.stranger)) == set()


@pytest.mark.parametrize("number", [NUMBER, OTHER])
def test_every_number_finds_them(world, number):
    first = referral_at("sent", world, person={"family_name": "EXAMPLE", "nhs_number": NUMBER})
    second = ask_again(world, first, nhs_number=OTHER)
    assert found(world.police, searching.has_number(number)) == {first.pk, second.pk}
    assert found(world.police, searching.meant(number, world.police)) == {first.pk, second.pk}
    assert found(world.stranger, searching.has_number(number)) == set()
