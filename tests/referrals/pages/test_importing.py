"""Back-entry in the tracker: looked at first, all of it or nothing, and nothing typed is lost."""

import html
import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from agencies.acting import acting_for
from agencies.models import AuditEvent
from referrals.models import Referral
from tests.factories.agencies import TeamFactory
from tests.referrals.api.test_importing import text

PAGE = "/tracker/import/"
KEY = "00000000-0000-7000-8000-00000000000a"
BAD = {"priority": "P9", "person_nhs_number": "999 000 0019"}


@pytest.fixture
def made(world):
    """The referrals that there are."""

    def read():
        with acting_for(world.police.agency_id):
            return list(Referral.objects.order_by("pk"))

    return read


def send(browser, table=None, do="look", key=KEY, file=None):
    said = {"do": do, "key": key, "table": table or ""}
    if file is not None:
        said["file"] = SimpleUploadedFile("paper.csv", file)
    return browser.post(PAGE, said)


def typed(answer):
    """What stands in the form."""
    said = re.search(r"<textarea[^>]*>\n?(.*?)</textarea>", answer.content.decode(), re.DOTALL)[1]
    return html.unescape(said)


def lines(answer):
    return answer.content.decode()


def test_a_file_is_looked_at_corrected_on_the_page_and_entered(desk, made):
    browser = desk("police")
    first = send(browser, file=("\ufeff" + text({}, BAD)).encode())
    assert first.status_code == 400
    assert "<strong>Row 3</strong>, priority:" in lines(first)
    assert "<strong>Row 3</strong>, person_nhs_number:" in lines(first)
    assert "P9" in typed(first), "the table stands there, to be corrected"
    looked = send(browser, typed(first).replace("P9", "P1").replace("999 000 0019", "999 000 0018"))
    assert looked.status_code == 200
    assert "nothing has been yet" in lines(looked)
    assert "Enter all 2" in lines(looked)
    assert made() == []
    entered = send(browser, typed(looked), do="write")
    assert entered.status_code == 200
    first, second = made()
    assert (first.priority, second.priority) == ("P2", "P1")
    for each in (first, second):
        assert each.reference in lines(entered)
        assert each.occurred_at.isoformat().startswith("2026-01-05T23:40:00")
        assert each.created_at > each.occurred_at
    assert "5 January" in lines(entered) or "05/01/2026" in lines(entered) or "5 Jan" in lines(entered)
    assert typed(entered) == ""


def test_all_of_it_or_nothing(desk, made):
    assert send(desk("police"), text({}, BAD), do="write").status_code == 400
    assert made() == []


def test_pressed_twice_it_is_entered_once(desk, made, world):
    browser = desk("police")
    for _ in range(2):
        assert send(browser, text(), do="write").status_code == 200
    assert len(made()) == 1
    send(browser, text(), do="write", key="00000000-0000-7000-8000-00000000000b")
    assert len(made()) == 2
    with acting_for(world.police.agency_id):
        assert AuditEvent.objects.filter(action="import").count() == 2


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ("", "Choose a file, or type the table below"),
        ("category,priority\nx,y", "occurred_at"),
        ("category,priority,occurred_at,colour\n", "colour"),
        ('category,"a', "not CSV"),
        ("category,priority,occurred_at\n", "1 to 200 rows"),
    ],
)
def test_what_is_no_such_table_is_refused_and_stays(desk, made, table, why):
    answer = send(desk("police"), table, do="write")
    assert answer.status_code in (400, 422)
    assert why in html.unescape(lines(answer))
    assert typed(answer) == table
    assert made() == []


def test_a_file_that_is_not_text_is_refused(desk):
    answer = send(desk("police"), file=b"\xff\xfe\x00")
    assert answer.status_code == 422
    assert "CSV UTF-8" in lines(answer)


def test_the_empty_table_is_one_that_the_page_takes(desk, made):
    given = desk("police").get(f"{PAGE}template.csv")
    assert given["Content-Disposition"] == 'attachment; filename="back-entry.csv"'
    heading = given.content.decode().strip()
    row = dict.fromkeys(heading.split(","), "")
    row |= {"category": "concern_for_welfare", "priority": "P2", "to_team": "trust-desk",
            "occurred_at": "2026-01-05T23:40:00Z", "person_description": "a man in red"}  # fmt: skip
    answer = send(desk("police"), f"{heading}\n{','.join(row.values())}", do="write")
    assert answer.status_code == 200
    assert len(made()) == 1


def test_the_sheet_and_the_page_are_there_and_lead_to_each_other(desk):
    browser = desk("trust")
    assert f'href="{PAGE}"' in browser.get("/tracker/referrals/").content.decode()
    assert f'href="{PAGE}paper/"' in browser.get(PAGE).content.decode()
    assert "999" in browser.get(f"{PAGE}paper/").content.decode()
    assert browser.post(PAGE, {"do": "burn"}).status_code == 404


def test_a_script_in_a_cell_is_shown_as_text(desk):
    answer = send(desk("police"), text({"to_team": "<script>alert(1)</script>"}))
    assert "<script>alert" not in lines(answer)


def test_no_desk_of_a_sandbox_is_offered_for_what_really_happened(desk, world):
    TeamFactory(code="trial-desk", agency__sandbox=True)
    offered = lines(desk("police").get(PAGE))
    assert world.teams["trust"].code in offered
    assert "trial-desk" not in offered
