"""Interim support and call-backs over HTTP."""

import pytest

from referrals.domain.referral import State
from tests.factories.world import referral_at
from tests.referrals.api.conftest import AMY, PAT
from tests.referrals.services.deciding import case_of, decide

WITH = {"who": "control_room_worker", "how": "phone", "note": "She talks about her cat.", "by": PAT}


@pytest.fixture
def sent(world):
    return referral_at(State.SENT, world)


@pytest.fixture
def decided(world) -> str:
    """A case in which nobody was asked yet."""
    return case_of(decide(world.police)).reference


def test_entries_are_logged_and_read_by_the_parties(police, trust, stranger, sent):
    address = f"/referrals/{sent.pk}/support/"
    made = police.post(address, WITH)
    assert made.status_code == 201
    trust.post(address, {"who": "nobody", "how": "not_at_all", "by": AMY})
    told = trust.get(address).json()["results"]
    assert [(each["who"], each["note"], each["by"]["name"]) for each in told] == [
        ("nobody", None, AMY["name"]),
        ("control_room_worker", "She talks about her cat.", PAT["name"]),
    ]
    assert made.json() == told[1]
    assert stranger.get(address).status_code == 404
    assert stranger.post(address, WITH).status_code == 404


def test_what_is_wrong_with_an_entry_is_named(police, sent):
    address = f"/referrals/{sent.pk}/support/"
    for change, status, where in [
        ({"how": "not_at_all"}, 400, "/how"),
        ({"next_contact_at": "2020-01-01T00:00:00+00:00"}, 400, "/next_contact_at"),
        ({"who": "a ghost"}, 400, "/who"),
        ({"by": None}, 422, "/by"),
    ]:
        answer = police.post(address, {**WITH, **change})
        assert answer.status_code == status
        assert where in answer.json()["errors"]
    assert police.post(address, {**WITH, "ends": "arrived"}).status_code == 409


def test_an_entry_can_be_refused_as_stale(police, sent):
    assert police.post(f"/referrals/{sent.pk}/support/", WITH, If_Match='"1"').status_code == 412


def test_an_entry_is_logged_before_anybody_is_asked(police, stranger, decided):
    address = f"/cases/{decided}/support/"
    made = police.post(address, WITH)
    assert (made.status_code, made.json()["referral"]) == (201, None)
    assert police.get(address).json()["results"] == [made.json()]
    assert police.post(address, {**WITH, "by": None}).status_code == 422
    assert police.post(address, WITH, If_Match='"99"').status_code == 412
    assert stranger.get(address).status_code == 404
    assert stranger.post(address, WITH).status_code == 404


def test_the_log_of_a_case_and_of_its_referral_is_one(police, trust, sent):
    police.post(f"/cases/{sent.case_reference}/support/", WITH)
    trust.post(f"/referrals/{sent.pk}/support/", {"who": "nobody", "how": "not_at_all", "by": AMY})
    of_case, of_referral = (
        police.get(each).json()["results"]
        for each in (f"/cases/{sent.case_reference}/support/", f"/referrals/{sent.pk}/support/")
    )
    assert [each["referral"] for each in of_case] == [str(sent.pk), None]
    assert of_case == of_referral


def test_a_call_back_is_owed_tried_and_made(police, trust, stranger, sent):
    address = f"/cases/{sent.case_reference}/call-backs/"
    caller = {"name": "Kim Example", "phone": "020 7946 0120", "by": PAT}
    owed = police.post(address, caller)
    assert owed.status_code == 201
    assert police.post(address, caller).status_code == 409
    tries = f"/call-backs/{owed.json()['id']}/attempts/"
    assert police.post(tries, {"outcome": "reached", "by": PAT}).status_code == 422
    police.post(tries, {"outcome": "no_answer", "by": PAT})
    made = police.post(tries, {"outcome": "reached", "told": "The trust is coming.", "by": PAT}).json()
    assert made["done_at"]
    assert [each["outcome"] for each in made["attempts"]] == ["no_answer", "reached"]
    [told] = trust.get(address).json()["results"]
    assert told["caller"] == {"name": "Kim Example", "phone": "020 7946 0120", "why": ""}
    assert trust.post(tries, {"outcome": "no_answer", "by": AMY}).status_code == 403
    assert stranger.get(address).status_code == 404
    assert stranger.post(tries, {"outcome": "no_answer", "by": AMY}).status_code == 404


@pytest.mark.parametrize("many", [1, 5])
def test_reading_costs_the_same_however_many(police, sent, many, django_assert_num_queries):
    address = f"/referrals/{sent.pk}/support/"
    for _ in range(many):
        police.post(address, WITH)
    with django_assert_num_queries(8):
        assert len(police.get(address).json()["results"]) == many
