"""Webhooks over HTTP: registered, tried, looked after; each agency's own, by whoever may send things out."""

import pytest

from agencies.roles import Role
from referrals.domain.referral import State
from referrals.services import webhook as webhooks
from tests.factories.agencies import MembershipFactory
from tests.factories.world import referral_at
from tests.referrals.api.test_schema import checked

URL = "https://hooks.example/rcrp?token=1"
NOT_ADDRESSES = [
    "", "hooks.example", "http://hooks.example/", "ftp://hooks.example/", "https://", "https:///path",
    "https://me:pass@hooks.example/", "https://hooks.example/#part", "https://hooks.example/a b",
    "https://hooks.example:99999/", "https://hooks.example:0/", "https://[::1", "https://127.0.0.1/",
    "https://[::ffff:10.0.0.1]/", "https://169.254.169.254/latest", "https://hooks.example/\u00e9", 7, None,
]  # fmt: skip


def register(caller, **said):
    answer = caller.post("/webhooks/", {"url": URL, **said})
    assert answer.status_code == 201, answer.json()
    return answer.json()


def change(caller, made, **said):
    path = f"/api/v1/webhooks/{made['id']}/"
    return caller.http.patch(path, said, content_type="application/json")


def test_its_secret_is_told_once(trust):
    answer = trust.post("/webhooks/", {"url": URL, "types": ["referral.sent"]}, idempotency_key="one")
    made = answer.json()
    assert made["secret"].startswith("whsec_")
    assert answer["Location"].endswith(f"/api/v1/webhooks/{made['id']}/")
    again = trust.post("/webhooks/", {"url": URL, "types": ["referral.sent"]}, idempotency_key="one").json()
    assert again == {**made, "secret": None}
    listed = trust.get("/webhooks/").json()["results"]
    assert listed == [{name: value for name, value in made.items() if name != "secret"}]
    assert trust.get(f"/webhooks/{made['id']}/").json() == listed[0]
    assert made["created_by"]["agency"] == "trust"


@pytest.mark.parametrize("url", NOT_ADDRESSES, ids=ascii)
def test_what_is_no_public_address_is_refused_by_name(trust, url):
    answer = trust.post("/webhooks/", {"url": url})
    assert answer.status_code == 400
    assert set(answer.json()["errors"]) == {"/url"}


def test_another_agency_and_whoever_does_not_run_this_one_have_none(
    world, trust, police, caller, signed_in_to_api
):
    made = register(trust)
    for path in ("", "deliveries/"):
        assert police.get(f"/webhooks/{made['id']}/{path}").status_code == 404
    for path in ("secret/", "test/", "deliveries/1/replay/"):
        assert police.post(f"/webhooks/{made['id']}/{path}").status_code == 404
    assert change(police, made, enabled=False).status_code == 404
    assert police.get("/webhooks/").json()["results"] == []
    assert caller(world.trust, scope="referrals:read").get("/webhooks/").status_code == 403
    for role, status in ((Role.WORKER, 403), (Role.SUPERVISOR, 403), (Role.MANAGER, 200)):
        person = signed_in_to_api(MembershipFactory(team=world.teams["trust"], role=role))
        assert person.get("/webhooks/").status_code == status
        assert person.get(f"/webhooks/{made['id']}/").status_code == status


def test_it_is_changed_switched_off_and_on_and_removed(trust):
    made = register(trust)
    assert change(trust, made, url="https://other.example/", types=["risk.raised"]).json()["types"] == [
        "risk.raised"
    ]
    off = change(trust, made, enabled=False).json()
    assert (off["enabled"], off["disabled_reason"]) == (False, "by_you")
    assert trust.post(f"/webhooks/{made['id']}/test/").status_code == 409
    on = change(trust, made, enabled=True).json()
    assert (on["enabled"], on["disabled_reason"], on["url"]) == (True, None, "https://other.example/")
    for wrong in ({"url": "https://10.0.0.1/"}, {"types": ["nonsense"]}, {"position": 0}, {"enabled": "no"}):
        assert change(trust, made, **wrong).status_code == 400, wrong
    assert trust.http.delete(f"/api/v1/webhooks/{made['id']}/").status_code == 204
    assert trust.get(f"/webhooks/{made['id']}/").status_code == 404
    assert trust.get("/webhooks/").json()["results"] == []


