"""The open list, for paper: by person, with phones and full dates; nothing left out in silence."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agencies.models import AuditEvent, User
from referrals.domain.referral import State
from referrals.screens import open_list
from tests.factories.missing import report
from tests.factories.world import referral_at
from tests.referrals.services.detaining import ago, arrive, ask, detain, waits

LIST = "/tracker/open/"


def words(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


@pytest.fixture
def much(world):
    """One of each kind, and a closed one."""
    sent = referral_at(State.SENT, world)
    closed = referral_at(State.CLOSED, world)
    held = detain(world.police, 150, person={"family_name": "HELD", "given_name": "Sam", "age": 41})
    ask(world, held)
    arrive(world, held, 73)
    waits(world.police, held, number=2, since=ago(150))
    missing = report(world, person={"family_name": "GONE", "given_name": "Ada"})
    return sent, closed, held, missing


def test_it_holds_all_that_is_open_and_nothing_that_is_closed(world, desk, much):
    sent, closed, held, missing = much
    for who in ("police", "trust"):
        shown = words(desk(who).get(LIST))
        for each in (sent, held, missing):
            assert each.reference in shown
        assert closed.reference not in shown
        for name in ("EXAMPLE, Robin", "HELD, Sam", "GONE, Ada"):
            assert name in shown


def test_it_says_who_is_accountable_whom_to_phone_and_until_when(world, desk, much):
    shown = words(desk("trust").get(LIST))
    police, trust = world.teams["police"], world.teams["trust"]
    assert f"{police.agency.name} , {police.name}, {police.phone}" in shown
    assert f"{trust.name} ({trust.phone})" in shown
    assert "NHS 999 000 0018" in shown
    assert "Age about 41" in shown
    assert "Officers: 2 with the person, waiting since" in shown
    day = (timezone.localtime() + timedelta(minutes=24 * 60 - 73)).strftime("%-d %b %Y")
    assert re.search(rf"power ends \d\d:\d\d on \w\w\w {day}", shown)
    assert re.search(r"Acknowledge: \d\d:\d\d on \w\w\w \d+ \w+ 20\d\d", shown)


def test_each_sheet_says_when_it_was_printed_and_what_it_is(world, desk, much):
    text = desk("trust").get(LIST).content.decode()
    head = text.partition("<thead>")[2].partition("</thead>")[0]
    assert "Patient data: keep safe, destroy after use" in head
    assert f"printed {timezone.localtime():%-d %B %Y}" in head


def test_the_sums_are_said_and_what_is_left_out_is_said_first(world, desk, much, monkeypatch):
    shown = words(desk("trust").get(LIST))
    assert "3 of 3 referrals · 1 of 1 missing patients · 1 of 1 detentions" in shown
    assert "Not everything" not in shown
    monkeypatch.setattr(open_list, "MOST", 2)
    shown = words(desk("trust").get(LIST))
    assert "Not everything is on this list. Referrals: the first 2 of 3" in shown


def test_a_stranger_has_nothing_on_it(world, desk, much):
    shown = words(desk("stranger").get(LIST))
    assert "Nothing is open" in shown
    assert "EXAMPLE" not in shown


def test_an_unsent_report_names_nobody_but_its_place(world, desk):
    draft = report(world, draft=True, person={"family_name": "SECRET"})
    shown = words(desk("trust").get(LIST))
    assert draft.reference in shown
    assert "SECRET" not in shown


def test_printing_it_is_audited_as_an_export(world, desk, much, as_superuser):
    desk("trust").get(LIST)
    asked = f"select data from {AuditEvent._meta.db_table} where action = 'export'"
    rows = as_superuser.execute(asked).fetchall()
    assert len(rows) == 1
    assert rows[0][0]["missing patients"] == 1


def test_both_doors_lead_to_it(world, desk, much):
    assert f'href="{LIST}"' in desk("police").get("/tracker/").content.decode()
    browser = desk("trust")
    User.objects.update(is_staff=True)
    assert 'href="/admin/open/"' in browser.get("/admin/").content.decode()
    assert much[0].reference in words(browser.get("/admin/open/"))


def test_its_queries_do_not_grow_with_what_is_open(world, desk, much):
    browser = desk("police")

    def cost():
        browser.get(LIST)
        with CaptureQueriesContext(connection) as ran:
            browser.get(LIST)
        return len(ran)

    few = cost()
    for n in range(3):
        referral_at(State.ACCEPTED, world)
        arrive(world, detain(world.police, 150), 73)
        report(world, person={"family_name": f"MORE{n}"})
    assert cost() == few
