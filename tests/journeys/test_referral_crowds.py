"""Many at once over HTTP: one effect for each key, one winner for each race, nothing skipped in the feed."""

import os
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from referrals.models import Event, Referral
from tests.journeys.partners import Partner, asked, in_order, until

pytestmark = pytest.mark.xdist_group("live")

KEYS, RETRIES, SENDERS = 20, 10, 8
RACERS = int(os.environ.get("RACERS", "16"))
WRITERS, EACH = 8, 3


@pytest.fixture(scope="module")
def police(live_stack, town):
    made = Partner(live_stack, town, "police")
    yield made
    made.http.close()


@pytest.fixture(scope="module")
def trust(live_stack, town):
    made = Partner(live_stack, town, "trust")
    yield made
    made.http.close()


def test_two_hundred_retries_over_twenty_keys_make_twenty_referrals(police, trust, live_stack):
    crowd = str(uuid4())
    keys = [f"{crowd}-{number}" for number in range(KEYS)] * RETRIES

    def retry(key):
        answer = police.send(
            "/referrals/", asked(trust, source_incident_number=key), **{"Idempotency-Key": key}
        )
        return key, answer.status_code, answer.json()["id"]

    with ThreadPoolExecutor(SENDERS) as crowd_of_senders:
        answers = list(crowd_of_senders.map(retry, keys))
    assert Counter(status for _, status, _ in answers) == {201: KEYS * RETRIES}
    assert len({(key, made) for key, _, made in answers}) == KEYS
    with live_stack.django("worker"):
        assert Referral.objects.filter(source_incident_number__startswith=crowd).count() == KEYS


@pytest.mark.parametrize("named", [False, True], ids=["whatever it is", "as it was read"])
def test_of_many_who_answer_at_once_one_wins(named, police, trust):
    sent = police.ask(trust)
    barrier = threading.Barrier(RACERS)
    why = {"reason_code": "no_capacity", "reason": "all teams are out", "belongs_to": "unknown"}
    headers = {"If-Match": f'"{sent["version"]}"'} if named else {}

    def answer(number):
        body = {"action": "accept"} if number % 2 else {"action": "decline", **why}
        barrier.wait()
        return trust.send(f"/referrals/{sent['id']}/moves/", {"by": trust.by, **body}, **headers)

    with ThreadPoolExecutor(RACERS) as racers:
        answers = list(racers.map(answer, range(RACERS)))
    won = [each for each in answers if each.status_code == 200]
    lost = Counter(each.status_code for each in answers if each.status_code != 200)
    assert len(won) == 1
    assert lost == {412 if named else 409: RACERS - 1}
    assert police.get(f"/referrals/{sent['id']}/")["state"] == won[0].json()["state"]


def test_a_follower_misses_nothing_of_what_eight_write_at_once(police, trust, live_stack):
    begun, done = police.feed()[-1]["sequence"], threading.Event()
    with ThreadPoolExecutor(WRITERS + 1) as crowd:
        follower = crowd.submit(follow, police, begun, done)
        written = crowd.map(lambda _: write(police, trust), range(WRITERS))
        cases = {case for made in written for case in made}
        until(lambda: not unnumbered(live_stack))
        done.set()
        told = [each for each in follower.result() if each["case"] in cases]
    assert len(cases) == WRITERS * EACH
    with live_stack.django("worker"):
        there_are = set(Event.objects.filter(case__reference__in=cases).values_list("pk", flat=True))
    assert len(told) == len({each["id"] for each in told})
    assert {each["id"] for each in told} == there_are
    assert list(in_order(told)) == []


def follow(reader, after, done):
    """Reads on until it is told that nothing more comes, and then once more to the end."""
    found = []
    while True:
        last = done.is_set()
        page = reader.get("/events/", after=after, limit=50, wait=0 if last else 1)
        found += page["results"]
        if last and page["next_after"] == after:
            return found
        after = page["next_after"]


def write(police, trust):
    """Some cases, each asked, accepted and begun."""
    made = [police.ask(trust) for _ in range(EACH)]
    for sent in made:
        trust.move(sent, "accept")
        trust.move(sent, "start", contact={"channel": "phone"})
    return [sent["case"]["reference"] for sent in made]


def unnumbered(stack):
    """How many committed events wait for the sequencer."""
    return stack.database.cleaner.execute("select count(*) from referrals_feed_todo").fetchone()[0]
