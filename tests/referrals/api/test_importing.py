"""Back-entry of a file: every row or none, what is wrong by row and column, nothing made in a preview."""

import csv
import io
from datetime import timedelta

import pytest

from agencies.acting import acting_for
from agencies.models import AuditEvent
from config.env import ROOT
from referrals.api.importing import COLUMNS
from referrals.domain import moments
from referrals.domain.errors import MoveNotAllowed
from referrals.models import Referral
from referrals.models.keys import instant
from referrals.services import referral as referrals
from tests.referrals.api.test_schema import checked

PATH = "/referrals/import/"
ROW = {
    "category": "concern_for_welfare",
    "priority": "P2",
    "to_team": "trust-desk",
    "occurred_at": "2026-01-05T23:40:00Z",
    "person_family_name": "EXAMPLE",
    "person_nhs_number": "999 000 0018",
    "person_age": "41",
    "location": "12 Example Street",
    "flags": "repeat_caller; under_18",
    "lead": "true",
    "summary": 'said "help", twice',
}


def text(*changes, columns=ROW):
    """A file with a row for each of these changes to the plain one."""
    page = io.StringIO()
    writer = csv.DictWriter(page, list(columns))
    writer.writeheader()
    for change in changes or ({},):
        writer.writerow({**ROW, **change})
    return page.getvalue()


def send(caller, sent, preview=None, **headers):
    address = f"/api/v1{PATH}" + (f"?preview={preview}" if preview else "")
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return caller.http.post(address, sent, content_type="text/csv", headers=named)


def wrong(caller, sent):
    answer = send(caller, sent)
    assert answer.status_code == 400, answer.content
    return answer.json()["errors"]


@pytest.fixture
def made(world):
    """How many referrals there are."""

    def count():
        with acting_for(world.police.agency_id):
            return Referral.objects.count()

    return count


def test_every_row_is_made_with_both_times(document, police, made, world):
    answer = send(police, "\ufeff" + text({}, {"priority": "P1", "person_age": ""}))
    assert answer.status_code == 201, answer.content
    checked(document, "post", PATH, answer)
    first, second = answer.json()["results"]
    assert (first["row"], second["row"], second["priority"]) == (2, 3, "P1")
    told = police.get(f"/referrals/{first['id']}/").json()
    assert told["occurred_at"].startswith("2026-01-05T23:40:00")
    assert told["created_at"] == told["sent_at"] == first["recorded_at"]
    assert (told["person"]["nhs_number"], told["person"]["age"]) == ("9990000018", 41)
    assert (told["flags"], told["summary"]) == (["repeat_caller", "under_18"], 'said "help", twice')
    assert not told["overdue"], "it is chased from its entry"
    assert made() == 2
    with acting_for(world.police.agency_id):
        assert AuditEvent.objects.get(action="import").data == {"rows": 2}


def test_a_preview_says_the_same_and_makes_nothing(document, police, made):
    answer = send(police, text({}, {}), preview="true", idempotency_key="one")
    assert answer.status_code == 200
    checked(document, "post", PATH, answer)
    said = answer.json()
    assert said["preview"] is True
    assert [(each["row"], each["id"], each["reference"]) for each in said["results"]] == [
        (2, None, None),
        (3, None, None),
    ]
    assert made() == 0
    assert send(police, text({}, {}), preview="true", idempotency_key="one").json() == said


def test_what_is_wrong_is_told_by_row_and_column_and_nothing_is_made(police, made):
    told = wrong(
        police,
        text(
            {},
            {"priority": "P9", "person_nhs_number": "999 000 0019"},
            {"to_team": "nowhere"},
            {"occurred_at": ""},
            {"occurred_at": "2199-01-01T00:00:00Z"},
            {"person_age": "old", "lead": "perhaps"},
            {"flags": "blue"},
        ),
    )
    rows = {pointer.rpartition("/")[0] if pointer.count("/") > 3 else pointer for pointer in told}
    assert "/rows/3/priority" in told
    assert "/rows/3/person_nhs_number" in told
    assert "/rows/4/to_team" in told
    assert "/rows/5/occurred_at" in told
    assert "/rows/6/occurred_at" in told
    assert {"/rows/7/person_age", "/rows/7/lead"} <= set(told)
    assert any(pointer.startswith("/rows/8/flags") for pointer in told)
    assert not [pointer for pointer in rows if pointer.startswith("/rows/2")]
    assert made() == 0


