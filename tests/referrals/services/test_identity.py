"""Who the person of a case is, corrected after sending: stated anew, told to everybody, nothing lost."""

from datetime import date

import pytest

from agencies.acting import acting_for
from referrals.domain.errors import Invalid, NotThere, ReasonNeeded, Stale
from referrals.domain.referral import State
from referrals.models import Content, Detention, Event, MissingReport, Person
from referrals.services import identity, statements
from referrals.services.identity import Correction
from tests.factories.missing import report
from tests.factories.world import act, referral_at
from tests.referrals.services.detaining import detain
from tests.referrals.services.reading import case_of, events, told

NUMBER, OTHER = "9990000018", "9990000026"


@pytest.fixture
def sent(world):
    return referral_at(State.SENT, world)


def correct(actor, referral, agrees=False, reason="", version=None, **said):
    correction = Correction(said, agrees, reason)
    reference = case_of(actor, referral).reference
    return act(actor, identity.correct, reference=reference, correction=correction, version=version)


def known(world, referral):
    with acting_for(world.police.agency_id):
        return Person.objects.get(case=referral.case_id)


def beside(actor, referral):
    with acting_for(actor.agency_id):
        found = statements.beside([referral.case_id], actor).get(referral.case_id, [])
        return [(each.by["agency"], each.said) for each in found]


def test_whoever_said_it_first_corrects_it_and_the_mistake_is_shown_no_more(world, sent):
    correct(world.police, sent, family_name="EXEMPLE", date_of_birth=date(1980, 2, 1), sex="male")
    about = known(world, sent)
    assert (about.family_name, about.date_of_birth, about.sex) == ("EXEMPLE", date(1980, 2, 1), "male")
    assert about.given_name == "Robin"
    assert beside(world.trust, sent) == []


def test_what_was_said_before_stays_in_the_cases_contents(world, sent):
    correct(world.police, sent, family_name="EXEMPLE", reason="his wristband")
    with acting_for(world.trust.agency_id):
        bodies = list(Content.objects.filter(case=sent.case_id, kind="person").values_list("body", flat=True))
        event = Event.objects.filter(case=sent.case_id).latest("seq")
        texts = Content.objects.filter(pk__in=[each["id"] for each in event.data["content"]])
        assert {each.kind: each.body for each in texts} == {
            "person": {"family_name": "EXEMPLE"}, "reason": "his wristband",
        }  # fmt: skip
    assert any(body.get("family_name") == "EXAMPLE" for body in bodies)
    assert (event.type, event.actor["name"]) == ("case.person_corrected", "Pat Example")
    assert "EXEMPLE" not in str(event.data)


def test_another_agency_corrects_it_and_the_first_word_stands_beside(world, sent):
    correct(world.trust, sent, family_name="EXEMPLE")
    assert known(world, sent).family_name == "EXEMPLE"
    assert beside(world.police, sent) == [("police", {"family_name": "EXAMPLE"})]


def test_whoever_agrees_takes_its_own_word_back(world, sent):
    correct(world.trust, sent, family_name="EXEMPLE")
    correct(world.police, sent, agrees=True)
    assert beside(world.police, sent) == []
    assert known(world, sent).family_name == "EXEMPLE"


def test_saying_something_else_is_not_agreeing(world, sent):
    correct(world.trust, sent, family_name="EXEMPLE")
    correct(world.police, sent, phone="07700 900777", family_name="EXEMPLE")
    assert beside(world.police, sent) == [("police", {"family_name": "EXAMPLE"})]


def test_another_agencys_nhs_number_is_never_written_over(world, sent):
    correct(world.trust, sent, nhs_number=OTHER)
    assert known(world, sent).nhs_number == NUMBER
    assert beside(world.police, sent) == [("trust", {"nhs_number": OTHER})]


def test_an_agency_corrects_and_takes_back_its_own_nhs_number(world, sent):
    correct(world.police, sent, nhs_number=OTHER)
    assert known(world, sent).nhs_number == OTHER
    correct(world.police, sent, nhs_number="")
    assert known(world, sent).nhs_number == ""
    assert beside(world.trust, sent) == []


def test_it_takes_away_no_number_of_another(world, sent):
    with pytest.raises(Invalid) as refusal:
        correct(world.trust, sent, nhs_number="")
    assert set(refusal.value.errors) == {"/nhs_number"}


def test_a_detail_that_was_wrong_is_emptied_and_is_not_shown_beside(world, sent):
    correct(world.police, sent, phone="07700 900777", age=40)
    correct(world.police, sent, phone="", age=None)
    assert (known(world, sent).phone, known(world, sent).age) == ("", None)
    assert beside(world.trust, sent) == []


def test_somebody_must_be_left_to_know_them_by(world, sent):
    with pytest.raises(Invalid) as refusal:
        correct(world.police, sent, family_name="", given_name="")
    assert set(refusal.value.errors) == {"/family_name"}


def test_what_the_case_has_already_is_no_correction(world, sent):
    with pytest.raises(Invalid, match="already"):
        correct(world.police, sent, family_name="EXAMPLE")


def test_the_other_desks_are_told_and_the_own_one_is_not(world, sent):
    correct(world.trust, sent, family_name="EXEMPLE")
    assert told(world, "police")[-1] == "case.person_corrected"
    assert "case.person_corrected" not in told(world, "trust")
    assert events(world.police, sent)[-1] == "case.person_corrected"


def test_of_two_at_once_the_second_is_told_to_look_again(world, sent):
    version = case_of(world.trust, sent).version
    correct(world.police, sent, family_name="EXEMPLE", version=version)
    with pytest.raises(Stale):
        correct(world.trust, sent, family_name="SAMPLE", version=version)


def test_only_a_named_person_of_a_party_corrects(world, sent):
    nobody = world.police.asserting(None)
    with pytest.raises(ReasonNeeded):
        correct(nobody, sent, family_name="EXEMPLE")
    reference = case_of(world.police, sent).reference
    with pytest.raises(NotThere):
        act(world.stranger, identity.correct, reference=reference, correction=Correction({"age": 3}))


def test_somebody_not_yet_described_gets_a_name(world):
    nobody = referral_at(State.SENT, world, person={"description": "Not yet described"})
    correct(world.trust, nobody, family_name="EXAMPLE")
    assert (known(world, nobody).family_name, known(world, nobody).description) == ("EXAMPLE", "")


def test_a_child_who_was_taken_for_an_adult_is_one_wherever_it_counts(world):
    held = detain(world.police, 150)
    correct(world.police, held, date_of_birth=date(2015, 1, 1))
    with acting_for(world.police.agency_id):
        assert Detention.objects.get(pk=held.pk).under_18
    missing = report(world)
    correct(world.trust, missing, date_of_birth=date(2015, 1, 1))
    with acting_for(world.trust.agency_id):
        found = MissingReport.objects.get(pk=missing.pk)
    assert found.under_18
    assert found.urgency <= missing.urgency


def test_no_message_names_anybody(world, sent, as_superuser):
    correct(world.trust, sent, family_name="EXEMPLE")
    rows = as_superuser.execute("select data::text from notifications_message").fetchall()
    assert not any("EXEMPLE" in text for (text,) in rows)
