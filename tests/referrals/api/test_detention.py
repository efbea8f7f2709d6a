"""Detentions over HTTP, as the contract has them."""

from datetime import timedelta

import pytest
from django.utils.dateparse import parse_datetime

from referrals.models.keys import instant
from tests.referrals.api.conftest import AMY, PAT
from tests.referrals.api.test_schema import checked
from tests.referrals.services.detaining import BOSS, DOCTOR, ago, ask, now

DETAINED = {
    "person": {"family_name": "EXAMPLE", "given_name": "Robin", "age": 40},
    "power": "s136",
    "location": {"text": "Example Bridge"},
    "source_incident_number": "INC-1",
    "by": PAT,
}
ARRIVED = {"kind": "arrived", "place": "trust-desk", "place_kind": "health_based", "by": PAT}


@pytest.fixture
def held(police):
    """Somebody was detained an hour and a half ago."""
    answer = police.post("/detentions/", {**DETAINED, "detained_at": ago(90).isoformat()})
    assert answer.status_code == 201, answer.json()
    return answer.json()


def enter(who, held, status=201, **said):
    answer = who.post(f"/detentions/{held['id']}/milestones/", said)
    assert answer.status_code == status, answer.json()
    return answer.json()


def arrived(police, held, minutes=60, **said):
    return enter(police, held, **{**ARRIVED, "at": ago(minutes).isoformat(), **said})


def handed_over(world, trust, held):
    """The place is asked and accepts, by its milestone."""
    from referrals.models import Detention
    from tests.factories.world import acting_for

    with acting_for(world.police.agency_id):
        row = Detention.objects.get(pk=held["id"])
    ask(world, row)
    return enter(trust, held, kind="health_accepted", by=AMY)


def test_it_is_recorded_and_read_by_the_parties(police, stranger, held):
    address = f"/detentions/{held['id']}/"
    assert (held["state"], held["expires_at"], held["waiting_minutes"]) == ("detained", None, None)
    assert [each["kind"] for each in held["milestones"]] == ["detained"]
    assert [each["kind"] for each in held["clocks"]] == ["reach_place"]
    assert police.get(address).json()["reference"] == held["reference"]
    assert stranger.get(address).status_code == 404
    assert stranger.post(f"{address}milestones/", ARRIVED).status_code == 404
    assert stranger.post(f"{address}officers/", {"number": 1, "by": AMY}).status_code == 404
    assert stranger.get("/detentions/").json()["results"] == []
    assert [each["id"] for each in police.get("/detentions/", open="true").json()["results"]] == [held["id"]]
    for nothing in ({"open": "false"}, {"power": "s135"}, {"state": "ended"}, {"place": "trust-desk"}):
        assert police.get("/detentions/", **nothing).json()["results"] == []
    assert police.get("/detentions/", colour="red").status_code == 400


def test_the_whole_way_home(world, police, trust, held):
    told = arrived(police, held)
    expires = parse_datetime(told["starts_at"]) + timedelta(seconds=86_400)
    assert parse_datetime(told["expires_at"]) == expires
    assert told["waiting_minutes"] == 60
    police.post(f"/detentions/{held['id']}/officers/", {"number": 2, "from": ago(60).isoformat(), "by": PAT})
    told = handed_over(world, trust, held)
    assert told["state"] == "accepted"
    assert (told["officers_waiting"], told["officer_minutes"]) == (2, 120)
    told = enter(police, held, kind="last_officer_released", by=PAT)
    assert (told["waiting_minutes"], told["officers_waiting"], told["officer_minutes"]) == (None, 0, 120)
    enter(trust, held, kind="assessment_started", by=AMY, note="tearful, no plans")
    told = enter(trust, held, kind="decided", outcome="discharged_gp_cmht", by=AMY)
    assert (told["state"], told["outcome"]) == ("ended", "discharged_gp_cmht")
    assert "tearful" not in police.get(f"/detentions/{held['id']}/").content.decode()
    assert "tearful" in trust.get(f"/detentions/{held['id']}/").content.decode()


def test_who_an_officer_is_and_who_the_doctor_was_is_not_everybodys(world, police, trust, held):
    arrived(police, held)
    handed_over(world, trust, held)
    officers = f"/detentions/{held['id']}/officers/"
    assert police.post(officers, {"identifier": "PC 101", "by": PAT}).json()["officers"][0]["identifier"]
    assert trust.get(f"/detentions/{held['id']}/").json()["officers"][0]["identifier"] is None
    extended = {"kind": "extended", "extension_minutes": 60, "doctor": DOCTOR, "reason_code": "condition"}
    assert DOCTOR in [each["doctor"] for each in enter(trust, held, by=AMY, **extended)["milestones"]]
    seen = police.get(f"/detentions/{held['id']}/").json()
    assert (seen["extension_minutes"], {each["doctor"] for each in seen["milestones"]}) == (60, {None})


