"""Correct who this is: from a case's page, a report's and a detention's; both sides see it."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agencies.models import User
from agencies.roles import Role
from referrals.domain.referral import State
from tests.factories.missing import report
from tests.factories.world import referral_at
from tests.referrals.pages.test_detention import page as detention_page
from tests.referrals.services.detaining import ask, detain
from tests.referrals.services.reading import case_of


@pytest.fixture
def sent(world):
    return referral_at(State.SENT, world)


def at(referral, door="tracker"):
    return f"/{door}/cases/{referral.case_reference}/person/"


def told(**changes):
    plain = {"family_name": "EXAMPLE", "given_name": "Robin", "nhs_number": "999 000 0018"}
    return {**plain, **changes}


def words(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", answer.content.decode()))


def test_the_case_leads_to_it_and_it_begins_with_what_the_case_has(world, desk, sent):
    case = desk("trust").get(f"/tracker/referrals/{sent.reference}/").content.decode()
    assert f'href="{at(sent)}"' in case
    shown = desk("trust").get(at(sent)).content.decode()
    assert 'name="family_name" value="EXAMPLE"' in shown
    assert 'name="nhs_number" value="999 000 0018"' in shown
    assert "data-keep" in shown


def test_a_correction_is_shown_to_both_sides_with_who_said_what(world, desk, sent):
    answer = desk("trust").post(at(sent), told(family_name="EXEMPLE", reason="wristband"), follow=True)
    assert answer.status_code == 200
    for who in ("trust", "police"):
        shown = words(desk(who).get(f"/tracker/referrals/{sent.reference}/"))
        assert "EXEMPLE, Robin" in shown
        assert (
            f"Family name EXAMPLE: Pat Example, duty supervisor, {world.teams['police'].agency.name}" in shown
        )
        assert "Who the person is was corrected" in shown
        assert "Family name EXEMPLE" in shown
        assert "wristband" in shown


def test_two_numbers_are_both_shown(world, desk, sent):
    desk("trust").post(at(sent), told(nhs_number="999 000 0026"))
    shown = words(desk("police").get(f"/tracker/referrals/{sent.reference}/"))
    assert "NHS number999 000 0018" in shown
    assert "NHS number 999 000 0026:" in shown


def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(world, desk, sent):
    answer = desk("trust").post(at(sent), told(nhs_number="123", given_name="Robyn"))
    assert answer.status_code == 422
    assert "This is no NHS number" in answer.content.decode()
    assert 'value="Robyn"' in answer.content.decode()
    empty = desk("trust").post(at(sent), told(family_name="", given_name=""))
    assert empty.status_code == 400
    assert "A name, or a description below" in empty.content.decode()
    same = desk("trust").post(at(sent), told())
    assert "Change what is wrong" in words(same)


def test_what_somebody_else_corrected_meanwhile_is_not_written_over_unseen(world, desk, sent):
    old = case_of(world.trust, sent).version
    desk("police").post(at(sent), told(family_name="EXEMPLE"))
    answer = desk("trust").post(at(sent), told(family_name="SAMPLE", version=old))
    assert answer.status_code == 412
    assert "read it again" in words(answer)


def test_a_side_that_had_said_otherwise_is_asked_whether_it_agrees(world, desk, sent):
    assert "Take back what your agency" not in words(desk("police").get(at(sent)))
    desk("trust").post(at(sent), told(family_name="EXEMPLE"))
    assert "Take back what your agency" not in words(desk("trust").get(at(sent)))
    assert "Take back what your agency" in words(desk("police").get(at(sent)))
    desk("police").post(at(sent), told(family_name="EXEMPLE", agrees="on"))
    shown = words(desk("trust").get(f"/tracker/referrals/{sent.reference}/"))
    assert "Also said of the person" not in shown


def test_the_worklist_has_it_behind_its_own_door(world, desk, sent):
    browser = desk("trust")
    User.objects.update(is_staff=True)
    assert (
        f'href="{at(sent, "admin")}"' in browser.get(f"/admin/cases/{sent.case_reference}/").content.decode()
    )
    answer = browser.post(at(sent, "admin"), told(given_name="Robyn"))
    assert answer.headers["Location"] == f"/admin/cases/{sent.case_reference}/"


def test_a_missing_report_and_a_detention_lead_to_it_and_show_what_else_was_said(world, desk):
    missing, held = report(world), detain(world.police, 150)
    ask(world, held)
    pages = {missing: f"/tracker/missing/{missing.reference}/", held: detention_page(held)}
    for one, address in pages.items():
        link = f"/tracker/cases/{case_of(world.police, one).reference}/person/"
        assert f'href="{link}"' in desk("police").get(address).content.decode()
        for who, name in (("police", "Sample"), ("trust", "Simple")):
            desk(who).post(link, told(family_name=name, version=""))
        shown = words(desk("police").get(address))
        assert "SIMPLE, Robin" in shown
        assert "Also said of the person" in shown
        assert "Family name Sample: " in shown


def test_an_auditor_is_offered_nothing(world, desk, sent):
    shown = desk("trust", Role.AUDITOR).get(f"/tracker/referrals/{sent.reference}/").content.decode()
    assert "Correct who this is" not in shown


def test_the_form_costs_the_same_however_often_it_was_corrected(world, desk, sent):
    browser = desk("trust")

    def cost():
        browser.get(at(sent))
        with CaptureQueriesContext(connection) as ran:
            browser.get(at(sent))
        return len(ran)

    browser.post(at(sent), told(given_name="Ira"))
    few = cost()
    for name in ("Ada", "Eve", "Ann"):
        browser.post(at(sent), told(given_name=name))
    assert cost() == few
