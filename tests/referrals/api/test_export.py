"""The list as a file: the same rows, no more fields, no formula, and never held whole."""

import csv
import io
import json
import tracemalloc
from itertools import count, islice

import pytest

from agencies import services as agencies
from agencies.acting import acting_for
from agencies.models import AuditEvent
from referrals.api import export, rows
from referrals.domain.referral import State
from referrals.services import referral as referrals
from tests.factories.world import act, move, referral_at

FORMULAS = ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "=cmd|' /C calc'!A0", "\t=1+1", "\r=1+1", "%0a=1", "|x"]


def read(caller, **parameters):
    answer = caller.get("/referrals/export/", **parameters)
    assert answer.status_code == 200, answer.getvalue()
    return list(csv.DictReader(io.StringIO(answer.getvalue().decode())))


def test_it_holds_the_rows_of_the_list_and_no_others(world, police, trust, stranger, monkeypatch):
    monkeypatch.setattr(export, "BATCH", 2)
    made = [referral_at(state, world) for state in (State.DRAFT, State.SENT, State.DECLINED, State.CLOSED)]
    act(world.police, referrals.create, asked=world.asked(to_team=world.teams["ambulance"]))
    for who in (police, trust):
        listed = who.get("/referrals/", ordering="-sent_at").json()["results"]
        assert [each["reference"] for each in read(who)] == [each["reference"] for each in listed]
    assert len(read(police)) == 5
    assert {each["reference"] for each in read(trust)} == {each.reference for each in made[1:]}
    assert read(stranger) == []


def test_its_cells_are_what_the_list_says(world, police):
    referral = referral_at(State.ACCEPTED, world)
    (row,) = read(police)
    told = police.get(f"/referrals/{referral.pk}/").json()
    assert (row["case"], row["state"], row["to_team"]) == (
        told["case"]["reference"],
        "accepted",
        "trust-desk",
    )
    assert row["person_nhs_number"] == "9990000018"
    assert row["location"] == "12 Example Street"
    assert (row["sent_at"], row["lead"]) == (told["sent_at"], "True")


def test_a_field_that_the_audience_does_not_read_has_no_column(world, caller):
    referral_at(State.SENT, world)
    agency = world.teams["trust"].agency
    agency.kind = "voluntary"
    agency.save()
    (row,) = read(caller(world.trust))
    assert "person_nhs_number" not in row
    assert row["person_family_name"] == "EXAMPLE"


@pytest.mark.parametrize("text", FORMULAS, ids=ascii)
def test_no_cell_is_a_formula(world, police, text):
    person = {"family_name": text, "description": text}
    asked = world.asked(summary=text, location={"text": text}, person=person, source_incident_number=text)
    act(world.police, referrals.create, asked=asked)
    (row,) = read(police)
    assert text.strip()[-1] in row["summary"]
    assert [cell for cell in row.values() if cell[:1] in tuple("=+-@|%\t\r\n")] == []


def test_it_is_read_page_by_page_as_it_is_sent(world, police, monkeypatch):
    monkeypatch.setattr(export, "BATCH", 2)
    for _ in range(5):
        referral_at(State.SENT, world)
    held, tell = [], rows.read
    monkeypatch.setattr(export.rows, "read", lambda ids, actor: (held.append(len(ids)), tell(ids, actor))[1])
    stream = iter(police.get("/referrals/export/").streaming_content)
    assert (next(stream)[:12], held) == (b"id,reference", [])
    next(stream)
    assert held == [2]
    rest = list(stream)
    assert held == [2, 2, 1]
    assert len(rest) == 2


def test_what_is_sent_meanwhile_neither_repeats_nor_hides_a_row(world, police, monkeypatch):
    monkeypatch.setattr(export, "BATCH", 2)
    made = [referral_at(State.SENT, world) for _ in range(4)]
    stream = iter(police.get("/referrals/export/").streaming_content)
    said = [next(stream), next(stream)]
    referral_at(State.SENT, world)
    move(world.trust, made[0], "acknowledge")
    said = b"".join([*said, *stream]).decode()
    found = [each["reference"] for each in csv.DictReader(io.StringIO(said))]
    assert found == [each.reference for each in reversed(made)]


def test_it_ends_when_access_does(world, police, monkeypatch):
    monkeypatch.setattr(export, "BATCH", 1)
    for _ in range(3):
        referral_at(State.SENT, world)
    stream = iter(police.get("/referrals/export/").streaming_content)
    next(stream), next(stream)
    with acting_for(world.police.agency_id):
        agencies.revoke_client(client_id=world.police.client_id, by=None)
    with pytest.raises(export.NotAuthenticated):
        list(stream)


def test_it_is_narrowed_like_the_list_and_audited(world, police):
    referral_at(State.SENT, world)
    referral_at(State.ACCEPTED, world)
    assert [each["state"] for each in read(police, state="accepted")] == ["accepted"]
    with acting_for(world.police.agency_id):
        line = AuditEvent.objects.get(action="export")
    assert (line.target_label, line.data) == ("referrals", {"filters": ["state"]})
    for wrong in (
        {"cursor": "x"},
        {"limit": "5"},
        {"ordering": "sent_at"},
        {"state": "lost"},
        {"colour": "red"},
    ):
        assert police.get("/referrals/export/", **wrong).status_code == 400, wrong
    asked = police.get("/referrals/export/", headers={"accept": "text/csv"})
    assert (asked.status_code, asked["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert "attachment" in asked["Content-Disposition"]


@pytest.fixture
def synthetic(world, police, monkeypatch):
    """``synthetic(rows)``: an export in which the list has so many rows, each made anew as it is read."""
    made = referral_at(State.ACCEPTED, world)
    with acting_for(world.police.agency_id):
        told = rows.read([made.pk], world.police)
    plain = {name: said for name, said in told[0].items() if name not in ("clocks", "allowed_actions")}
    text = json.dumps(plain, default=str)

    def stream(many, into=None):
        keys = count()

        def after(parts, columns, last, most):
            return [(None, number) for number in islice(keys, most) if number < many]

        def read(ids, actor):
            found = [json.loads(text) for _ in ids]
            return found if into is None else into.append(found) or found

        monkeypatch.setattr(export, "keys_after", after)
        monkeypatch.setattr(export.rows, "read", read)
        return police.get("/referrals/export/").streaming_content

    return stream


def held(stream):
    """How many lines came, and the bytes that were held at most while they came."""
    tracemalloc.start()
    try:
        return sum(part.count(b"\r\n") for part in stream), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_however_long_it_holds_no_more(synthetic):
    (few, at_few), (many, at_many) = held(synthetic(1_000)), held(synthetic(6_000))
    assert (few, many) == (1_001, 6_001)
    assert at_many < 1.2 * at_few
    assert held(synthetic(2_000, into=[]))[1] > 1.2 * at_few, "if it kept its rows, it would be noticed"
