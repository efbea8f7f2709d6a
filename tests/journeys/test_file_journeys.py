"""In a browser: a nurse attaches a photo, the police save it; and what was kept on paper is entered."""

import pytest

from referrals.domain.referral import State
from tests.factories.world import referral_at
from tests.files import made
from tests.journeys.conftest import axe, picture
from tests.referrals.api.test_importing import text

pytestmark = pytest.mark.xdist_group("pages")


@pytest.fixture
def sent(live_stack, town):
    with live_stack.django():
        return referral_at(State.SENT, town)


def chosen(name, content):
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


def test_a_photo_is_attached_and_saved_and_what_is_two_things_is_refused(at_desk, sent):
    nurse, officer = at_desk("trust"), at_desk("police")
    nurse.goto(f"/tracker/referrals/{sent.reference}/")
    nurse.get_by_role("link", name="Attach a photo or a document").click()
    nurse.get_by_label("Note").fill("taken last week")
    nurse.get_by_label("A photo of the person").check()
    nurse.get_by_label("File").set_input_files(chosen("mum.png", made.png() + made.archive()))
    nurse.get_by_role("button", name="Attach").click()
    nurse.get_by_role("alert").get_by_text("ZIP archive").wait_for()
    assert nurse.get_by_label("Note").input_value() == "taken last week"
    assert nurse.evaluate("window.violations") == []
    assert axe(nurse) == []
    picture(nurse, "a-refused-file")
    nurse.get_by_label("File").set_input_files(chosen("mum.jpg", made.photo()))
    nurse.get_by_role("button", name="Attach").click()
    nurse.get_by_role("link", name="A photo of the person: mum.jpg").wait_for()
    officer.goto(f"/tracker/referrals/{sent.reference}/")
    with officer.expect_download() as saved:
        officer.get_by_role("link", name="A photo of the person: mum.jpg").click()
    assert saved.value.suggested_filename.startswith(f"{sent.case_reference}-photo-")
    assert made.PLACE.encode() not in saved.value.path().read_bytes()
    picture(officer, "case-with-a-photo")
    assert officer.evaluate("window.violations") == []


def test_a_table_is_looked_at_corrected_and_entered(at_desk):
    page = at_desk("police")
    page.goto("/tracker/referrals/")
    page.get_by_role("link", name="Enter what was kept on paper").click()
    page.get_by_label("A CSV file").set_input_files(
        chosen("paper.csv", text({}, {"priority": "P9"}).encode())
    )
    page.get_by_role("button", name="Look at it first").click()
    page.get_by_text("Row 3").wait_for()
    assert axe(page) == []
    table = page.get_by_label("Or the table itself")
    table.fill(table.input_value().replace("P9", "P1"))
    page.get_by_role("button", name="Look at it first").click()
    page.get_by_role("button", name="Enter all 2").click()
    page.get_by_text("2 entered").wait_for()
    assert page.get_by_role("link", name="R-").count() == 2
    picture(page, "back-entry")
    assert axe(page) == []
    assert page.evaluate("window.violations") == []
