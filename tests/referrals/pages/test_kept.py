"""What was typed and not sent is there again, whichever form it was; a secret is not."""

import time

import pytest
from django.contrib.auth import get_user

from agencies.roles import Role
from config import session_limits
from referrals.domain.referral import State
from tests.factories.world import referral_at
from tests.referrals.services.detaining import detain

HALF = "half a sentence"


def typed(browser, address, **fields):
    """What the page shows of this when somebody comes back to it."""
    assert 'data-keep="/accounts/typed/"' in browser.get(address).content.decode()
    assert browser.post(f"/accounts/typed/?at={address}", fields).status_code == 204
    return browser.get(address).content.decode()


def set_in_session(browser, **values):
    session = browser.session
    session.update(values)
    session.save()


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("/tracker/rota/", "text"),
        ("/tracker/import/", "table"),
    ],
)
def test_what_was_typed_into_a_form_of_its_own_is_there_again(desk, address, field):
    assert HALF in typed(desk("police"), address, **{field: HALF})


BEGINNINGS = [
    ("police", "/tracker/decide/", "rationale"),
    ("police", "/tracker/detentions/new/", "note"),
    ("police", "/tracker/referrals/new/", "summary"),
    ("trust", "/tracker/missing/new/", "ask_of_police"),
]


@pytest.mark.parametrize(("who", "address", "field"), BEGINNINGS)
def test_what_begins_something_new_is_empty_and_offers_what_was_left(desk, who, address, field):
    """It may have been about somebody else: one patient's words never go out in another's report."""
    browser = desk(who)
    shown = typed(browser, address, **{field: HALF})
    assert HALF not in shown
    assert "You began this form" in shown
    resumed = browser.get(f"{address}?resume=1").content.decode()
    assert HALF in resumed
    assert "is back" in resumed
    assert 'id="begun"' not in browser.get(address).content.decode()


@pytest.mark.parametrize(("who", "address", "field"), BEGINNINGS)
def test_after_a_session_has_ended_they_go_on_where_they_were(desk, who, address, field):
    browser = desk(who)
    user = get_user(browser)
    set_in_session(browser, began_at=int(time.time()) - 3600)
    typed(browser, address, **{field: HALF})
    set_in_session(browser, used_at=int(time.time()) - 31 * 60)
    assert browser.get(address).status_code == 302
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    shown = browser.get(address).content.decode()
    assert HALF in shown
    assert "is back" in shown


def test_what_was_typed_about_a_detention_or_a_file_is_there_again(world, desk):
    held, referral = detain(world.police, 30), referral_at(State.ACCEPTED, world)
    assert HALF in typed(desk("police"), f"/tracker/detentions/{held.pk}/arrived/", note=HALF)
    assert HALF in typed(desk("police"), f"/tracker/cases/{referral.case_reference}/files/", note=HALF)


def test_hours_and_a_phone_that_were_typed_are_there_again(world, desk):
    here = f"/tracker/teams/{world.teams['trust'].pk}/"
    shown = typed(desk("trust"), here, d0_1_opens="07:15", phone=HALF)
    assert 'value="07:15"' in shown
    assert HALF in shown


def test_a_rota_that_was_to_be_tried_out_is_there_again(desk):
    police = desk("police", Role.MANAGER)
    said = {"other": "trust", "direction": "we", "category": "concern_for_welfare"}
    draft = police.post("/tracker/agreements/new/", said)["Location"].removesuffix("edit/")
    assert HALF in typed(police, draft + "simulate/", rota=HALF)
    assert HALF in typed(police, draft + "remark/", text=HALF)


def test_no_code_and_no_password_is_kept_even_when_it_was_being_sent(desk):
    browser = desk("police")
    here = "/tracker/messages/reach/"
    secrets = {name: "s3cret-word" for name in ("code", "old_password", "new_password1", "password")}
    assert "s3cret-word" not in typed(browser, here, phone="07700 900123", **secrets)
    set_in_session(browser, used_at=int(time.time()) - 31 * 60)
    browser.post(here, {"phone": "07700 900123", **secrets})
    assert list(browser.session[session_limits.KEPT]["forms"][here]) == ["phone"]


@pytest.mark.parametrize(
    ("who", "begins", "saves", "fields"),
    [
        (
            "police",
            "/tracker/referrals/new/",
            "/tracker/referrals/new/draft/",
            {"summary": HALF, "family_name": "Half", "to_team": 1},
        ),
        ("trust", "/tracker/missing/new/", "/tracker/missing/new/draft/", {"family_name": HALF, "unit": 1}),
    ],
)
def test_what_is_kept_as_a_draft_is_not_offered_a_second_time(desk, world, who, begins, saves, fields):
    browser, team = desk(who), world.teams["trust"]
    said = {name: team.pk if value == 1 else value for name, value in fields.items()}
    said |= {"category": "concern_for_welfare", "priority": "P2"} if who == "police" else {}
    assert "You began this form" in typed(browser, begins, **said)
    assert browser.post(saves, said).json()["saved"]
    assert "You began this form" not in browser.get(begins).content.decode()
