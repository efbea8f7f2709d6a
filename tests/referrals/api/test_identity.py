"""Correcting who the person of a case is, over HTTP."""

import pytest

from agencies.models import Agency
from referrals.domain.referral import State
from tests.factories.world import referral_at
from tests.referrals.api.conftest import AMY, PAT


@pytest.fixture
def sent(world):
    return referral_at(State.SENT, world)


@pytest.fixture
def path(sent):
    return f"/cases/{sent.case_reference}/person/"


def test_a_partner_corrects_who_somebody_is_and_is_answered_with_the_case(police, trust, sent, path):
    answer = police.post(path, {"family_name": "EXEMPLE", "age": 44, "reason": "his wristband", "by": PAT})
    told = answer.json()
    assert (answer.status_code, answer["ETag"]) == (200, f'"{told["version"]}"')
    assert (told["person"]["family_name"], told["person"]["age"]) == ("EXEMPLE", 44)
    assert told["person"]["given_name"] == "Robin"
    last = trust.get(f"/cases/{sent.case_reference}/timeline/").json()["results"][-1]
    assert (last["type"], last["actor"]["name"]) == ("case.person_corrected", "Pat Example")


def test_a_detail_that_was_wrong_and_is_not_known_is_emptied(police, sent, path):
    police.post(path, {"age": 44, "phone": "07700 900777", "by": PAT})
    person = police.post(path, {"not_known": ["age", "phone"], "by": PAT}).json()["person"]
    assert (person["age"], person["phone"], person["family_name"]) == (None, None, "EXAMPLE")


def test_an_agency_takes_its_own_word_back(police, trust, path):
    trust.post(path, {"family_name": "EXEMPLE", "by": AMY})
    person = police.post(path, {"agrees": True, "by": PAT}).json()["person"]
    assert (person["family_name"], person["also"]) == ("EXEMPLE", [])


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"family_name": "EXEMPLE"}, 422, "/by"),
        ({"family_name": "EXAMPLE", "by": PAT}, 400, "/"),
        ({"age": 44, "not_known": ["age"], "by": PAT}, 400, "/age"),
        ({"not_known": ["family_name", "given_name"], "by": PAT}, 400, "/family_name"),
        ({"family_name": "", "by": PAT}, 400, "/family_name"),
        ({"date_of_birth": "2190-01-01", "by": PAT}, 400, "/date_of_birth"),
        ({"name": "EXEMPLE", "by": PAT}, 400, "/name"),
    ],
)
def test_what_is_no_correction_is_refused_at_its_field(police, path, body, status, field):
    answer = police.post(path, body)
    assert (answer.status_code, list(answer.json()["errors"])) == (status, [field])


def test_of_two_who_read_the_same_the_second_is_told_to_look_again(police, trust, sent, path):
    version = police.get(f"/cases/{sent.case_reference}/")["ETag"]
    assert police.post(path, {"age": 44, "by": PAT}, If_Match=version).status_code == 200
    assert trust.post(path, {"age": 45, "by": AMY}, If_Match=version).status_code == 412


def test_a_stranger_finds_no_case_to_correct(stranger, path):
    assert stranger.post(path, {"age": 44, "by": PAT}).status_code == 404


def test_whoever_reads_no_nhs_number_does_not_learn_it_by_correcting(world, police, trust, path):
    Agency.objects.filter(pk=world.trust.agency_id).update(kind="voluntary")
    for number in ("9990000018", "9990000026"):
        refused = trust.post(path, {"nhs_number": number, "by": AMY})
        assert (refused.status_code, list(refused.json()["errors"])) == (400, ["/nhs_number"])