def test_there_is_an_end_to_how_many(trust, monkeypatch):
    monkeypatch.setattr(webhooks, "MOST", 2)
    register(trust), register(trust)
    assert trust.post("/webhooks/", {"url": URL}).status_code == 409


def test_a_secret_is_rotated_with_an_overlap(trust):
    made = register(trust)
    new = trust.post(f"/webhooks/{made['id']}/secret/", {"overlap_hours": 2}).json()
    assert new["secret"] != made["secret"]
    assert new["old_secret_until"] > new["created_at"]
    assert trust.post(f"/webhooks/{made['id']}/secret/", {"overlap_hours": 1000}).status_code == 400


def test_the_log_tells_what_came_of_each_delivery(world, trust, worker):
    made = register(trust)
    log = f"/webhooks/{made['id']}/deliveries/"
    test = trust.post(f"/webhooks/{made['id']}/test/")
    assert (test.status_code, test.json()["state"]) == (202, "waiting")
    worker(500)
    failed = trust.get(log).json()["results"][0]
    assert (failed["state"], failed["attempts"], failed["tried"][0]["status"]) == ("waiting", 1, 500)
    referral_at(State.ACCEPTED, world)
    worker()
    first = trust.get(log, limit=2, state="delivered").json()
    assert len(first["results"]) == 2
    second = trust.get(first["next"]).json()["results"]
    ids = [each["id"] for each in [*first["results"], *second]]
    assert ids == sorted(ids, reverse=True)
    again = trust.post(f"{log}{ids[0]}/replay/")
    assert (again.status_code, again.json()["replay_of"]) == (202, ids[0])
    assert again.json()["webhook_id"] == first["results"][0]["webhook_id"]
    assert trust.post(f"{log}999999/replay/").status_code == 404
    assert trust.get(log, state="lost").status_code == 400


def test_every_answer_is_as_the_document_says(document, world, trust, worker):
    made = register(trust)
    one = f"/webhooks/{made['id']}/"
    referral_at(State.SENT, world)
    trust.post(one + "test/")
    worker()
    checked(document, "post", "/webhooks/", trust.post("/webhooks/", {"url": URL}))
    checked(document, "get", "/webhooks/", trust.get("/webhooks/"))
    checked(document, "get", "/webhooks/{id}/", trust.get(one))
    checked(document, "patch", "/webhooks/{id}/", change(trust, made, description="log"))
    checked(document, "post", "/webhooks/{id}/secret/", trust.post(one + "secret/"))
    checked(document, "post", "/webhooks/{id}/test/", trust.post(one + "test/"))
    checked(document, "get", "/webhooks/{id}/deliveries/", trust.get(one + "deliveries/"))
    last = trust.get(one + "deliveries/", state="delivered", limit=1).json()["results"][0]["id"]
    replayed = trust.post(f"{one}deliveries/{last}/replay/")
    if replayed.status_code == 202:
        checked(document, "post", "/webhooks/{id}/deliveries/{delivery}/replay/", replayed)


def test_what_is_sent_out_takes_the_right_to_read_it(world, trust, caller):
    narrow = caller(world.trust, "webhooks:manage")
    made = register(trust)
    for refused in (
        narrow.post("/webhooks/", {"url": URL}),
        change(narrow, made, url=f"{URL}&b=2"),
        change(narrow, made, types=[]),
    ):
        assert (refused.status_code, "events:read" in refused.text) == (403, True)
    assert change(narrow, made, enabled=False).status_code == 200, "to stop it takes no more"
    register(caller(world.trust, "webhooks:manage events:read"))
