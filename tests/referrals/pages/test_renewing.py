"""A page that renews itself is put in place of the old when it says something else, and at no other time."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from referrals.domain.referral import State
from referrals.screens.renewing import stamp
from tests.factories.missing import report
from tests.factories.world import move, referral_at
from tests.referrals.admin.conftest import staff  # noqa: F401  # a fixture: the worklist renews itself, too
from tests.referrals.pages.test_lists import HOME, shift_clocks
from tests.referrals.services.detaining import arrive, detain

LATER = timedelta(minutes=3)
ROW = '<p>Sent 4 minutes ago <time class="due due--calm" datetime="2026-12-01T02:00:00+00:00" data-due>in 20 minutes</time></p>'  # noqa: E501


def stamps(browser, address):
    shown = browser.get(address, headers={"HX-Request": "true"})
    assert shown.status_code == 200
    (found,) = re.findall(r'id="live" data-stamp="([^"]+)"', shown.content.decode())
    return found


@pytest.mark.parametrize(
    ("old", "new", "is_change"),
    [
        ("4 minutes ago", "1 hour 4 minutes ago", False),
        ("in 20 minutes", "3 minutes late", False),
        ("due--calm", "due--late", False),
        ("02:00:00", "02:05:00", True),
        ("Sent", "Sent, chased", True),
    ],
)
def test_time_that_passes_is_no_change(old, new, is_change):
    assert old in ROW
    assert (stamp(ROW.replace(old, new)) != stamp(ROW)) is is_change


def test_a_token_is_no_change():
    form = (
        '<form><input type="hidden" name="csrfmiddlewaretoken" value="{}"><input name="version" value="{}">'
    )
    assert stamp(form.format("aB3", 1)) == stamp(form.format("Zz9", 1))
    assert stamp(form.format("aB3", 1)) != stamp(form.format("aB3", 2))


@pytest.fixture
def addresses(world):
    """The pages that renew themselves, with something in them; who looks at each."""
    referral, missing = referral_at(State.ACCEPTED, world), report(world)
    referral_at(State.SENT, world, priority="P3")
    held = detain(world.police)
    arrive(world, held)
    return {
        "home": ("desk", HOME),
        "list": ("desk", "/tracker/referrals/"),
        "case": ("desk", f"/tracker/referrals/{referral.reference}/"),
        "missing": ("desk", "/tracker/missing/"),
        "report": ("desk", f"/tracker/missing/{missing.reference}/"),
        "places": ("desk", "/tracker/places/"),
        "detention": ("desk", f"/tracker/detentions/{held.pk}/"),
        "inbox": ("desk", "/tracker/messages/"),
        "worklist": ("staff", "/admin/"),
        "work": ("staff", f"/admin/work/{referral.reference}/"),
    }


@pytest.mark.parametrize(
    "name",
    ["home", "list", "case", "missing", "report", "places", "detention", "inbox", "worklist", "work"],
)
def test_a_page_is_the_same_while_only_time_passes(name, addresses, request):
    who, address = addresses[name]
    browser = request.getfixturevalue(who)("trust" if who == "staff" else "police")
    browser.get(address)
    before = stamps(browser, address)
    with time_machine.travel(datetime.now(UTC) + LATER, tick=True):
        assert stamps(browser, address) == before


def test_a_deadline_that_passes_is_a_change_at_home(world, desk, as_superuser):
    """The rows are the same in the same order: what is late now was the first of what will be."""
    for minutes in (2, 8):
        shift_clocks(as_superuser, referral_at(State.SENT, world), minutes)
    browser = desk("police")
    before = stamps(browser, HOME)
    with time_machine.travel(datetime.now(UTC) + LATER, tick=True):
        assert stamps(browser, HOME) != before


def test_a_number_above_the_worklist_is_a_change(world, staff):  # noqa: F811
    move(world.trust, referral_at(State.SENT, world), "acknowledge")
    browser = staff("trust")
    before = stamps(browser, "/admin/?place=mine")
    referral_at(State.SENT, world, priority="P1")
    assert stamps(browser, "/admin/?place=mine") != before


@pytest.mark.parametrize("address", [HOME, "/tracker/referrals/"])
def test_that_somebody_is_chased_is_a_change(address, world, desk, as_superuser):
    referral = referral_at(State.SENT, world)
    browser = desk("police")
    before = stamps(browser, address)
    as_superuser.execute("set session_replication_role = replica")
    as_superuser.execute("update referrals_referral set escalation_level = 2 where id = %s", [referral.pk])
    as_superuser.commit()
    assert stamps(browser, address) != before
