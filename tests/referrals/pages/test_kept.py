"""What was typed and not sent is there again, whichever form it was; a secret is not."""

import time

import pytest

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


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("/tracker/decide/", "rationale"),
        ("/tracker/detentions/new/", "note"),
        ("/tracker/referrals/new/", "summary"),
        ("/tracker/rota/", "text"),
        ("/tracker/import/", "table"),
    ],
)
def test_what_was_typed_into_a_form_of_its_own_is_there_again(desk, address, field):
    assert HALF in typed(desk("police"), address, **{field: HALF})


def test_what_was_typed_about_a_detention_or_a_file_is_there_again(world, desk):
    held, referral = detain(world.police, 30), referral_at(State.ACCEPTED, world)
    assert HALF in typed(desk("police"), f"/tracker/detentions/{held.pk}/arrived/", note=HALF)
    assert HALF in typed(desk("police"), f"/tracker/cases/{referral.case_reference}/files/", note=HALF)


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
    session = browser.session
    session["used_at"] = int(time.time()) - 31 * 60
    session.save()
    browser.post(here, {"phone": "07700 900123", **secrets})
    assert list(browser.session[session_limits.KEPT]["forms"][here]) == ["phone"]
