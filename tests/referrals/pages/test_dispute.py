"""Not ours, at a button: the case page of either door opens a dispute, shows it and settles it."""

import pytest

from agencies.roles import Role
from referrals.domain.referral import State
from tests.factories.world import referral_at

ENDS = {"outcome": "sender_keeps", "reason": "We go ourselves."}


@pytest.fixture
def sent(world):
    return referral_at(State.SENT, world)


def at(referral, action=""):
    return f"/tracker/cases/{referral.case_reference}/" + (f"{action}/" if action else "")


def test_one_click_opens_it_and_everybody_sees_it(world, desk, sent):
    browser = desk("trust")
    assert "Not ours: dispute it" in browser.get(at(sent)).content.decode()
    shown = browser.post(at(sent, "dispute"), {}, follow=True).content.decode()
    assert "It is disputed whose this person is" in shown
    assert "Both duty managers have been told" in shown
    assert "It is disputed whose this person is" in desk("police").get(at(sent)).content.decode()
    assert "Dispute settled:" in desk("police").get(at(sent)).content.decode()


def test_a_manager_settles_it_and_a_supervisor_does_not(world, desk, sent):
    desk("trust").post(at(sent, "dispute"), {})
    assert desk("police").post(at(sent, "settle_dispute"), ENDS).status_code == 403
    boss = desk("police", Role.MANAGER)
    assert "Settle the dispute" in boss.get(at(sent)).content.decode()
    answer = boss.post(at(sent, "settle_dispute"), {**ENDS, "outcome": "receiver_takes"})
    assert answer.status_code == 422
    assert "Name who agreed for the other side" in answer.content.decode()
    shown = boss.post(at(sent, "settle_dispute"), ENDS, follow=True).content.decode()
    assert "The dispute was settled: the team that asked keeps the person" in shown
    assert "We go ourselves." in shown
    assert "Both duty managers have been told" not in shown


def test_a_link_is_made_shown_and_undone(world, desk, sent):
    other = referral_at(State.SENT, world)
    browser = desk("trust")
    wrong = browser.post(at(sent, "link"), {"other_case": "C-7KD4-HNWT"})
    assert wrong.status_code == 400
    shown = browser.post(at(sent, "link"), {"other_case": other.case_reference}, follow=True).content.decode()
    assert "Linked by your agency as the same person" in shown
    assert f"Linked with case {other.case_reference}, for your agency alone" in shown
    assert "Linked by your agency" not in desk("police").get(at(sent)).content.decode()
    gone = browser.post(at(sent, "unlink"), {"other_case": other.case_reference}, follow=True)
    assert "Linked by your agency as the same person" not in gone.content.decode()


def test_the_form_of_a_link_says_who_sees_it(desk, sent):
    shown = desk("trust").get(at(sent, "link")).content.decode()
    assert "What you write is read by your agency alone" in shown
    assert "every agency in this case" not in shown
    assert "read by every agency in this case" in desk("trust").get(at(sent, "dispute")).content.decode()


def test_the_worklist_has_the_same_buttons(world, desk, sent):
    browser = desk("trust", Role.MANAGER)
    from agencies.models import User

    User.objects.update(is_staff=True)
    shown = browser.get(f"/admin/cases/{sent.case_reference}/").content.decode()
    assert f'action="/admin/cases/{sent.case_reference}/dispute/"' in shown
