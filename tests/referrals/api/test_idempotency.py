"""Idempotency-Key: sent again, the same answer and one effect."""

import time
from datetime import timedelta
from threading import Barrier

import pytest

from referrals import tasks
from referrals.domain import moments
from referrals.models.keys import instant
from referrals.services import idempotency
from referrals.services import referral as referrals
from tests.factories.agencies import MembershipFactory
from tests.factories.world import referral_at
from tests.referrals.api.conftest import AMY


@pytest.fixture
def count(as_superuser):
    """How many rows a table has."""
    return lambda table: as_superuser.execute(f"select count(*) from referrals_{table}").fetchone()[0]


def test_the_same_key_and_body_has_one_effect_and_the_same_answer(police, ask, count):
    first = police.post("/referrals/", ask(), idempotency_key="one")
    again = police.post("/referrals/", ask(), idempotency_key="one")
    assert first.status_code == again.status_code == 201
    assert again.content == first.content
    for header in ("Content-Type", "ETag", "Location"):
        assert again[header] == first[header]
    assert again["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first
    assert again["X-Request-ID"] != first["X-Request-ID"]
    assert count("referral") == 1


def test_without_a_key_or_with_another_it_is_another_request(police, ask, count):
    for headers in ({}, {}, {"idempotency_key": "one"}, {"idempotency_key": "two"}):
        assert police.post("/referrals/", ask(), **headers).status_code == 201
    assert count("referral") == 4


def test_the_same_key_with_another_body_or_address_is_refused(police, ask, count):
    made = police.post("/referrals/", ask(), idempotency_key="one").json()
    other_body = police.post("/referrals/", ask(summary="other"), idempotency_key="one")
    other_address = police.post(f"/referrals/{made['id']}/moves/", ask(), idempotency_key="one")
    for refused in (other_body, other_address):
        assert refused.status_code == 422
        assert refused.json()["type"] == "/api/v1/problems/key-reused/"
    assert count("referral") == 1
    assert police.post("/referrals/", ask(), idempotency_key="one").json()["id"] == made["id"]


def test_two_callers_may_use_the_same_key(police, trust, ask, world, count, signed_in_to_api, caller):
    browser = signed_in_to_api(MembershipFactory(team=world.teams["police"]))
    for who in (police, browser):
        assert who.post("/referrals/", ask(), idempotency_key="one").status_code == 201
    answer = trust.post("/referrals/", ask(to_team="ambulance-desk"), idempotency_key="one")
    assert answer.status_code == 201
    assert count("referral") == 3


def test_what_was_wrong_with_the_request_stays_wrong(police, trust, ask, count):
    first = police.post("/referrals/", ask(priority="P9"), idempotency_key="one")
    again = police.post("/referrals/", ask(priority="P9"), idempotency_key="one")
    assert first.status_code == again.status_code == 400
    assert again.content == first.content
    assert again["Content-Type"] == "application/problem+json"
    assert again["Idempotent-Replayed"] == "true"
    assert count("case") == 0


def test_a_missing_reason_is_told_again_and_leaves_nothing_half_done(world, trust, count):
    referral = referral_at("sent", world)
    moves = count("move")
    declined = {"action": "decline", "by": AMY}
    first = trust.post(f"/referrals/{referral.pk}/moves/", declined, idempotency_key="one")
    assert first.status_code == 422
    again = trust.post(f"/referrals/{referral.pk}/moves/", declined, idempotency_key="one")
    assert again.content == first.content
    assert count("move") == moves
    assert trust.get(f"/referrals/{referral.pk}/").json()["state"] == "sent"


def test_a_refusal_that_may_pass_is_not_kept(world, police, trust, ask):
    referral = referral_at("draft", world)
    accept = {"action": "accept", "by": AMY}
    for expected in (404, 404):
        answer = trust.post(f"/referrals/{referral.pk}/moves/", accept, idempotency_key="one")
        assert answer.status_code == expected
    police.post(f"/referrals/{referral.pk}/moves/", {"action": "send"})
    stale = trust.post(f"/referrals/{referral.pk}/moves/", accept, idempotency_key="one", if_match='"1"')
    assert stale.status_code == 412
    start = {"action": "start", "by": AMY, "contact": {"channel": "phone"}}
    assert trust.post(f"/referrals/{referral.pk}/moves/", start, idempotency_key="two").status_code == 409
    accepted = trust.post(f"/referrals/{referral.pk}/moves/", accept, idempotency_key="one")
    assert accepted.status_code == 200
    started = trust.post(f"/referrals/{referral.pk}/moves/", start, idempotency_key="two")
    assert started.json()["state"] == "in_progress"


def test_what_had_not_happened_yet_is_taken_once_it_has(police, ask, monkeypatch):
    body = ask(occurred_at=(instant() + timedelta(minutes=5)).isoformat())
    for _ in range(2):
        early = police.post("/referrals/", body, idempotency_key="one")
        assert early.status_code == 400
        assert set(early.json()["errors"]) == {"/occurred_at"}
        assert "Idempotent-Replayed" not in early
    monkeypatch.setattr(moments, "AHEAD", timedelta(minutes=6))  # as if five minutes had passed
    assert police.post("/referrals/", body, idempotency_key="one").status_code == 201
    assert police.post("/referrals/", body, idempotency_key="one")["Idempotent-Replayed"] == "true"


def test_an_answer_is_not_given_again_to_a_token_without_the_scope(police, world, ask, caller):
    police.post("/referrals/", ask(), idempotency_key="one")
    reader = caller(world.police, scope="referrals:read")
    assert reader.post("/referrals/", ask(), idempotency_key="one").status_code == 403


@pytest.mark.parametrize("key", ["", " ", "two words", "x" * 256, "naïve"])
def test_a_key_that_no_log_could_hold_is_refused(police, ask, key):
    answer = police.post("/referrals/", ask(), idempotency_key=key)
    assert answer.status_code == 400
    assert "/Idempotency-Key" in answer.json()["errors"]


def test_a_fault_of_ours_keeps_nothing(police, ask, count, monkeypatch):
    police.http.raise_request_exception = False
    with monkeypatch.context() as broken:
        broken.setattr(referrals, "create", lambda **_: 1 / 0)
        assert police.post("/referrals/", ask(), idempotency_key="one").status_code == 500
    assert count("idempotencykey") == 0
    assert police.post("/referrals/", ask(), idempotency_key="one").status_code == 201


def test_of_many_at_once_one_acts_and_all_get_its_answer(race, police, ask, count, monkeypatch):
    create = referrals.create

    def slowly(**words):
        made = create(**words)
        time.sleep(0.3)
        return made

    monkeypatch.setattr(referrals, "create", slowly)
    outcomes = race(*[lambda: police.post("/referrals/", ask(), idempotency_key="one")] * 4)
    answers = [outcome.value for outcome in outcomes]
    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({answer.content for answer in answers}) == 1
    assert sum("Idempotent-Replayed" in answer for answer in answers) == 3
    assert count("referral") == 1


UNGUARDED = """
insert into referrals_idempotencykey (agency_id, caller, key, request_digest, answer_headers, answer_body)
select a, c, k, d, '{}', '' from (values (%s::smallint, %s, %s, %s)) as v(a, c, k, d)
 where not exists (select from referrals_idempotencykey i where (i.agency_id, i.caller, i.key) = (a, c, k))
returning id
"""


@pytest.fixture
def without_its_rule(as_superuser):
    """The key is looked for before it is written, and no index makes the second wait for the first."""
    table = "alter table referrals_idempotencykey"
    as_superuser.execute(f"{table} drop constraint one_answer_per_key")
    as_superuser.commit()
    yield
    as_superuser.execute("delete from referrals_idempotencykey")
    as_superuser.execute(f"{table} add constraint one_answer_per_key unique (agency_id, caller, key)")
    as_superuser.commit()


def test_without_the_index_each_of_many_at_once_would_act(
    race, police, ask, count, monkeypatch, without_its_rule
):
    monkeypatch.setattr(idempotency, "CLAIM", UNGUARDED)
    both, claim = Barrier(2), idempotency.claim

    def claim_and_wait(**words):
        claimed = claim(**words)
        both.wait(10)
        return claimed

    monkeypatch.setattr(idempotency, "claim", claim_and_wait)
    race(*[lambda: police.post("/referrals/", ask(), idempotency_key="one")] * 2)
    assert count("referral") == 2


def test_if_the_first_is_undone_the_second_takes_its_place(race, police, ask, count, monkeypatch):
    create, calls = referrals.create, []

    def fails_once(**words):
        made = create(**words)
        calls.append(made)
        time.sleep(0.3)
        if len(calls) == 1:
            raise ZeroDivisionError
        return made

    police.http.raise_request_exception = False
    monkeypatch.setattr(referrals, "create", fails_once)
    outcomes = race(*[lambda: police.post("/referrals/", ask(), idempotency_key="one")] * 2)
    assert sorted(outcome.value.status_code for outcome in outcomes) == [201, 500]
    assert count("referral") == 1


def test_answers_are_forgotten_after_thirty_days_and_not_before(police, ask, count, as_superuser, in_role):
    for key in ("old", "young"):
        police.post("/referrals/", ask(), idempotency_key=key)
    age = "update referrals_idempotencykey set created_at = now() - interval %s where key = %s"
    for key, days in (("old", "30 days 1 minute"), ("young", "29 days 23 hours")):
        as_superuser.execute(age.replace("interval %s", "%s::interval"), [days, key])
    as_superuser.commit()
    with in_role("worker"):
        tasks.forget_answers()
    assert count("idempotencykey") == 1
    again = police.post("/referrals/", ask(), idempotency_key="young")
    assert again["Idempotent-Replayed"] == "true"
