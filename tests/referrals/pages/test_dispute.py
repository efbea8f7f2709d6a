"""Not ours, said in a short form: the case page of either door opens a dispute, shows it and settles it."""

import pytest

from agencies.models import Membership, User
from agencies.roles import Role
from referrals.domain.referral import State
from tests.factories.world import referral_at

WHY = {"reason": "She lives in the next borough."}
ENDS = {"outcome": "sender_keeps", "reason": "We go ourselves."}


@pytest.fixture
def sent(world):
    return referral_at(State.SENT, world)


def at(referral, action=""):
    return f"/tracker/cases/{referral.case_reference}/" + (f"{action}/" if action else "")


def test_the_page_leads_to_a_form_that_says_whom_it_wakes_and_nothing_happens_by_looking(world, desk, sent):
    browser = desk("trust")
    shown = browser.get(at(sent)).content.decode()
    assert f'href="{at(sent, "dispute")}"' in shown
    assert f'action="{at(sent, "dispute")}"' not in shown
    form = browser.get(at(sent, "dispute")).content.decode()
    for name in ("police", "trust"):
        boss = Membership.objects.get(team=world.teams[name], role=Role.MANAGER)
        assert str(boss.user.get_full_name() or boss.user.username) in form
    assert "Dispute it, and tell both managers" in form
    assert "It is disputed" not in browser.get(at(sent)).content.decode()


def test_a_slip_without_a_reason_opens_nothing(world, desk, sent):
    answer = desk("trust").post(at(sent, "dispute"), {})
    assert answer.status_code == 422
    assert "Say it in a sentence" in answer.content.decode()
    assert "It is disputed" not in desk("trust").get(at(sent)).content.decode()


def test_with_a_reason_it_is_opened_and_everybody_sees_it(world, desk, sent):
    shown = desk("trust").post(at(sent, "dispute"), WHY, follow=True).content.decode()
    assert "It is disputed whose this person is" in shown
    assert "Both duty managers have been told" in shown
    assert "It is disputed whose this person is" in desk("police").get(at(sent)).content.decode()
    assert "Dispute settled:" in desk("police").get(at(sent)).content.decode()


def test_whoever_opened_it_by_mistake_withdraws_it_and_the_other_side_is_not_asked(world, desk, sent):
    desk("trust").post(at(sent, "dispute"), WHY)
    assert "Opened by mistake" not in desk("police").get(at(sent)).content.decode()
    assert "Opened by mistake" in desk("trust").get(at(sent)).content.decode()
    shown = desk("trust").post(at(sent, "withdraw_dispute"), {"reason": "wrong line"}, follow=True)
    assert "The dispute was opened by mistake, and is withdrawn" in shown.content.decode()
    assert "Both duty managers have been told" not in desk("police").get(at(sent)).content.decode()


def test_a_manager_settles_it_and_a_supervisor_does_not(world, desk, sent):
    desk("trust").post(at(sent, "dispute"), WHY)
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
    User.objects.update(is_staff=True)
    shown = browser.get(f"/admin/cases/{sent.case_reference}/").content.decode()
    assert f'href="/admin/cases/{sent.case_reference}/dispute/"' in shown