def test_an_extension_for_want_of_a_bed_is_refused_with_the_reason(world, police, trust, held):
    arrived(police, held)
    handed_over(world, trust, held)
    for_a_bed = {"kind": "extended", "extension_minutes": 60, "doctor": DOCTOR, "reason_code": "no_bed"}
    refused = enter(trust, held, 422, by=AMY, **for_a_bed)
    assert "no bed was available" in refused["detail"]
    assert "s.136B" in refused["detail"]


def test_a_dispute_and_a_correction_are_kept(police, held):
    told = arrived(police, held, disputed_at=ago(80).isoformat(), disputed_basis="vehicle_outside")
    assert told["advice"][0]["basis"]
    first = next(each for each in told["milestones"] if each["kind"] == "arrived")
    told = arrived(police, held, 70, corrects=first["id"])
    assert [each["stands"] for each in told["milestones"] if each["kind"] == "arrived"] == [False, True]
    assert told["advice"] == []
    assert told["latest_start_at"] == told["starts_at"]


def test_a_child_is_not_taken_to_a_police_station(police):
    said = {**DETAINED, "person": {"given_name": "Robin", "age": 15}}
    child = police.post("/detentions/", said).json()
    assert child["under_18"] is True
    refused = enter(police, child, 400, kind="arrived", place_kind="police_station", by=PAT)
    assert "/place_kind" in refused["errors"]


def test_more_is_stated_by_patch_with_its_version(police, held):
    address = f"/api/v1/detentions/{held['id']}/"
    patch = {"content_type": "application/json"}
    body = {"source_incident_number": "INC-2", "under_18": False, "by": PAT}
    changed = police.http.patch(address, body, **patch, headers={"If-Match": f'"{held["version"]}"'})
    assert changed.status_code == 200, changed.json()
    assert changed.json()["source_incident_number"] == "INC-2"
    assert changed["ETag"] == f'"{changed.json()["version"]}"'
    stale = police.http.patch(address, body, **patch, headers={"If-Match": f'"{held["version"]}"'})
    assert stale.status_code == 412
    assert police.http.patch(address, {"colour": "red"}, **patch).status_code == 400


def test_a_refused_handover_names_who_authorised_it(world, police, trust, held):
    from referrals.models import Detention
    from tests.factories.world import acting_for

    with acting_for(world.police.agency_id):
        row = Detention.objects.get(pk=held["id"])
    (asked,) = ask(world, row)
    said = {"action": "decline", "reason_code": "no_capacity", "reason": "all rooms taken",
            "belongs_to": "unknown", "by": AMY}  # fmt: skip
    moves = f"/referrals/{asked.pk}/moves/"
    assert "/authorised_by" in trust.post(moves, said).json()["errors"]
    assert trust.post(moves, {**said, "authorised_by": BOSS}).status_code == 200
    answers = [each for each in now(world.police, row).standing if each.row.kind == "capacity_answered"]
    assert answers[0].row.authorised_by == BOSS


def test_a_key_has_one_effect(police, held):
    body = {**ARRIVED, "at": instant().isoformat()}
    path = f"/detentions/{held['id']}/milestones/"
    one, again = (police.post(path, body, Idempotency_Key="k1") for _ in range(2))
    assert one.json() == again.json()
    assert len([each for each in again.json()["milestones"] if each["kind"] == "arrived"]) == 1


def test_every_answer_is_as_the_document_says(document, world, police, trust, held):
    one, template = f"/detentions/{held['id']}/", "/detentions/{id}/"
    arrived(police, held, disputed_at=ago(80).isoformat())
    handed_over(world, trust, held)
    for who in (police, trust):
        checked(document, "get", "/detentions/", who.get("/detentions/"))
        checked(document, "get", template, who.get(one))
    checked(document, "post", "/detentions/", police.post("/detentions/", DETAINED))
    waits = police.post(f"{one}officers/", {"identifier": "PC 1", "by": PAT})
    checked(document, "post", f"{template}officers/", waits)
    entered = police.post(f"{one}milestones/", {"kind": "amhp_notified", "by": PAT})
    checked(document, "post", f"{template}milestones/", entered)
    refused = police.post(f"{one}milestones/", {"kind": "rain"})
    checked(document, "post", f"{template}milestones/", refused)
