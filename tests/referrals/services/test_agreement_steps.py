"""A draft or a signature of one side is told to the managers of the other, once, with a link to the text."""

from datetime import timedelta

import pytest

from agencies.acting import acting_for
from agencies.models import Membership
from agencies.roles import Role
from notifications.channels import wording
from notifications.models import Message
from referrals.models.keys import instant
from referrals.pages.inbox import line
from referrals.services import agreement_dates, agreement_steps, drafting
from referrals.tasks import tell_dates
from tests.factories.world import act
from tests.referrals.services.test_agreement import boss as boss  # noqa: PLC0414  # a fixture
from tests.referrals.services.test_agreement import drafted as draft
from tests.referrals.services.test_agreement import edited

DAY = timedelta(days=1)


@pytest.fixture
def tell(in_role):
    """The worker looks, twice."""

    def look(days=0):
        with in_role("worker"):
            return max(agreement_steps.tell(now=instant() + days * DAY) for _ in range(2))

    return look


@pytest.fixture
def drafted(world, boss):
    """The police's manager drafts an agreement with the trust, and makes its text whole."""
    return edited(boss("police"), draft(world, boss("police")))


def told(actor):
    """Of agreements, as kind and recipient, oldest first."""
    with acting_for(actor.agency_id):
        found = Message.objects.filter(kind__startswith="agreement.").order_by("created_at", "id")
        return list(found)


def kinds(actor):
    return list(dict.fromkeys(each.kind for each in told(actor)))


def managers(world, name):
    held = Membership.objects.filter(agency=world.teams[name].agency, role__in=[Role.MANAGER, Role.DIRECTOR])
    return set(held.values_list("pk", flat=True))


def sign(boss, name, version):
    return act(boss(name), drafting.sign, version_id=version.pk)


def edit(boss, name, version):
    return edited(boss(name), version, decide=45)


def test_a_draft_is_told_to_every_manager_of_the_other_side_once(world, drafted, tell):
    tell()
    found = told(world.trust)
    assert sorted(each.membership_id for each in found) == sorted(managers(world, "trust"))
    assert (kinds(world.trust), told(world.police)) == (["agreement.drafted"], [])
    assert found[0].data["said"] == [f"{drafted} is drafted, and waits for your side's signature"]


def test_the_message_leads_to_the_text(world, drafted, tell):
    tell()
    (first, *_) = told(world.trust)
    where = f"/tracker/agreements/{drafted.pk}/"
    assert line(first, "tracker")["address"] == where
    assert "is drafted" in line(first, "tracker")["text"]
    assert where in wording.line(first)
    assert wording.subject([first]) == f"Agreement {drafted}"


def test_a_signature_is_told_with_what_is_still_wanted(world, boss, drafted, tell):
    sign(boss, "police", drafted)
    tell()
    assert kinds(world.trust) == ["agreement.signed"], "the draft was overtaken before anybody was told"
    assert told(world.trust)[-1].data["said"] == [
        f"{drafted} is signed by the other side, and waits for your signature"
    ]
    sign(boss, "trust", drafted)
    tell()
    assert told(world.police)[-1].data["said"] == [
        f"{drafted} is signed by both sides: it can be given a date"
    ]


def test_an_edit_that_takes_a_signature_away_is_told_to_whoever_had_signed(world, boss, drafted, tell):
    sign(boss, "trust", drafted)
    tell()
    edit(boss, "police", drafted)
    tell()
    assert kinds(world.trust) == ["agreement.changed"]
    assert told(world.trust)[-1].data["said"] == [
        f"{drafted} was changed after your side had signed it: sign it anew"
    ]


def test_an_edit_of_ones_own_draft_is_told_to_nobody(world, boss, drafted, tell):
    tell()
    before = len(told(world.trust))
    edit(boss, "police", drafted)
    act(boss("police"), drafting.remark, version_id=drafted.pk, text="better so")
    tell()
    assert len(told(world.trust)) == before


def test_a_signature_that_its_own_side_took_back_is_not_told(world, boss, drafted, tell):
    sign(boss, "police", drafted)
    edit(boss, "police", drafted)
    tell()
    assert kinds(world.trust) == ["agreement.drafted"]


def test_what_was_drafted_long_ago_is_told_no_more(world, drafted, tell):
    assert tell(days=8) == 0
    assert told(world.trust) == []


def test_the_task_tells_it_and_the_date_that_follows_has_its_link(world, boss, drafted, in_role):
    with in_role("worker"):
        tell_dates()
    assert kinds(world.trust) == ["agreement.drafted"]
    sign(boss, "police", drafted)
    sign(boss, "trust", drafted)
    act(boss("police"), drafting.set_go_live, version_id=drafted.pk, live_from=instant() + 30 * DAY,
        reason="agreed")  # fmt: skip
    with in_role("worker"):
        agreement_dates.tell(now=instant())
    assert line(told(world.trust)[-1], "tracker")["address"] == f"/tracker/agreements/{drafted.pk}/"
