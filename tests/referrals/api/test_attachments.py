"""Files over HTTP: sent as forms, found out by their content, given out only to be saved."""

from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agencies.acting import acting_for
from agencies.models import Agency, AuditEvent
from agencies.roles import AgencyKind
from referrals.domain.attachment import MOST_BYTES
from referrals.domain.referral import State
from referrals.models import Attachment
from referrals.services.cleaning.__main__ import answer
from tests.factories.missing import report
from tests.factories.world import act, referral_at, referrals
from tests.files import made
from tests.referrals.api.test_schema import checked

AMY = {"by_name": "Amy Example", "by_role": "nurse in charge", "by_contact": "020 7946 0102"}
PHOTO = made.photo()


@pytest.fixture(autouse=True)
def opened_here(monkeypatch):
    """Files are opened in this process: quicker, and the same code."""
    monkeypatch.setattr("referrals.services.inspection._asked", answer)


@pytest.fixture
def sent(world):
    return referral_at(State.SENT, world)


def send(caller, path, content=PHOTO, name="mum.jpg", headers=None, **said):
    form = {"kind": "photo", **AMY, **said, "file": SimpleUploadedFile(name, content, "text/html")}
    form = {name: value for name, value in form.items() if value is not None}
    return caller.http.post(f"/api/v1{path}", form, headers=headers)


def of_case(referral):
    return f"/cases/{referral.case_reference}/attachments/"


def test_a_photo_is_attached_listed_and_saved_by_whoever_is_in_the_case(document, police, trust, sent):
    at = "2026-01-05T23:40:00+00:00"
    kept = send(trust, of_case(sent), note="last week", occurred_at=at)
    assert kept.status_code == 201, kept.content
    checked(document, "post", "/cases/{reference}/attachments/", kept)
    told = kept.json()
    assert (told["media_type"], told["name"], told["note"]) == ("image/jpeg", "mum.jpg", "last week")
    assert datetime.fromisoformat(told["occurred_at"]) == datetime(2026, 1, 5, 23, 40, tzinfo=UTC)
    assert told["by"]["name"] == "Amy Example"
    listed = police.get(of_case(sent))
    checked(document, "get", "/cases/{reference}/attachments/", listed)
    assert listed.json()["results"] == [told]
    checked(document, "get", "/attachments/{id}/", police.get(f"/attachments/{told['id']}/"))


def test_it_is_given_out_to_be_saved_and_for_nothing_else(world, police, trust, sent):
    key = send(trust, of_case(sent)).json()["id"]
    given = police.get(f"/attachments/{key}/content/", headers={"accept": "text/html"})
    assert given.status_code == 200
    assert given.content[:3] == b"\xff\xd8\xff"
    assert given["Content-Type"] == "application/octet-stream"
    named = f"{sent.case_reference}-photo-{key[-6:]}.jpg"
    assert given["Content-Disposition"] == f'attachment; filename="{named}"'
    assert given["X-Content-Type-Options"] == "nosniff"
    assert given["Cache-Control"] == "private, no-store"
    assert "default-src 'none'" in given["Content-Security-Policy"]
    assert made.PLACE.encode() not in given.content
    with acting_for(world.police.agency_id):
        assert AuditEvent.objects.get(action="attachment.read").target_id == key


@pytest.mark.parametrize("name", ["PNG and ZIP", "a PDF with a script", "a GIF that is a script"])
def test_a_hostile_file_is_refused_by_the_name_of_its_field(police, sent, name):
    content, why = made.HOSTILE[name]
    refused = send(police, of_case(sent), content())
    assert refused.status_code == 400
    assert why in refused.json()["errors"]["/file"]
    assert police.get(of_case(sent)).json()["results"] == []


