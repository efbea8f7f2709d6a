"""Photos and documents in the tracker: attached by a form without a script, listed, taken back."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agencies.models import Agency
from agencies.roles import AgencyKind
from referrals.domain.attachment import MOST_BYTES
from referrals.domain.referral import State
from referrals.services.cleaning.__main__ import answer
from tests.factories.missing import report
from tests.factories.world import referral_at
from tests.files import made


@pytest.fixture(autouse=True)
def opened_here(monkeypatch):
    """Files are opened in this process: quicker, and the same code."""
    monkeypatch.setattr("referrals.services.inspection._asked", answer)


@pytest.fixture
def sent(world):
    return referral_at(State.SENT, world)


def page_of(referral):
    return f"/tracker/cases/{referral.case_reference}/files/"


def attach(browser, address, content=None, **said):
    file = SimpleUploadedFile("mum.jpg", made.photo() if content is None else content)
    form = {"kind": "photo", "note": "taken last week", "file": file, **said}
    return browser.post(address, {name: value for name, value in form.items() if value is not None})


def test_a_photo_is_attached_and_both_sides_find_it_on_the_case(desk, sent):
    done = attach(desk("trust"), page_of(sent))
    assert (done.status_code, done["Location"]) == (302, page_of(sent))
    for name in ("police", "trust"):
        for address in (page_of(sent), f"/tracker/referrals/{sent.reference}/"):
            said = desk(name).get(address).content.decode()
            assert "A photo of the person: mum.jpg" in said
            assert re.search(r"JPEG, [\d.]+\s*KB", said)
            assert "taken last week" in said
            link = re.search(r'href="(/api/v1/attachments/[0-9a-f-]+/content/)" download', said)[1]
    given = desk("police").get(link)
    assert given["Content-Disposition"].startswith("attachment")


def test_the_report_of_a_missing_patient_shows_the_photo(world, desk):
    missing = report(world)
    address = f"/tracker/missing/{missing.reference}/"
    said = desk("trust").get(address).content.decode()
    form = f"/tracker/cases/{missing.case.reference}/files/"
    assert f'href="{form}"' in said
    assert attach(desk("trust"), form).status_code == 302
    assert "A photo of the person: mum.jpg" in desk("police").get(address).content.decode()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "Choose a file"),
        (b"", "empty"),
        (made.png() + made.archive(), "ZIP archive"),
        (made.photo() + bytes(MOST_BYTES), "larger than 10 MB"),
    ],
    ids=["none", "empty", "two at once", "large"],
)
def test_a_refused_file_says_why_and_what_was_typed_stays(desk, sent, content, why):
    nothing = {"file": None} if content is None else {}
    refused = attach(desk("police"), page_of(sent), content, note="a note to keep", **nothing)
    said = refused.content.decode()
    assert refused.status_code in (400, 422)
    assert why in said
    assert "a note to keep</textarea>" in said
    assert re.search(r'value="photo"\s+checked', said)


def test_the_kinds_offered_are_those_that_the_agency_reads(desk, sent):
    police, trust = (desk(name).get(page_of(sent)).content.decode() for name in ("police", "trust"))
    assert ("police_document" in police, "clinical_document" in police) == (True, False)
    assert ("police_document" in trust, "clinical_document" in trust) == (False, True)


def test_volunteers_read_no_photo_and_are_asked_for_none(world, desk, sent):
    attach(desk("trust"), page_of(sent))
    Agency.objects.filter(pk=world.trust.agency_id).update(kind=AgencyKind.VOLUNTARY)
    said = desk("trust").get(page_of(sent)).content.decode()
    assert "mum.jpg" not in said
    assert "<textarea" not in said


def test_whoever_attached_it_takes_it_back(desk, sent):
    attach(desk("trust"), page_of(sent))
    away = re.search(
        r'href="(/tracker/files/[0-9a-f-]+/withdraw/)"', desk("trust").get(page_of(sent)).content.decode()
    )
    assert "/withdraw/" not in desk("police").get(page_of(sent)).content.decode()
    assert "mum.jpg" in desk("trust").get(away[1]).content.decode()
    assert desk("trust").post(away[1], {"reason": ""}).status_code == 422
    assert desk("police").post(away[1], {"reason": "not ours"}).status_code == 403
    assert desk("trust").post(away[1], {"reason": "another patient"}).status_code == 302
    said = desk("police").get(page_of(sent)).content.decode()
    assert "withdrawn" in said
    assert "another patient" in said
    assert "/content/" not in said


def test_a_stranger_finds_no_page(desk, sent):
    assert desk("stranger").get(page_of(sent)).status_code == 404
    assert attach(desk("stranger"), page_of(sent)).status_code == 404


def test_the_timeline_tells_it_without_a_name(desk, sent):
    attach(desk("trust"), page_of(sent))
    story = (
        desk("police")
        .get(f"/tracker/referrals/{sent.reference}/")
        .content.decode()
        .partition("story-title")[2]
    )
    assert "A photo of the person was attached" in story
    assert "mum" not in story


def test_more_files_cost_no_more_queries(desk, sent):
    browser = desk("police")

    def cost():
        with CaptureQueriesContext(connection) as asked:
            browser.get(page_of(sent))
        return len(asked)

    for colour in ("red", "blue"):
        attach(browser, page_of(sent), made.picture("PNG", colour=colour))
    few = cost()
    for colour in ("green", "white"):
        attach(browser, page_of(sent), made.picture("PNG", colour=colour))
    assert cost() == few
