"""A slip and the way back from it: after an acceptance, and after a patient was recorded as back."""

import re

import pytest

from referrals.domain.referral import State
from referrals.services import claim
from tests.factories.missing import ask_of, report, step
from tests.factories.world import act, referral_at
from tests.referrals.services.reading import owner_of


def words(text):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", text))


def accepted(browser, referral):
    address = f"/tracker/referrals/{referral.reference}/"
    return browser.post(f"{address}accept/", {"version": ""}, follow=True).content.decode()


def loud(shown):
    """The buttons of the page that are not secondary."""
    return re.findall(r'class="nhsuk-button" data-key="\w*"[^>]*>([^<]+)<', shown)


def test_after_accepting_it_says_when_and_leads_to_the_way_back(world, desk):
    sent = referral_at(State.SENT, world)
    shown = accepted(desk("trust"), sent)
    assert re.search(
        rf"You accepted {sent.reference} at \d\d:\d\d\. Accepted by mistake\? Hand it back", words(shown)
    )
    form = re.search(r'href="(/tracker/[^"]+/fail/[^"]+)"', shown)[1].replace("&amp;", "&")
    asked = desk("trust").get(form).content.decode()
    assert 'value="accepted_by_mistake"' in asked
    assert "Accepted by mistake. Nothing has been done for the person yet." in asked


def test_handing_it_back_makes_its_sender_answer_again(world, desk):
    sent = referral_at(State.SENT, world)
    accepted(desk("trust"), sent)
    assert owner_of(world, sent) == "trust"
    said = {"reason_code": "accepted_by_mistake", "reason": "Accepted by mistake."}
    desk("trust").post(f"/tracker/referrals/{sent.reference}/fail/", said)
    assert owner_of(world, sent) == "police"
    shown = words(desk("police").get(f"/tracker/referrals/{sent.reference}/").content.decode())
    assert "Could not be done: accepted by mistake: nothing has been done" in shown
    assert "Accepted" in shown


@pytest.mark.parametrize(("who", "offered"), [("trust", True), ("police", False)])
def test_while_it_is_only_accepted_the_way_back_stands_on_the_page_of_who_has_it(world, desk, who, offered):
    taken = referral_at(State.ACCEPTED, world)
    shown = words(desk(who).get(f"/tracker/referrals/{taken.reference}/").content.decode())
    assert ("By mistake? Hand it back to" in shown) is offered


def test_once_work_has_started_it_is_no_slip_any_more(world, desk):
    started = referral_at(State.IN_PROGRESS, world)
    shown = desk("trust").get(f"/tracker/referrals/{started.reference}/").content.decode()
    assert "By mistake?" not in shown


def test_a_return_by_mistake_is_corrected_from_the_word_that_confirms_it(world, desk):
    made = report(world)
    address = f"/tracker/missing/{made.reference}/"
    shown = desk("trust").post(f"{address}return/", {"version": ""}, follow=True).content.decode()
    assert f"the patient of {made.reference} is back. By mistake?" in words(shown)
    assert f'href="{address}not_back/"' in shown
    form = desk("trust").get(f"{address}not_back/").content.decode()
    assert "missing again, since they were last seen" in form
    assert desk("trust").post(f"{address}not_back/", {"reason": ""}).status_code == 422
    after = desk("trust").post(f"{address}not_back/", {"reason": "Another patient."}, follow=True)
    told = words(after.content.decode())
    assert "Missing for" in told
    assert "The patient is not back: that was recorded by mistake" in told
    assert "The patient is back" in told
    assert "Another patient." in told


def test_the_police_find_the_search_again(world, desk):
    made = report(world, facts={"immediate_risk": "yes"})
    step(world.trust, made, "return")
    step(world.trust, made, "not_back", reason="Another patient.")
    again = ask_of(world.trust, made)
    shown = words(desk("police").get(f"/tracker/missing/{made.reference}/").content.decode())
    assert "The patient is not back" in shown
    assert again.reference in desk("police").get("/tracker/").content.decode()


def test_one_button_is_loudest(world, desk):
    sent = referral_at(State.SENT, world)
    page = f"/tracker/referrals/{sent.reference}/"
    assert loud(desk("trust").get(page).content.decode()) == ["Acknowledge"]
    by = {"name": "Di Example", "role": "nurse", "contact": "020 7946 0102"}
    act(world.police, claim.claim, referral_id=sent.pk, accepted_by=by)
    assert loud(desk("trust").get(page).content.decode()) == ["Confirm: it was accepted"]