def test_what_is_larger_than_it_may_be_is_refused_and_not_held(police, sent):
    refused = send(police, of_case(sent), PHOTO + bytes(2 * MOST_BYTES))
    assert refused.status_code == 413
    assert refused.json()["type"] == "/api/v1/problems/too-large/"
    nearly = made.picture("PNG", (1300, 1300))
    assert 2.5 * 2**20 < len(nearly) < MOST_BYTES
    assert send(police, of_case(sent), nearly).status_code == 201


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"kind": None}, "/kind"),
        ({"kind": "selfie"}, "/kind"),
        ({"kind": "clinical_document"}, "/kind"),
        ({"colour": "red"}, "/colour"),
        ({"occurred_at": "yesterday"}, "/occurred_at"),
        ({"note": ["one", "two"]}, "/note"),
        ({"by_role": None}, "/by_name"),
        ({"note": "zero\0byte"}, "/note"),
    ],
)
def test_a_form_that_is_wrong_names_the_field(police, sent, wrong, pointer):
    refused = send(police, of_case(sent), **wrong)
    assert refused.status_code == 400, refused.content
    assert pointer in refused.json()["errors"]


def test_a_form_without_a_file_or_a_person_is_refused(police, sent):
    address = f"/api/v1{of_case(sent)}"
    assert "/file" in police.http.post(address, {"kind": "photo", **AMY}).json()["errors"]
    assert "/file" in police.http.post(address, {"kind": "photo", "file": "text"}).json()["errors"]
    nobody = {"by_name": None, "by_role": None, "by_contact": None}
    assert send(police, of_case(sent), **nobody).status_code == 422
    assert police.post(of_case(sent), {"kind": "photo"}).status_code == 415
    assert police.http.post(address, b"--x", content_type="multipart/form-data").status_code == 400


def test_sent_again_under_its_key_it_is_attached_once(police, sent):
    key = {"Idempotency-Key": "one"}
    first = send(police, of_case(sent), headers=key)
    again = send(police, of_case(sent), headers=key)
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
    assert again.json() == first.json()
    for changed in ({"note": "another"}, {"content": made.png()}):
        assert send(police, of_case(sent), headers=key, **changed).status_code == 422
    assert send(police, of_case(sent)).status_code == 409, "without a key it is the same file twice"


def test_an_old_version_of_the_case_is_refused(police, sent):
    assert send(police, of_case(sent), headers={"If-Match": '"99"'}).status_code == 412
    version = police.get(f"/cases/{sent.case_reference}/")["ETag"]
    assert send(police, of_case(sent), headers={"If-Match": version}).status_code == 201


def test_a_withdrawn_file_is_told_of_and_not_given(document, police, trust, sent):
    key = send(trust, of_case(sent)).json()["id"]
    why = {"reason": "another patient", "by": {"name": "A", "role": "nurse", "contact": "1"}}
    assert police.post(f"/attachments/{key}/withdrawal/", why).status_code == 403
    assert trust.post(f"/attachments/{key}/withdrawal/", {**why, "reason": ""}).status_code == 400
    gone = trust.post(f"/attachments/{key}/withdrawal/", why)
    checked(document, "post", "/attachments/{id}/withdrawal/", gone)
    assert gone.json()["withdrawn"]["reason"] == "another patient"
    for who in (police, trust):
        assert who.get(f"/attachments/{key}/content/").status_code == 404
        assert who.get(f"/attachments/{key}/").json()["withdrawn"]["reason"] == "another patient"
    assert trust.post(f"/attachments/{key}/withdrawal/", why).status_code == 409


def test_a_missing_report_has_its_photo_and_so_has_its_case(document, world, police, trust):
    missing = report(world)
    path = f"/missing-reports/{missing.pk}/attachments/"
    kept = send(trust, path)
    checked(document, "post", "/missing-reports/{id}/attachments/", kept)
    listed = police.get(path)
    checked(document, "get", "/missing-reports/{id}/attachments/", listed)
    assert listed.json() == police.get(f"/cases/{missing.case.reference}/attachments/").json()
    assert police.get(f"/attachments/{kept.json()['id']}/content/").status_code == 200