@pytest.mark.parametrize(
    ("sent", "pointer"),
    [
        ("", "/rows"),
        ("category,priority\n", "/heading/occurred_at"),
        (text(columns={**ROW, "colour": ""}).replace("\r\n", "\n"), "/heading/colour"),
        (text().splitlines()[0] + "\n", "/rows"),
        (text(*[{}] * 201), "/rows"),
        (text().replace("category", "category,category", 1), "/heading/category"),
        (text().rstrip() + ",more\n", "/rows/2/row"),
    ],
    ids=["nothing", "few columns", "odd column", "no rows", "many rows", "twice", "a cell too many"],
)
def test_a_file_that_is_not_as_it_should_be_is_refused_by_name(police, made, sent, pointer):
    assert pointer in wrong(police, sent)
    assert made() == 0


@pytest.mark.parametrize(
    "sent", [b"\xff\xfe", b'category,"a', b"a\0b"], ids=["not UTF-8", "open quote", "zero byte"]
)
def test_what_is_no_csv_is_refused(police, sent):
    assert send(police, sent).status_code == 400


def test_json_is_not_taken_and_other_parameters_are_not_either(police):
    assert police.post(PATH, {"rows": []}).status_code == 415
    assert send(police, text(), preview="perhaps").status_code == 400
    assert police.http.post(f"/api/v1{PATH}?colour=red", text(), content_type="text/csv").status_code == 400


def test_sent_again_it_is_made_once(police, made):
    first = send(police, text(), idempotency_key="one")
    again = send(police, text(), idempotency_key="one")
    assert again.json() == first.json()
    assert made() == 1


def test_what_the_export_put_behind_an_apostrophe_comes_back_as_it_was(police, made):
    """A telephone number begins as a formula does."""
    sent = {"person_phone": "'+447700900123", "summary": r"'=1\|2", "person_family_name": "'Quote"}
    answer = send(police, text(sent, columns={**ROW, "person_phone": ""}))
    assert answer.status_code == 201
    told = police.get(f"/referrals/{answer.json()['results'][0]['id']}/").json()
    assert (told["person"]["phone"], told["summary"]) == ("+447700900123", "=1|2")
    assert told["person"]["family_name"] == "'Quote"


def test_columns_and_rows_are_told_at_once_with_the_columns_that_there_are(police, made):
    sent = text({"priority": "P9"}, {"to_team": "nowhere"}, columns={**ROW, "colour": ""})
    told = wrong(police, sent.replace("occurred_at", "happened", 1))
    assert {"/heading/colour", "/heading/happened", "/heading/occurred_at"} <= set(told)
    assert {each for each in told if each.startswith("/rows")} == {"/rows/2/priority", "/rows/3/to_team"}
    listed = [said for where, said in told.items() if where.startswith("/heading") and "columns are" in said]
    assert len(listed) == 1, "told once"
    assert all(each in listed[0] for each in COLUMNS)
    assert made() == 0


def test_all_that_is_wrong_with_a_row_is_told_at_once(police):
    bad = {"priority": "P9", "to_team": "nowhere", "occurred_at": "", "person_nhs_number": "999 000 0019"}
    told = wrong(police, text(bad))
    assert {f"/rows/2/{name}" for name in bad} <= set(told)
    nobody = {
        "priority": "P9",
        "to_team": "",
        "person_family_name": "",
        "person_nhs_number": "",
        "person_age": "",
    }
    assert {"/rows/2/priority", "/rows/2/to_team", "/rows/2/person"} <= set(wrong(police, text(nobody)))


def test_the_paper_lists_every_column():
    paper = (ROOT / "docs" / "api.md").read_text()
    assert all(f"`{name}`" in paper for name in COLUMNS)


def test_a_row_of_a_moment_to_come_is_not_refused_for_ever(police, made, monkeypatch):
    early = {"occurred_at": (instant() + timedelta(minutes=5)).isoformat()}
    for _ in range(2):
        answer = send(police, text(early), idempotency_key="one")
        assert (answer.status_code, "Idempotent-Replayed" in answer) == (400, False)
    monkeypatch.setattr(moments, "AHEAD", timedelta(minutes=6))  # as if five minutes had passed
    assert send(police, text(early), idempotency_key="one").status_code == 201
    assert made() == 1


def test_a_row_that_another_state_of_things_would_let_in_is_not_refused_for_ever(
    world, police, made, monkeypatch
):
    create = referrals.create

    def not_now(**words):
        raise MoveNotAllowed("the case is closed")

    monkeypatch.setattr(referrals, "create", not_now)
    assert "/rows/2/row" in send(police, text(), idempotency_key="one").json()["errors"]
    monkeypatch.setattr(referrals, "create", create)
    assert send(police, text(), idempotency_key="one").status_code == 201


def test_a_file_that_stays_wrong_is_answered_as_before(police):
    first, again = (send(police, text({"priority": "P9"}), idempotency_key="one") for _ in range(2))
    assert first.content == again.content
    assert again["Idempotent-Replayed"] == "true"