def test_its_kind_says_who_may_know_of_it(world, caller, police, trust, sent):
    key = send(trust, of_case(sent), made.pdf(), kind="clinical_document").json()["id"]
    photo = send(trust, of_case(sent)).json()["id"]
    assert [each["id"] for each in police.get(of_case(sent)).json()["results"]] == [photo]
    for path in (f"/attachments/{key}/", f"/attachments/{key}/content/"):
        assert police.get(path).status_code == 404
        assert trust.get(path).status_code == 200
    Agency.objects.filter(pk=world.trust.agency_id).update(kind=AgencyKind.VOLUNTARY)
    assert trust.get(of_case(sent)).json()["results"] == []
    assert trust.get(f"/attachments/{photo}/content/").status_code == 404


def test_a_stranger_and_a_token_without_the_scope_get_nothing(world, caller, police, stranger, sent):
    key = send(police, of_case(sent)).json()["id"]
    for path in (of_case(sent), f"/attachments/{key}/", f"/attachments/{key}/content/"):
        assert stranger.get(path).status_code == 404
        assert caller(world.police, "referrals:read").get(path).status_code == 403
    assert send(stranger, of_case(sent), made.png()).status_code == 404
    assert send(caller(world.police, "cases:read"), of_case(sent), made.png()).status_code == 403


def test_whoever_has_left_the_case_has_left_its_files(world, caller, sent):
    asked = world.asked(case=sent.case_reference, lead=False, person={}, to_team=world.teams["ambulance"])
    beside = act(world.police, referrals.create, asked=asked)
    ambulance = caller(world.ambulance)
    key = send(caller(world.police), of_case(sent)).json()["id"]
    assert ambulance.get(f"/attachments/{key}/").status_code == 200
    said = {"reason_code": "not_our_area", "reason": "too far", "belongs_to": "unknown"}
    act(world.ambulance, referrals.move, referral_id=beside.pk, action="decline", **said)
    act(world.police, referrals.move, referral_id=beside.pk, action="no_further_action", reason="no need")
    assert ambulance.get(f"/attachments/{key}/").status_code == 404


def test_a_list_costs_the_same_however_many_there_are(police, sent):
    def cost():
        with CaptureQueriesContext(connection) as asked:
            assert police.get(of_case(sent)).status_code == 200
        return len(asked)

    for colour in ("red", "blue"):
        send(police, of_case(sent), made.picture("PNG", colour=colour))
    few = cost()
    for colour in ("green", "white", "black"):
        send(police, of_case(sent), made.picture("PNG", colour=colour))
    assert cost() == few


def test_no_static_address_leads_to_a_file(world, police, sent):
    send(police, of_case(sent))
    with acting_for(world.police.agency_id):
        stored = Attachment.objects.get(case=sent.case_id).stored
    for before in ("/media/", "/static/", "/", "/attachments/"):
        assert police.http.get(before + stored).status_code == 404


def test_the_scopes_of_missing_patients_open_the_files_of_their_cases_alone(world, police, caller, sent):
    narrow = caller(world.police, "missing:read missing:write")
    plain = send(police, of_case(sent)).json()["id"]
    for path in (f"/attachments/{plain}/", f"/attachments/{plain}/content/"):
        refused = narrow.get(path)
        assert (refused.status_code, "cases:read" in refused.text) == (403, True)
    refused = narrow.post(f"/attachments/{plain}/withdrawal/", {"reason": "x"})
    assert (refused.status_code, "cases:write" in refused.text) == (403, True)
    with acting_for(world.police.agency_id):
        assert not AuditEvent.objects.filter(action="attachment.read").exists()
    missed = send(police, f"/missing-reports/{report(world).pk}/attachments/", made.photo(seed=1)).json()[
        "id"
    ]
    for path in (f"/attachments/{missed}/", f"/attachments/{missed}/content/"):
        assert narrow.get(path).status_code == 200
        assert police.get(path).status_code == 200
